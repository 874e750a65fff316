"""Warm strips and currents."""

import pickle

import numpy as np
import pytest

import landauer


def test_axes_are_those_of_what_was_given():
    onsite = np.random.default_rng(2).normal(size=(2, 3, 5, 4))
    found = landauer.thermal(onsite, [0.0, 0.1], [-0.2, 0.3, 0.5], [0.1, -0.1, 0.2, 0.0])
    assert found.conductance.shape == found.seebeck.shape == (2, 3, 3, 2)
    assert found.thermal_conductance_error.shape == found.lorenz.shape == (2, 3, 3, 2)
    assert found.current.shape == found.current_error.shape == (2, 3, 3, 2, 4)
    assert found.solves.shape == (2, 3)
    np.testing.assert_array_equal(found.current[..., 0], -found.current[..., 1])
    assert (found.current[..., 3] == 0).all()
    np.testing.assert_allclose(found.conductance[..., 0], landauer.transmission(onsite, [-0.2, 0.3, 0.5]), rtol=1e-12)
    alone = landauer.thermal(onsite[1, 2], 0.1, 0.3, threads=1)
    assert isinstance(alone.conductance, float) and isinstance(alone.solves, int)
    assert alone.conductance == found.conductance[1, 2, 1, 1]
    assert alone.seebeck == found.seebeck[1, 2, 1, 1]
    assert (alone.temperature, alone.fermi_energy, alone.voltage) == (0.1, 0.3, None)
    assert landauer.thermal(onsite[:0], 0.1).conductance.shape == (0, 3)


def test_a_clean_strip_is_a_staircase():
    fermi_energy = np.array([0.4, 1.7])
    found = landauer.thermal(np.zeros((7, 3)), 0.05, fermi_energy)
    transverse = -2 * np.cos(np.pi * np.arange(1, 4) / 4)

    def occupied(edge):
        return 1 / (1 + np.exp((transverse + edge - fermi_energy[:, None]) / 0.05))

    expected = (occupied(-2) - occupied(2)).sum(axis=1)
    assert (np.abs(found.conductance - expected) <= found.conductance_error + 1e-9).all()


def test_results_can_be_pickled():
    found = landauer.thermal(np.eye(4), 0.1, voltage=0.2)
    again = pickle.loads(pickle.dumps(found))
    assert repr(again) == repr(found)
    assert again.current == found.current


def test_what_is_wrong_is_named():
    onsite = np.zeros((2, 3, 3))
    with pytest.raises(landauer.UsageError, match="the temperature kT = -0.1 t is neither 0 nor"):
        landauer.thermal(onsite, -0.1)
    with pytest.raises(landauer.UsageError, match="the voltage eV = 1e-12 t is neither 0 nor"):
        landauer.thermal(onsite, 0.1, voltage=1e-12)
    with pytest.raises(landauer.UsageError, match="cannot be kept"):
        landauer.thermal(onsite, 0.1, tolerance=0)
    with pytest.raises(landauer.UsageError, match="list of temperatures is empty"):
        landauer.thermal(onsite, [])
    with pytest.raises(landauer.UsageError, match=r"onsite\[0\], sample 0 at E_F = 0, kT = 0.1: after"):
        landauer.thermal(onsite, 0.1, max_solves=15)
    with pytest.raises(landauer.InputError, match="fermi_energy"):
        landauer.thermal(onsite, 0.1, np.nan)
    with pytest.raises(landauer.InputError, match="there is no voltage"):
        _ = landauer.thermal(onsite, 0.1).current
    onsite[1, 1, 2] = np.inf
    with pytest.raises(landauer.InputError, match=r"onsite\[1, 1, 2\] is inf"):
        landauer.thermal(onsite, 0.1)
