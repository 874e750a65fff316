"""Random strips: the same bits as everywhere, and indexing."""

import pickle

import numpy as np
import pytest

import landauer


def test_a_sample_is_a_function_of_seed_and_number(ensemble):
    strips = ensemble[0:50]
    assert strips.shape == (50, 5, 4) and strips.dtype == np.float64 and strips.flags.c_contiguous
    assert set(strips.ravel().tolist()) == {0.0, 5.0}
    assert np.array_equal(ensemble[7], strips[7])
    assert np.array_equal(ensemble[[7, 3, 7]], strips[[7, 3, 7]])
    assert np.array_equal(ensemble[10:40:7], strips[10:40:7])
    assert np.array_equal(ensemble[np.int64(7)], strips[7])
    assert ensemble[3:3].shape == ensemble[9:3].shape == ensemble[[]].shape == (0, 5, 4)
    assert np.array_equal(ensemble[3:50:9], strips[3::9]) and ensemble[5:5:2].shape == (0, 5, 4)
    assert np.array_equal(ensemble[np.array([7, 3], dtype=np.int8)], strips[[7, 3]])


def test_these_numbers_for_ever():
    """Those of core/src/disorder/tests.rs."""
    sample = landauer.Ensemble(model=1, length=3, width=1, seed=1)[2]
    assert sample.ravel().tolist() == [-1.1399119333762722, 1.561942882597326, -0.4007161413333169]


def test_models_and_their_parameters():
    assert landauer.Ensemble().model == 2
    assert landauer.Ensemble(model="iv").species == (5 / 3, 10 / 3, 5.0)
    assert landauer.Ensemble(model=1).strength == 4.0
    assert landauer.Ensemble(model=1).concentration is None
    assert landauer.Ensemble().concentration == landauer.Ensemble(concentration="uniform").concentration == "uniform"
    own = landauer.Ensemble(species=[1.5, -3.0], concentration=1.0, length=8, width=8)
    assert own.model is None and set(own[0].ravel().tolist()) == {1.5, -3.0}
    uniform = landauer.Ensemble(length=30, width=30)
    shares = (uniform[0:20] != 0).mean(axis=(1, 2))
    assert np.abs(shares - uniform.concentrations(0, 20)).max() < 0.1


@pytest.mark.parametrize(
    "options",
    [
        {"model": 1, "strength": 2.5},
        {"model": 3, "concentration": 0.25, "seed": 2**63},
        {"species": [1.0, 2.0]},
    ],
)
def test_ensembles_are_values(options):
    ensemble = landauer.Ensemble(length=3, width=2, **options)
    copy = pickle.loads(pickle.dumps(ensemble))
    assert copy == ensemble and hash(copy) == hash(ensemble) and copy is not ensemble
    assert np.array_equal(copy[5], ensemble[5])
    assert eval(repr(ensemble)) == ensemble
    assert ensemble != landauer.Ensemble(length=2, width=3, **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": 9}, r"1 \(I\), 2 \(II\)"),
        ({"model": 2, "strength": 1.0}, "model 1"),
        ({"model": 1, "concentration": 0.1}, "strength"),
        ({"model": 1, "strength": -1.0}, "strength"),
        ({"concentration": 1.5}, "concentration"),
        ({"concentration": "some"}, "uniform"),
        ({"length": 0}, "at least 1"),
        ({"width": 2.5}, "whole number"),
        ({"seed": -1}, "at least 0"),
        ({"seed": 2**64}, r"from 0 to 2\*\*64 - 1"),
        ({"length": 10**20}, r"length is 10{20}: .* from 1 to 2\*\*64 - 1"),
        ({"length": True}, "length is True"),
        ({"concentration": True}, "concentration is True"),
        ({"model": 1, "strength": "2"}, "strength is '2'"),
        ({"species": []}, "species"),
        ({"species": [0.0]}, "species"),
        ({"model": 2, "species": [1.0]}, "not both"),
    ],
)
def test_what_cannot_be_is_refused(options, words):
    with pytest.raises(landauer.UsageError, match=words):
        landauer.Ensemble(**options)


def test_an_ensemble_has_no_end(ensemble):
    for samples in (slice(5, None), -1, slice(-3, 3), slice(0, 5, -1), (0, 1), 2**64, 1.5):
        with pytest.raises(landauer.UsageError):
            ensemble[samples]
    with pytest.raises(landauer.InputError):
        ensemble[[0.5, 1.0]]
    with pytest.raises(landauer.UsageError, match="no last one"):
        ensemble[-1]
    for ask in (lambda: list(ensemble), lambda: ensemble[0] in ensemble, lambda: next(iter(ensemble))):
        with pytest.raises(landauer.UsageError, match=r"never end: take a slice, as in ensemble\[0:1000\]"):
            ask()


def test_what_does_not_fit_into_memory_is_refused_before_it_is_taken(ensemble):
    large = landauer.Ensemble(length=10**6, width=10**6)
    for ask in (
        lambda: ensemble[0 : 2**60],
        lambda: ensemble[0 : 2**63 : 2],
        lambda: ensemble.concentrations(0, 2**60),
        lambda: large[0],
        lambda: large[0:1],
        lambda: large[[0]],
        lambda: large[0:4:2],
    ):
        with pytest.raises(landauer.SystemError, match="needs .* of memory, but only"):
            ask()


def test_a_strip_larger_than_what_is_drawn_at_once_has_the_same_bits():
    wide = landauer.Ensemble(model=4, length=300, width=200, seed=3)
    # Of the same seed and number, site for site.
    narrow = landauer.Ensemble(model=4, length=300 * 200, width=1, seed=3)
    assert np.array_equal(wide[5].ravel(), narrow[5].ravel())
    assert np.array_equal(wide[[5, 2]], wide[2:6][[3, 0]])

