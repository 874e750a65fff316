"""Arguments that are impossible are refused by name, with what is possible, and nothing is written."""

import decimal
import os
import pathlib

import numpy as np
import pytest

import landauer
from landauer import _arguments

CONFIG = {"preset": "paper-dnn-3x3", "network": {"kind": "dense", "hidden": [4]}}


@pytest.mark.parametrize("value", [5, np.int8(5), np.uint64(5), 5.0, np.float32(5), np.array(5), np.array(5.0)])
def test_whole_numbers_come_in_many_types(value):
    found = _arguments.whole(value, "n")
    assert found == 5 and type(found) is int


@pytest.mark.parametrize("value", [True, np.True_, "5", b"5", 5.5, np.nan, np.inf, None, [5], np.array([5]), 5j])
def test_what_is_no_whole_number(value):
    with pytest.raises(landauer.UsageError, match="^n is .*: a whole number of at least 2 is needed, or None$"):
        _arguments.whole(value, "n", 2, hint=", or None")


def test_the_limits_of_a_whole_number_are_told():
    for value, least, most, words in (
        (1, 2, _arguments.LARGEST, "n is 1: a whole number of at least 2 is needed"),
        (2**64, 2, _arguments.LARGEST, r"n is 18446744073709551616: a whole number from 2 to 2\*\*64 - 1 is needed"),
        (9, 2, 8, "n is 9: a whole number from 2 to 8 is needed"),
        (-1, 2, 8, "n is -1: a whole number from 2 to 8 is needed"),
    ):
        with pytest.raises(landauer.UsageError, match=f"^{words}$"):
            _arguments.whole(value, "n", least, most)
    assert _arguments.whole(2, "n", 2, 8) == 2 and _arguments.whole(8, "n", 2, 8) == 8
    assert _arguments.whole(2**64 - 1, "n") == 2**64 - 1


def test_numbers():
    for value in (0.5, np.float32(0.5), np.array(0.5), decimal.Decimal("0.5")):
        assert _arguments.real(value, "x") == 0.5
    for value in ("0.5", True, None, [0.5], 1j):
        with pytest.raises(landauer.UsageError, match="^x is .*: a number is needed$"):
            _arguments.real(value, "x")


def test_numbers_and_their_nouns():
    assert _arguments.counted(1, "strip") == "1 strip" and _arguments.counted(0, "strip") == "0 strips"
    assert _arguments.counted(2, "energy", "energies") == "2 energies"


def _empty_paths(learning, ensemble):
    run, test = learning.run("dense"), learning.data(1, seed=2)
    return {
        "generate": lambda: landauer.generate(ensemble, "", 10),
        "open": lambda: landauer.open(""),
        "average": lambda: landauer.average(ensemble, samples=10, output=""),
        "train": lambda: landauer.train(CONFIG, learning.data(1), ""),
        "train's data": lambda: landauer.train(CONFIG, "", "run"),
        "export": lambda: run.export("", test),
        "export's test set": lambda: run.export("x.postcard", ""),
        "to_onnx": lambda: run.to_onnx(""),
        "load_model": lambda: landauer.load_model(""),
        "Model": lambda: landauer.Model(""),
        "read_weights": lambda: landauer.read_weights(""),
        "evaluate": lambda: landauer.evaluate([0.0], ""),
        "evaluate's baseline": lambda: landauer.evaluate([0.0], test, baseline=""),
        "evaluate's model": lambda: landauer.evaluate("", test),
    }


def test_an_empty_path_is_not_the_current_folder(learning, ensemble):
    for name, ask in _empty_paths(learning, ensemble).items():
        with pytest.raises(landauer.UsageError, match="is empty: give a path, as in"):
            ask()
        assert os.listdir() == [], name
    for path in (None, 3):
        with pytest.raises(landauer.UsageError, match=f"path is {path}: a path is needed"):
            landauer.generate(ensemble, path, 10)
    assert landauer.generate(ensemble, pathlib.Path("d.zarr"), 10).path == "d.zarr"


def test_threads_are_refused_alike(learning, ensemble, strips):
    run, test = learning.run("dense"), learning.data(1, seed=2)
    for threads in (-1, 0, 5000, 2**70, 1.5, "2", True):
        for ask in (
            lambda threads: landauer.transmission(strips, threads=threads),
            lambda threads: landauer.solve(strips, threads=threads),
            lambda threads: landauer.conductance(strips, threads=threads),
            lambda threads: landauer.average(ensemble, samples=10, threads=threads),
            lambda threads: landauer.generate(ensemble, "d.zarr", 10, threads=threads),
            lambda threads: landauer.train(CONFIG, learning.data(1), "run", threads=threads),
            lambda threads: landauer.evaluate(run, test, threads=threads),
            lambda threads: run.predict(test, threads=threads),
            lambda threads: run.export("x.postcard", test, threads=threads),
        ):
            with pytest.raises(landauer.UsageError, match="threads is .* from 1 to 1024 is needed, or None for one a core"):
                ask(threads)
    assert os.listdir() == []


def test_other_numbers(learning, ensemble, strips):
    run, test, data = learning.run("dense"), learning.data(1, seed=2), learning.data(1)
    for ask, words in (
        (lambda: landauer.generate(ensemble, "d.zarr", 2**70), r"samples is \d+: .* to 2\*\*64 - 1"),
        (lambda: landauer.generate(ensemble, "d.zarr", 10, chunk_samples=0), "chunk_samples is 0: .* at least 1"),
        (lambda: landauer.generate(ensemble, "d.zarr", 10, shard=(-1, 2)), r"shard\[0\] is -1"),
        (lambda: landauer.generate(ensemble, "d.zarr", 10, shard=(0, 0)), r"shard\[1\] is 0"),
        (lambda: landauer.generate(ensemble, "d.zarr", 10, shard=3), r"shard is 3: .*\(0, 4\)"),
        (lambda: landauer.train(CONFIG, ensemble, "run", samples=-100), "samples is -100"),
        (lambda: landauer.train(CONFIG, ensemble, "run", validation_samples=0), "validation_samples is 0"),
        (lambda: landauer.train(CONFIG, data, "run", samples=0), "samples is 0"),
        (lambda: landauer.train(CONFIG, data, "run", epochs=0), "epochs is 0"),
        (lambda: landauer.train(CONFIG, data, "run", seed=-1), "seed is -1"),
        (lambda: landauer.train(CONFIG, data, "run", batch_size="8"), "batch_size is '8'"),
        (lambda: landauer.train(CONFIG, data, "run", checkpoint_seconds="9"), "checkpoint_seconds is '9'"),
        (lambda: landauer.train(CONFIG, data, "run", target=["g", "g"]), "target has 'g' twice"),
        (lambda: run.export("x.postcard", test, calibration=0), "calibration is 0"),
        (lambda: run.export("x.postcard", test, input_channels=17), "input_channels is 17: .* from 1 to 16"),
        (lambda: run.export("x.postcard", test, max_loss="2"), "max_loss is '2'"),
        (lambda: run.predict(test, intervals="0.9"), "intervals is '0.9'"),
        (lambda: run.predict(test, exact_above="0.9"), "exact_above is '0.9'"),
        (lambda: list(data.batches(0)), "size is 0"),
        (lambda: list(data.batches(8, shuffle=-1)), "shuffle is -1"),
        (lambda: list(data.batches(8, shuffle=True, seed=-1)), "seed is -1"),
    ):
        with pytest.raises(landauer.UsageError, match=words):
            ask()
    assert os.listdir() == []


def test_a_bias_is_a_positive_number_or_none(ensemble, strips):
    for bias in (0, -0.36, np.nan, np.inf, "0.36", True):
        for ask in (
            lambda bias: landauer.conductance(strips, bias=bias),
            lambda bias: landauer.solve(strips, bias=bias),
            lambda bias: landauer.average(ensemble, samples=10, bias=bias),
            lambda bias: landauer.generate(ensemble, "d.zarr", 10, bias=bias),
            lambda bias: landauer.train(CONFIG, ensemble, "run", bias=bias),
        ):
            with pytest.raises(landauer.UsageError, match="bias is .*, or (None for|energies for no bias)"):
                ask(bias)
    assert os.listdir() == []


def test_progress_is_a_switch_or_a_function(learning, ensemble):
    run, test = learning.run("dense"), learning.data(1, seed=2)
    for ask in (
        lambda progress: landauer.average(ensemble, samples=10, progress=progress),
        lambda progress: landauer.generate(ensemble, "d.zarr", 10, progress=progress),
        lambda progress: landauer.train(CONFIG, learning.data(1), "run", progress=progress),
        lambda progress: run.export("x.postcard", test, progress=progress),
    ):
        for progress in (3, "yes", 0):
            with pytest.raises(landauer.UsageError, match=f"progress is {progress!r}: give True or False, or a function"):
                ask(progress)
    assert os.listdir() == []
