"""Disorder averages: against NumPy on the same samples, sweeps, resuming, refusals."""

import copy as copying
import math
import pickle
import sys
import warnings

import numpy as np
import pytest

import landauer


COLUMNS = (
    "mean",
    "standard_error",
    "variance",
    "deviation",
    "mean_log",
    "mean_log_standard_error",
    "variance_log",
    "typical",
    "min",
    "max",
    "zeros",
    "values",
)


def test_the_average_is_that_of_the_samples(ensemble):
    average = landauer.average(ensemble, energies=0.1, samples=300)
    g = landauer.transmission(ensemble[0:300], 0.1)
    assert average.samples == 300
    assert average.mean == pytest.approx(g.mean(), rel=1e-12)
    assert average.variance == pytest.approx(g.var(ddof=1), rel=1e-10)
    assert average.deviation == pytest.approx(g.std(), rel=1e-10)
    assert average.standard_error == pytest.approx(g.std(ddof=1) / 300**0.5, rel=1e-10)
    assert average.mean_log == pytest.approx(np.log(g).mean(), rel=1e-10)
    assert average.typical == pytest.approx(np.exp(np.log(g).mean()), rel=1e-10)
    assert (average.min, average.max) == (pytest.approx(g.min()), pytest.approx(g.max()))
    assert average.zeros == 0 and average.fallbacks.total >= 0 and average.solver
    histogram = average.histogram
    counts, _ = np.histogram(g + 1e-12, histogram.edges)
    assert np.array_equal(histogram.counts, counts)
    assert histogram.probability.sum() == pytest.approx(1.0)
    assert np.allclose(histogram.centers[:3], [0.1, 0.3, 0.5])
    assert repr(average).startswith("<landauer.Average of 300 samples: G = ")
    assert isinstance(average.mean, np.float64)


def test_sweeps_of_everything(ensemble):
    energies = landauer.average(ensemble, [-0.5, 0.0, 0.5], samples=64)
    assert energies.axis == "energy" and energies.mean.shape == (3,)
    expected = landauer.transmission(ensemble[0:64], [-0.5, 0.0, 0.5]).mean(axis=0)
    assert np.allclose(energies.mean, expected, rtol=1e-12)
    swept = landauer.average(ensemble, samples=64, concentration=np.array([0.0, 0.4]))
    assert swept.values.tolist() == [0.0, 0.4] and swept.mean[0] == pytest.approx(4.0)
    assert swept.mean[1] == pytest.approx(energies.mean[1], rel=1e-12)
    assert len(swept.histograms) == 2 and swept.histograms[0].counts[-1] == 64
    with pytest.raises(landauer.InputError, match=r"histograms\[0\]"):
        swept.histogram
    box = landauer.Ensemble(model=1, length=5, width=4)
    strength = landauer.average(box, samples=64, strength=[1.0, 8.0])
    assert strength.mean[0] > strength.mean[1] and repr(strength).endswith("64 samples at 2 values of strength>")
    length = landauer.average(box, samples=64, length=[2, 8])
    assert length.values.tolist() == [2, 8] and length.mean[0] > length.mean[1]
    bias = landauer.average(ensemble, bias=0.36, samples=64)
    assert bias.mean == pytest.approx(landauer.conductance(ensemble[0:64]).mean(), rel=1e-10)
    box_bias = landauer.average(box, bias=0.36, samples=64)
    assert box_bias.mean == pytest.approx(landauer.conductance(box[0:64]).mean(), rel=1e-10)
    assert landauer.average(ensemble, samples=64, concentration=[0.4], bias=0.36).mean[0] == bias.mean


def test_own_strips_are_averaged(strips):
    average = landauer.average(strips, [0.0, 0.2])
    assert average.samples == 6
    assert np.allclose(average.mean, landauer.transmission(strips, [0.0, 0.2]).mean(axis=0), rtol=1e-12)
    assert landauer.average(strips, 0.2, samples=4).samples == 4
    with pytest.raises(landauer.UsageError, match="samples is 7, and onsite has 6 strips: give at most as many"):
        landauer.average(strips, samples=7)
    for name in ("concentration", "strength", "length"):
        with pytest.raises(landauer.UsageError, match=f"averaged at energies only: {name} is that of an Ensemble"):
            landauer.average(strips, **{name: [1.0, 2.0]})
    with pytest.raises(landauer.InputError, match="no strip"):
        landauer.average(strips[:0])
    with pytest.raises(landauer.UsageError, match="bias"):
        landauer.average(strips, bias=0.36)
    strips[3, 1, 2] = np.nan
    with pytest.raises(landauer.InputError, match=r"^onsite\[3, 1, 2\] is nan: .*must be finite"):
        landauer.average(strips)


@pytest.mark.parametrize("options", [{}, {"concentration": [0.0, 0.4]}], ids=["one point", "swept"])
def test_an_average_is_the_same_after_pickling(ensemble, options):
    average = landauer.average(ensemble, samples=64, **options)
    first = pickle.loads(pickle.dumps(average))
    for copy in (first, pickle.loads(pickle.dumps(first)), copying.deepcopy(average)):
        for name in COLUMNS:
            assert np.array_equal(getattr(copy, name), getattr(average, name)), name
        assert (copy.samples, copy.solver, copy.fallbacks) == (64, average.solver, average.fallbacks)
        assert (copy.axis, repr(copy)) == (average.axis, repr(average))
        for one, other in zip(copy.histograms, average.histograms):
            assert np.array_equal(one.counts, other.counts) and np.array_equal(one.edges, other.edges)


def test_a_localisation_length_is_the_same_after_pickling():
    wire = landauer.Ensemble(model=1, width=1, strength=4.0)
    average = landauer.average(wire, samples=256, length=[20, 40, 60, 80])
    assert pickle.loads(pickle.dumps(average)).localisation == average.localisation


def test_joblib_averages(ensemble):
    joblib = pytest.importorskip("joblib")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Joblib's, about its own processes.
        jobs = (joblib.delayed(landauer.average)(ensemble, energy, 64, threads=1) for energy in (0.0, 0.2))
        found = joblib.Parallel(n_jobs=2)(jobs)
    assert [one.mean for one in found] == [landauer.average(ensemble, energy, 64).mean for energy in (0.0, 0.2)]


def test_the_localisation_length_of_a_chain():
    wire = landauer.Ensemble(model=1, width=1, strength=4.0)
    average = landauer.average(wire, samples=2000, length=[20, 40, 60, 80])
    fit = average.localisation
    assert average.localisation_length == fit.length == pytest.approx(-2 / fit.slope)
    # Against the Lyapunov exponent of one long chain at E = 0, by the ratio of neighbouring amplitudes.
    ratio, logs, sites = 1.0, 0.0, 200_000
    for energy in np.random.default_rng(1).uniform(-2.0, 2.0, sites):
        ratio = energy - 1.0 / ratio
        logs += math.log(abs(ratio))
    assert abs(fit.length - sites / logs) < 4.0 * fit.standard_error + 0.02 * fit.length
    assert fit.degrees_of_freedom == 2 and (fit.shortest, fit.longest) == (20, 80)
    assert average.fit_localisation(shortest=40).degrees_of_freedom == 1
    with pytest.raises(landauer.InputError, match="3"):
        average.fit_localisation(shortest=60)
    with pytest.raises(landauer.InputError, match="length="):
        landauer.average(wire, samples=10).localisation


def test_a_folder_resumes_and_extends(ensemble, tmp_path):
    folder = tmp_path / "sums"
    calls = []
    first = landauer.average(ensemble, samples=1500, output=folder, progress=lambda *counts: calls.append(counts))
    assert calls[-1] == (1500, 1500)
    calls.clear()
    again = landauer.average(ensemble, samples=1500, output=folder, progress=lambda *counts: calls.append(counts))
    assert calls[-1][1] == 0 and again.mean == first.mean
    longer = landauer.average(ensemble, samples=3000, output=folder)
    assert longer.mean == landauer.average(ensemble, samples=3000).mean
    with pytest.raises(landauer.RefusedError, match="3000"):
        landauer.average(ensemble, samples=10, output=folder)
    with pytest.raises(landauer.RefusedError, match="another configuration"):
        landauer.average(ensemble, 0.7, samples=3000, output=folder)


def test_what_cannot_be_averaged(ensemble):
    uniform = landauer.Ensemble(length=3, width=2)
    for call, words in (
        (lambda: landauer.average(uniform), "concentration=0.1"),
        (lambda: landauer.average(uniform, bias=0.36), "sweep it"),
        (lambda: landauer.average(ensemble, [0.1, 0.2], concentration=[0.1, 0.2]), "one at a time"),
        (lambda: landauer.average(ensemble, 0.1, bias=0.36), "not both"),
        (lambda: landauer.average(ensemble, strength=[1.0, 2.0]), "model 1"),
        (lambda: landauer.average(ensemble, concentration=[0.2, 0.1]), "ascend"),
        (lambda: landauer.average(ensemble, length=[1.5, 2.5]), "whole number"),
        (lambda: landauer.average(ensemble, samples=0), "at least 1"),
        (lambda: landauer.average(ensemble, samples=1.5), "whole number"),
    ):
        with pytest.raises(landauer.UsageError, match=words):
            call()
    assert landauer.average(ensemble, samples=1e2).samples == 100


def test_to_xarray(ensemble, monkeypatch):
    pytest.importorskip("xarray")
    table = landauer.average(ensemble, samples=10, concentration=[0.0, 0.5]).to_xarray()
    assert table["mean"].dims == ("concentration",) and table.attrs["samples"] == 10
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(landauer.UsageError, match="needs the package xarray"):
        landauer.average(ensemble, samples=10).to_xarray()
