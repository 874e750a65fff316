"""Maps of the inside of strips."""

import pickle

import numpy as np
import pytest

import landauer


def green(onsite, energy):
    """The Green's function of a strip between its leads, and Γ of a lead, by dense matrices."""
    length, width = onsite.shape
    hopping = np.eye(length * width, k=width)
    for y in range(width - 1):
        hopping += np.kron(np.eye(length), np.outer(np.eye(width)[y], np.eye(width)[y + 1]))
    hamiltonian = np.diag(onsite.ravel()) - hopping - hopping.T
    row = np.arange(1, width + 1)
    modes = np.sqrt(2 / (width + 1)) * np.sin(np.pi * np.outer(row, row) / (width + 1))
    cosine = -(energy + 2 * np.cos(np.pi * row / (width + 1))) / 2
    factor = np.where(
        np.abs(cosine) < 1,
        cosine + 1j * np.sqrt(np.maximum(1 - cosine**2, 0)),
        cosine - np.sign(cosine) * np.sqrt(np.maximum(cosine**2 - 1, 0)),
    )
    sigma = -(modes * factor) @ modes.T
    inverse = energy * np.eye(length * width) - hamiltonian.astype(complex)
    inverse[:width, :width] -= sigma
    inverse[-width:, -width:] -= sigma
    return np.linalg.inv(inverse), -2 * sigma.imag


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (2, 3), (7, 5), (12, 9)])
def test_maps_are_those_of_dense_matrices(shape):
    random = np.random.default_rng(3)
    onsite = np.where(random.random(shape) < 0.3, random.normal(size=shape) * 3, 0.0)
    for energy in (0.05, -0.7, 1.6):
        maps = landauer.maps(onsite, energy)
        full, gamma = green(onsite, energy)
        width = shape[1]
        left = full[:, :width] @ gamma @ full[:, :width].conj().T
        right = full[:, -width:] @ gamma @ full[:, -width:].conj().T
        assert np.isclose(maps.transmission, np.trace(gamma @ left[-width:, -width:]).real, rtol=0, atol=1e-9)

        def close(found, expected):
            expected = np.asarray(expected).reshape(found.shape)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 * (1 + np.abs(expected).max(initial=0)))

        close(maps.ldos, -full.diagonal().imag / np.pi)
        close(maps.density_left, left.diagonal().real / (2 * np.pi))
        close(maps.density_right, right.diagonal().real / (2 * np.pi))
        back = right[:, :width] @ gamma @ full[:width]
        close(maps.gradient, 2 * back.diagonal().real)
        bonds = -2 * left.imag
        site = np.arange(onsite.size).reshape(shape)
        close(maps.current_x, bonds[site[:-1], site[1:]])
        close(maps.current_y, bonds[site[:, :-1], site[:, 1:]])


def test_axes_are_those_of_the_on_site_energies():
    onsite = np.random.default_rng(1).normal(size=(2, 3, 5, 4))
    maps = landauer.maps(onsite, [0.0, 0.3])
    assert maps.transmission.shape == (2, 3, 2)
    assert maps.ldos.shape == maps.gradient.shape == (2, 3, 2, 5, 4)
    assert maps.current_x.shape == (2, 3, 2, 4, 4)
    assert maps.current_y.shape == (2, 3, 2, 5, 3)
    np.testing.assert_allclose(maps.transmission, landauer.transmission(onsite, [0.0, 0.3]), rtol=0, atol=1e-10)
    alone = landauer.maps(onsite[1, 2], 0.3, "gradient", threads=1)
    assert isinstance(alone.transmission, float)
    np.testing.assert_array_equal(alone.gradient, maps.gradient[1, 2, 1])
    assert alone.energies == 0.3
    none = landauer.maps(onsite[:0])
    assert none.ldos.shape == (0, 3, 5, 4)


def test_maps_can_be_pickled():
    maps = landauer.maps(np.eye(4), 0.2)
    again = pickle.loads(pickle.dumps(maps))
    assert repr(again) == repr(maps)
    np.testing.assert_array_equal(again.current_y, maps.current_y)


def test_plans_are_those_of_the_call():
    onsite = np.random.default_rng(4).normal(size=(3, 6, 5))
    asked = [(fields, energy) for fields in ("ldos", "gradient") for energy in (0.1, [0.1], [0.1, 0.2])]
    first = [landauer.maps(onsite, energy, fields) for fields, energy in asked]
    narrow = landauer.maps(onsite[:, :, :3], 0.1, "ldos")
    assert narrow.ldos.shape == (3, 6, 3)
    for (fields, energy), before in zip(asked, first):
        again = landauer.maps(onsite, energy, fields)
        np.testing.assert_array_equal(again.transmission, before.transmission)
        np.testing.assert_array_equal(getattr(again, fields), getattr(before, fields))
        assert getattr(again, fields).shape == (3, *np.shape(energy), 6, 5)


def test_what_is_wrong_is_named():
    onsite = np.zeros((3, 3))
    with pytest.raises(landauer.UsageError, match="there is no map 'dos': the maps are ldos, density_left"):
        landauer.maps(onsite, fields=["ldos", "dos"])
    with pytest.raises(landauer.UsageError, match="there is no map 'x'"):
        landauer.maps(onsite, fields="x")
    with pytest.raises(landauer.UsageError, match="a list of names is needed"):
        landauer.maps(onsite, fields=3)
    with pytest.raises(landauer.InputError, match="gradient was not asked for: fields has ldos"):
        _ = landauer.maps(onsite, fields="ldos").gradient
    with pytest.raises(landauer.InputError, match="current was not asked for"):
        _ = landauer.maps(onsite, fields="ldos").current_x
    with pytest.raises(landauer.InputError, match="energies"):
        landauer.maps(onsite, np.nan)
    onsite[1, 2] = np.inf
    with pytest.raises(landauer.InputError, match=r"onsite\[1, 2\] is inf"):
        landauer.maps(onsite)
