"""What can be given: any layout and type; and what is refused, with the index and the cure."""

import decimal

import numpy as np
import pytest

import landauer

LAYOUTS = {
    "C": lambda a: a,
    "Fortran": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "reversed": lambda a: a[..., ::-1].copy()[..., ::-1],
    "transposed": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 0, -1)), -1, 0),
    "big endian": lambda a: a.astype(">f8"),
    "list": lambda a: a.tolist(),
    "matrix of a subclass": lambda a: a.view(type("Own", (np.ndarray,), {})),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_bits(strips, layout):
    expected = landauer.transmission(strips, [0.0, 0.3])
    found = landauer.transmission(LAYOUTS[layout](strips), [0.0, 0.3])
    assert np.array_equal(found, expected)
    assert found.dtype == np.float64 and found.flags.c_contiguous


def test_read_only_and_unaligned_arrays_are_taken(strips):
    expected = landauer.transmission(strips)
    strips.flags.writeable = False
    assert np.array_equal(landauer.transmission(strips), expected)
    unaligned = np.frombuffer(b"x" + strips.tobytes(), dtype=np.uint8)[1:].view(np.float64).reshape(strips.shape)
    assert not unaligned.flags.aligned
    assert np.array_equal(landauer.transmission(unaligned), expected)


@pytest.mark.parametrize("kind", ["f2", "f4", "f8", "g", "i1", "i2", "i4", "i8", "u1", "u8", "?", ">f4", ">i2"])
def test_every_real_type_is_what_it_is_in_f64(kind):
    values = np.array([[0, 1], [1, 0], [1, 1]])
    found = landauer.transmission(values.astype(kind), 0.1)
    assert found == landauer.transmission(values.astype(float), 0.1)


def test_leading_axes_are_kept(strips):
    flat = landauer.transmission(strips, [0.0, 0.5, 1.0])
    assert flat.shape == (6, 3)
    assert np.array_equal(landauer.transmission(strips.reshape(2, 3, 1, 5, 4), [0.0, 0.5, 1.0]), flat.reshape(2, 3, 1, 3))
    assert np.array_equal(landauer.transmission(strips[4], [0.0, 0.5, 1.0]), flat[4])
    assert np.array_equal(landauer.conductance(strips.reshape(3, 2, 5, 4)).ravel(), landauer.conductance(strips))


def test_one_energy_has_no_axis(strips):
    for energy in (0.5, np.float32(0.5), np.array(0.5), np.float64(0.5)):
        assert landauer.transmission(strips, energy).shape == (6,)
        one = landauer.transmission(strips[0], energy)
        assert isinstance(one, np.float64) and one.shape == ()
    assert landauer.transmission(strips, [0.5]).shape == (6, 1)
    assert landauer.transmission(strips, 1).shape == (6,)


@pytest.mark.parametrize("lead", [(0,), (0, 3), (2, 0, 5)])
def test_nothing_gives_nothing(lead):
    onsite = np.empty((*lead, 4, 3))
    assert landauer.transmission(onsite, [0.0, 1.0]).shape == (*lead, 2)
    assert landauer.transmission(onsite).shape == lead
    assert landauer.conductance(onsite).shape == lead
    solution = landauer.solve(onsite, [0.0])
    assert solution.eigenvalues.shape == (*lead, 1, 3) and solution.fano.shape == (*lead, 1)


def test_what_needs_no_copy_is_not_copied(strips):
    from landauer._arrays import strips as prepared

    assert np.shares_memory(prepared(strips)[0], strips)
    assert np.shares_memory(prepared(strips.reshape(2, 3, 5, 4))[0], strips)
    assert not np.shares_memory(prepared(np.asfortranarray(strips))[0], strips)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_by_its_index(strips, value):
    strips = strips.reshape(2, 3, 5, 4)
    strips[1, 0, 3, 2] = value
    with pytest.raises(landauer.InputError, match=r"onsite\[1, 0, 3, 2\] is -?(nan|inf): .*must be finite: replace"):
        landauer.transmission(strips)
    with pytest.raises(ValueError, match=r"onsite\[3, 2\]"):
        landauer.solve(strips[1, 0])
    with pytest.raises(landauer.InputError, match=r"energies\[1\] is"):
        landauer.transmission(np.zeros((2, 2)), [0.0, value])


def test_what_is_too_large_is_refused_by_its_index(strips):
    strips[4, 1, 3] = 2e300
    with pytest.raises(landauer.InputError, match=r"onsite\[4, 1, 3\] is 2e300"):
        landauer.transmission(strips)
    if np.dtype("g").itemsize > 8:
        with pytest.raises(landauer.InputError, match=r"onsite\[0, 0\] is inf"):
            landauer.transmission(np.array([[np.longdouble("1e400"), 0]]))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.zeros((2, 2), dtype=complex), r"complex128, .*onsite\.real"),
        (np.array([[decimal.Decimal(1), None]]), "object"),
        ([[1.0, 2.0], [3.0]], "rows of one length"),
        ([["a", "b"]], "dtype=float"),
        (np.zeros((2, 2), dtype="M8[s]"), "datetime64"),
        (np.ma.masked_array(np.zeros((2, 2)), [[0, 1], [0, 0]]), "masked elements"),
        (5.0, "0 axes"),
        ([1.0, 2.0], r"1 axis, .*\(-1, 1\)"),
        (None, "object"),
        ("strips.npy", r"is the text 'strips\.npy', .*numpy\.load"),
        (landauer.Ensemble(), r"is an Ensemble, .*ensemble\[0:1000\]"),
    ],
)
def test_what_is_no_array_of_real_numbers_is_refused_with_the_cure(value, words):
    for ask in (landauer.transmission, landauer.solve, landauer.conductance):
        with pytest.raises(landauer.InputError, match=words):
            ask(value)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (5, 0, 0)])
def test_a_strip_has_sites(shape):
    with pytest.raises(landauer.InputError, match="at least one site"):
        landauer.transmission(np.empty(shape))


def test_energies_are_a_number_or_a_list():
    for energies, words in ([[0.0]], "2 axes"), (1j, "complex128"), ("a", "numpy.load"):
        with pytest.raises(landauer.InputError, match=words):
            landauer.transmission([[1.0]], energies)
    with pytest.raises(landauer.UsageError, match="at least one"):
        landauer.transmission([[1.0]], [])


def test_a_dataset_is_no_array(datasets):
    data = datasets[1]
    for ask in (
        lambda: landauer.transmission(data),
        lambda: landauer.average(data),
        lambda: landauer.generate(data, "d.zarr"),
    ):
        with pytest.raises(landauer.InputError, match=r"onsite is a Dataset: .*data\.onsite\[:\]"):
            ask()
    assert np.array_equal(landauer.transmission(data.onsite), landauer.transmission(data.onsite[:]))
