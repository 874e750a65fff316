"""Files of NumPy through `landauer solve` and back.

Usage: python solve_npy.py PATH/TO/landauer

numpy.save writes lattices of every real dtype, byte order and memory order; numpy.load reads what
`landauer` writes, which must be byte for byte what numpy.save would have written.
"""
import io
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

ENERGIES = [-0.18, 0.0, 0.1]


def solve(landauer, *arguments):
    command = [landauer, "solve", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def transmissions(landauer, folder, onsite, *arguments):
    """T of an array of lattices, and the name of the file it was read from."""
    source, target = folder / "onsite.npy", folder / "t.npy"
    numpy.save(source, onsite)
    code, said, error = solve(
        landauer, "-q", "--onsite", source, "--output", target,
        "--energies", ",".join(map(repr, ENERGIES)), *arguments,
    )
    assert (code, said, error) == (0, "", ""), (onsite.dtype, error)
    return numpy.load(target)


def saved(array):
    """The bytes of numpy.save."""
    file = io.BytesIO()
    numpy.save(file, array)
    return file.getvalue()


def check_reading(landauer, folder):
    numbers = numpy.random.default_rng(1)
    count = 0
    codes = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]
    for shape, code in itertools.product([(6, 5), (4, 6, 5)], codes):
        low, high = (0, 2) if code == "?" else (0, 6) if code[0] == "u" else (-3, 6)
        plain = numbers.integers(low, high, shape).astype("f8")
        if code[0] == "f":
            plain += 0.25
        expected = transmissions(landauer, folder, plain)
        assert expected.shape == (1 if len(shape) == 2 else 4, len(ENERGIES))
        assert expected.dtype == numpy.float64
        for order, memory in itertools.product("<>", "CF"):
            onsite = numpy.asarray(plain.astype(numpy.dtype(code).newbyteorder(order)), order=memory)
            found = transmissions(landauer, folder, onsite)
            assert numpy.array_equal(found, expected), (code, order, memory, shape)
            count += 1
    # The axes mean what they should: a wall across the strip stops everything, one along it not.
    wall = numpy.zeros((9, 7))
    wall[4, :] = 1e6
    assert transmissions(landauer, folder, wall).max() < 1e-9
    wall = numpy.zeros((9, 7))
    wall[:, 3] = 1e6
    assert transmissions(landauer, folder, wall).min() > 3
    # A view in the memory of a larger array is saved as what it shows.
    onsite = numbers.random((6, 10, 5))[::2, ::-2, :].transpose(0, 2, 1)
    expected = transmissions(landauer, folder, numpy.ascontiguousarray(onsite))
    assert numpy.array_equal(transmissions(landauer, folder, onsite), expected)
    return count


def check_refusals(landauer, folder):
    arrays = {
        "complex": numpy.zeros((3, 3), "c16"),
        "objects": numpy.array([[1, None], [2, 3]], dtype=object),
        "strings": numpy.array([["a", "b"]]),
        "byte strings": numpy.array([[b"a", b"b"]]),
        "structured": numpy.zeros((3, 3), [("onsite", "f8"), ("species", "u1")]),
        "raw bytes": numpy.zeros((3, 3), "V8"),
        "dates": numpy.zeros((3, 3), "M8[s]"),
        "time differences": numpy.zeros((3, 3), "m8[s]"),
    }
    if numpy.dtype(numpy.longdouble).itemsize == 16:
        arrays["long doubles"] = numpy.zeros((3, 3), numpy.longdouble)
    arrays["not a finite number"] = numpy.array([[0, numpy.nan]])
    arrays["[x, y]"] = numpy.zeros(9)
    source, target = folder / "refused.npy", folder / "never.npy"
    for words, array in arrays.items():
        numpy.save(source, array, allow_pickle=True)
        code, said, error = solve(landauer, "--onsite", source, "--output", target)
        assert code == 3 and not said and words in error, (words, code, said, error)
        assert not target.exists()
    return len(arrays)


def check_writing(landauer, folder):
    count = 0
    for samples, width, energies in [(1, 1, 1), (3, 2, 2), (12, 3, 11), (1000, 2, 1)]:
        paths = {name: folder / f"{name}.npy" for name in ("t", "g_bar", "eigenvalues", "e")}
        numpy.save(paths["e"], numpy.linspace(-1, 1, energies))
        code, said, error = solve(
            landauer, "--json", "--disorder", 2, "--length", 4, "--width", width, "--samples", samples,
            "--energies-from", paths["e"], "--bias", 0.36, "--output", paths["t"],
            "--g-bar-output", paths["g_bar"], "--eigenvalues", paths["eigenvalues"],
        )
        assert code == 0, error
        told = json.loads(said)
        t, g_bar, eigenvalues = (numpy.load(paths[name]) for name in ("t", "g_bar", "eigenvalues"))
        assert t.shape == (samples, energies + 10)
        assert g_bar.shape == (samples,)
        assert eigenvalues.shape == (samples, energies + 10, width)
        assert [tuple(file["shape"]) for file in told["written"]] == [
            g_bar.shape, eigenvalues.shape, t.shape
        ]
        for name, array in (("t", t), ("g_bar", g_bar), ("eigenvalues", eigenvalues)):
            assert array.dtype == numpy.dtype("<f8")
            assert paths[name].read_bytes() == saved(array), f"{name}: not what numpy.save writes"
            count += 1
        assert numpy.allclose(t[:, -10:].mean(axis=1), g_bar, rtol=1e-14, atol=0)
        assert numpy.allclose(eigenvalues.sum(axis=2), t, rtol=1e-12, atol=1e-15)
        assert numpy.all(numpy.diff(eigenvalues, axis=2) <= 0)
        assert numpy.allclose(told["transmission_mean"], t.mean(axis=0), rtol=1e-12, atol=1e-15)
        error = t.std(axis=0, ddof=1) / samples**0.5 if samples > 1 else [None] * t.shape[1]
        for found, expected in zip(told["transmission_standard_error"], error):
            assert found is expected or abs(found - expected) < 1e-12
        # The numbers in JSON come back to the last bit (by the solver that finds eigenvalues).
        _, said, _ = solve(
            landauer, "--json", "--disorder", 2, "--length", 4, "--width", width, "--samples", samples,
            "--energies-from", paths["e"], "--bias", 0.36, "--solver", "recursion",
        )
        told = json.loads(said)
        assert numpy.array_equal(told["transmission"], t)
        assert numpy.array_equal(told["g_bar"], g_bar)
    return count


def main(landauer):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        print(f"NumPy {numpy.__version__}")
        print(check_reading(landauer, folder), "kinds of arrays read rightly")
        print(check_refusals(landauer, folder), "kinds of arrays refused by name")
        print(check_writing(landauer, folder), "files written byte for byte as numpy.save does")


if __name__ == "__main__":
    main(sys.argv[1])
