"""Models predict what the command line does, whatever the arrays, threads and processes."""

import json
import multiprocessing
import os
import pathlib
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest

import landauer


def command(*words):
    """Runs the command line."""
    words = [os.fspath(word) for word in words]
    run = subprocess.run([sys.executable, "-m", "landauer", *words], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run


def strips_of(model, samples, seed=11):
    length, width = model.size
    return landauer.Ensemble(**model.disorder, length=length, width=width, seed=seed)[0:samples]


@pytest.mark.parametrize("name", ["best-3x3", "best-5x5", "paper-cnn-g", "best-spectrum"])
def test_bits_are_those_of_the_command(name):
    model = landauer.load_model(name)
    strips = strips_of(model, 20)
    np.save("strips.npy", strips)
    command("predict", "--network", name, "--onsite", "strips.npy", "--output", "g.npy", "--intervals", "ends.npy")
    found = model.predict(strips, intervals=0.9)
    assert np.array_equal(model.predict(strips), np.load("g.npy"))
    assert np.array_equal(found.prediction, np.load("g.npy"))
    assert np.array_equal(np.stack([found.lower, found.upper], axis=-1), np.load("ends.npy"))
    assert found.level == 0.9 and not found.is_exact.any() and found.is_exact.shape == (20,)


def test_wide_intervals_are_solved_as_by_the_command():
    model = landauer.load_model("best-g")
    strips = strips_of(model, 60)
    np.save("strips.npy", strips)
    width = float(np.median(np.diff(np.stack(list(model.predict(strips, intervals=0.8))[1:]), axis=0)))
    words = ["--level", "0.8", "--intervals", "ends.npy", "--exact-above", repr(width)]
    command("predict", "--network", "best-g", "--onsite", "strips.npy", "--output", "g.npy", *words)
    found = model.predict(strips.reshape(3, 20, 40, 40), intervals=0.8, exact_above=width)
    assert np.array_equal(found.prediction.ravel(), np.load("g.npy"))
    assert np.array_equal(np.stack([found.lower.ravel(), found.upper.ravel()], axis=-1), np.load("ends.npy"))
    exact = found.is_exact
    assert exact.shape == (3, 20) and 0 < exact.sum() < 60
    assert np.allclose(found.prediction[exact], landauer.transmission(strips).reshape(3, 20)[exact], atol=1e-9)
    assert (found.lower[exact] == found.prediction[exact]).all() and (found.upper[exact] == found.lower[exact]).all()
    # Without a level it is 0.9, without a limit nothing is solved, and a limit of 0 solves all.
    assert model.predict(strips, exact_above=40.0).level == 0.9
    assert model.predict(strips[:5], exact_above=0.0).is_exact.sum() >= 4
    assert "of 1 strip with" in repr(model.predict(strips[:1], intervals=0.9))
    assert "exact" in repr(found) and np.array_equal(np.asarray(found), found.prediction)


def test_hybrids_need_a_budget():
    model = landauer.load_model("hybrid-g")
    strips = strips_of(model, 3)
    np.save("strips.npy", strips)
    command("predict", "--network", "hybrid-g", "--within", "1e6", "--onsite", "strips.npy", "--output", "g.npy")
    assert np.array_equal(model.predict(strips, within=1e6), np.load("g.npy"))
    assert model.needs_budget and model.multiply_adds is None and model.card["format"] == "landauer-hybrid-card"
    for options, words in (
        ({}, "needs a budget"),
        ({"within": 1.5}, "whole number"),
        ({"within": -1}, "whole number"),
        ({"within": 1e6, "intervals": 0.9}, "larger within"),
    ):
        with pytest.raises(landauer.UsageError, match=words):
            model.predict(strips, **options)
    with pytest.raises(landauer.UsageError, match="only hybrids take a budget"):
        landauer.load_model("best-3x3").predict(np.zeros((3, 3)), within=1e6)


def test_shapes_are_those_of_the_strips():
    model = landauer.load_model("best-3x3")
    strips = strips_of(model, 24)
    flat = model.predict(strips)
    assert flat.shape == (24,) and flat.dtype == np.float64 and flat.flags.c_contiguous
    assert np.array_equal(model.predict(strips.reshape(2, 3, 4, 3, 3)), flat.reshape(2, 3, 4))
    assert np.array_equal(model.predict(np.asfortranarray(strips)), flat)
    assert np.array_equal(model.predict(strips.tolist()), flat)
    one = model.predict(strips[7])
    assert isinstance(one, np.float64) and one == flat[7]
    assert model.predict(np.empty((0, 3, 3))).shape == (0,)
    assert model.predict(np.empty((2, 0, 3, 3)), intervals=0.5).lower.shape == (2, 0)
    several = landauer.load_model("best-spectrum")
    many = several.predict(strips_of(several, 2))
    assert many.shape == (2, len(several.targets)) and len(several.targets) == 11
    assert several.predict(strips_of(several, 1)[0], intervals=0.9).upper.shape == (11,)


def test_any_number_of_threads_gives_the_same_bits():
    model = landauer.load_model("best-5x5")
    strips = strips_of(model, 500)
    expected = model.predict(strips)
    assert np.array_equal(model.predict(strips, threads=1), expected)
    found = [None] * 6

    def work(part):
        found[part] = model.predict(strips, threads=1 + part % 2)

    threads = [threading.Thread(target=work, args=(part,)) for part in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(one, expected) for one in found)


def _predict(arguments):
    model, strips = arguments
    return model.predict(strips)


@pytest.mark.skipif(os.name != "posix", reason="forks are those of POSIX")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_children_predict(method):
    model = landauer.load_model("best-3x3")
    strips = strips_of(model, 50)
    expected = model.predict(strips)
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.map_async(_predict, [(model, strips)] * 4).get(timeout=120)
    assert all(np.array_equal(one, expected) for one in found)


def test_what_a_model_says_of_itself():
    model = landauer.load_model("best-3x3")
    assert (model.name, model.size, model.targets) == ("best-3x3", (3, 3), ("g",))
    assert model.disorder == {"model": 1, "strength": 4.0} and model.multiply_adds > 0
    assert model.card["name"] == "best-3x3" and model.card["targets"][0]["integer_mae"] < 0.05
    assert repr(model) == "<landauer.Model best-3x3: g of 3 x 3 sites>"
    assert landauer.load_model("best-gbar").targets == ("g_bar",)
    assert pickle.loads(pickle.dumps(model)).name == "best-3x3"
    assert landauer.load_model("best-g").disorder == {"model": 2, "concentration": "uniform"}


def test_a_file_has_its_card_beside_it():
    import_from = pathlib.Path(__file__).parents[3] / "models"
    if not import_from.is_dir():
        pytest.skip("the repository's models are not here")
    for ending in ("postcard", "json"):
        pathlib.Path(f"mine.{ending}").write_bytes((import_from / f"best-3x3.{ending}").read_bytes())
    model = landauer.load_model(pathlib.Path("mine.postcard"))
    strips = strips_of(model, 5)
    assert np.array_equal(model.predict(strips), landauer.load_model("best-3x3").predict(strips))
    assert model.card == landauer.load_model("best-3x3").card
    card = pathlib.Path("mine.json")
    card.write_text(card.read_text().replace("best-3x3", "best-3x4"))
    damaged = landauer.load_model("mine.postcard")
    # A prediction does not need it; whoever asks for what it says is told.
    assert damaged.predict(strips).shape == (5,)
    for ask in (lambda: damaged.card, lambda: damaged.predict(strips, intervals=0.9)):
        with pytest.raises(landauer.DamagedError, match="mine.json"):
            ask()
    card.unlink()
    alone = landauer.load_model("mine.postcard")
    assert alone.card == {}
    with pytest.raises(landauer.UsageError, match="no intervals"):
        alone.predict(strips, intervals=0.9)


def test_a_folder_of_models_comes_first(monkeypatch):
    os.mkdir("models")
    pathlib.Path("models/best-3x3.postcard").write_bytes(b"nothing")
    monkeypatch.setenv("LANDAUER_MODELS", "models")
    with pytest.raises(landauer.InputError, match="best-3x3.postcard"):
        landauer.load_model("best-3x3")


def test_what_is_refused_says_where():
    model = landauer.load_model("best-3x3")
    strips = np.zeros((2, 4, 3, 3))
    for place, value, words in (
        ((1, 2, 0, 1), np.nan, r"onsite\[1, 2, 0, 1\] is nan"),
        ((1, 3, 2, 0), 7.0, r"onsite\[1, 3\]: site \(2, 0\) is 7 t; .*from -2 to 2 t"),
    ):
        bad = strips.copy()
        bad[place] = value
        with pytest.raises(landauer.InputError, match=words):
            model.predict(bad)
    with pytest.raises(landauer.InputError, match="^site"):
        model.predict(np.full((3, 3), 7.0))
    with pytest.raises(landauer.InputError, match="3 x 4 sites, and best-3x3 takes 3 x 3"):
        model.predict(np.zeros((3, 4)))
    with pytest.raises(landauer.InputError, match="complex"):
        model.predict(np.zeros((3, 3), dtype=complex))
    for options, words in (
        ({"intervals": 0.99}, "0.5, 0.8, 0.9, 0.95"),
        ({"exact_above": -1.0}, "at least 0"),
        ({"exact_above": float("nan")}, "at least 0"),
        ({"threads": 0}, "threads"),
        ({"mirrors": False}, "always averages"),
    ):
        with pytest.raises(landauer.UsageError, match=words):
            model.predict(strips, **options)


def test_what_is_no_model():
    with pytest.raises(landauer.SystemError, match="no model best-h.*best-gbar"):
        landauer.load_model("best-h")
    with pytest.raises(landauer.SystemError):
        landauer.load_model("nowhere/best.postcard")
    os.mkdir("folder")
    with pytest.raises(landauer.InputError, match="without a run"):
        landauer.load_model("folder")
    pathlib.Path("text.postcard").write_text(json.dumps({}))
    with pytest.raises(landauer.InputError, match="text.postcard"):
        landauer.load_model("text.postcard")


def test_memory_is_given_back():
    """A model is freed with its object: hundreds of them take no more memory than a few."""
    resource = pytest.importorskip("resource")
    model = landauer.load_model("paper-cnn-g")
    assert model.predict(np.zeros((40, 40))) > 0
    pathlib.Path("many.postcard").write_bytes(_bytes_of("paper-cnn-g"))
    size = os.path.getsize("many.postcard")

    def load():
        landauer.load_model("many.postcard").predict(np.zeros((40, 40)))

    for _ in range(10):
        load()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    for _ in range(100):
        load()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    assert after - before < 40 * size


def _bytes_of(name):
    path = pathlib.Path(__file__).parents[3] / "models" / f"{name}.postcard"
    if not path.is_file():
        pytest.skip("the repository's models are not here")
    return path.read_bytes()
