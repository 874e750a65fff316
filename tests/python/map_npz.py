"""The files of `landauer map` in NumPy.

Usage: python map_npz.py PATH/TO/landauer

numpy.load and zipfile open the archives; what the arrays mean is checked by sums that any map must have.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import numpy


def map_(landauer, *arguments):
    done = subprocess.run([landauer, "map", "-q", *map(str, arguments)], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), done


def check_maps(landauer, folder):
    source, target = folder / "onsite.npy", folder / "maps.npz"
    onsite = numpy.random.default_rng(1).normal(size=(3, 6, 5))
    numpy.save(source, onsite)
    map_(landauer, "--onsite", source, "--energies", "-0.5,0.25", "--output", target)
    assert zipfile.ZipFile(target).testzip() is None
    maps = numpy.load(target)
    config = json.loads(str(maps["config"]))
    assert (config["format"], config["samples"], config["energies"]) == ("landauer-maps", 3, [-0.5, 0.25])
    assert numpy.array_equal(maps["onsite"], onsite)
    assert maps["energies"].tolist() == [-0.5, 0.25]
    t, ldos = maps["transmission"], maps["ldos"]
    assert (t.shape, ldos.shape) == ((3, 2), (3, 2, 6, 5))
    assert numpy.allclose(maps["density_left"] + maps["density_right"], ldos, rtol=1e-12, atol=1e-12)
    x, y = maps["current_x"], maps["current_y"]
    assert (x.shape, y.shape) == ((3, 2, 5, 5), (3, 2, 6, 4))
    assert numpy.allclose(x.sum(axis=-1), t[..., None], rtol=1e-12)
    # One map alone is the same array, as numpy.save would have written it.
    one = folder / "ldos.npy"
    map_(landauer, "--onsite", source, "--energies", "-0.5,0.25", "--fields", "ldos", "--output", one)
    assert numpy.array_equal(numpy.load(one), ldos)
    numpy.save(folder / "saved.npy", ldos)
    assert one.read_bytes() == (folder / "saved.npy").read_bytes()
    # Means are those of the maps, and their errors too.
    means = folder / "means.npz"
    map_(landauer, "--onsite", source, "--energies", "-0.5,0.25", "--average", "--output", means)
    means = numpy.load(means)
    gradient = abs(maps["gradient"])
    assert numpy.allclose(means["gradient_magnitude"], gradient.mean(axis=0), rtol=1e-12)
    error = gradient.std(axis=0, ddof=1) / 3**0.5
    assert numpy.allclose(means["gradient_magnitude_error"], error, rtol=1e-9, atol=1e-14)
    inside = [(x[:, :, :-1] + x[:, :, 1:]) / 2, numpy.pad(y, [(0, 0), (0, 0), (0, 0), (1, 1)])]
    inside[1] = (inside[1][..., :-1] + inside[1][..., 1:])[:, :, 1:-1] / 2
    magnitude = numpy.hypot(*inside).mean(axis=0)
    assert numpy.allclose(means["current_magnitude"][:, 1:-1], magnitude, rtol=1e-12)
    return len(maps.files) + len(means.files)


def main(landauer):
    with tempfile.TemporaryDirectory() as folder:
        print(check_maps(landauer, pathlib.Path(folder)), "arrays of maps as NumPy reads them")


if __name__ == "__main__":
    main(sys.argv[1])
