"""Training: as the command does it, resumed, watched, exported."""

import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import landauer

CONFIG = {"preset": "paper-dnn-3x3", "network": {"kind": "dense", "hidden": [8, 6]}}
# Takes some seconds.
LONG = {**CONFIG, "batch_size": 8, "epochs": 150, "patience": 1000, "network": {"kind": "dense", "hidden": [256, 256]}}


def test_a_run_is_that_of_the_command(learning):
    data = learning.data(1)
    run = landauer.train("paper-dnn-3x3", data, "run", epochs=3, seed=4, batch_size=16)
    words = ["--dataset", data.path, "--preset", "paper-dnn-3x3", "--epochs", "3", "--seed", "4", "--batch", "16"]
    command = [sys.executable, "-m", "landauer", "train", *words, "--output", "other"]
    subprocess.run(command, check=True, capture_output=True)
    for name in ("best.safetensors", "last.safetensors", "config.toml", "scaling.json"):
        assert pathlib.Path("run", name).read_bytes() == pathlib.Path("other", name).read_bytes(), name
    strips = data.onsite[:20]
    np.save("strips.npy", strips)
    predict = ["predict", "--float", "run", "--onsite", "strips.npy", "--output", "g.npy"]
    subprocess.run([sys.executable, "-m", "landauer", *predict], check=True, capture_output=True)
    assert np.array_equal(run.predict(strips), np.load("g.npy"))
    again = landauer.load_model("run")
    assert isinstance(again, landauer.Run) and np.array_equal(again.predict(strips), run.predict(strips))
    assert np.array_equal(pickle.loads(pickle.dumps(run)).predict(strips), run.predict(strips))


def test_more_samples_than_fit_into_memory_are_refused():
    ensemble = landauer.Ensemble(model=1, length=3, width=3)
    for more in ({"samples": 2**62}, {"samples": 10, "validation_samples": 2**62}):
        with pytest.raises(landauer.SystemError, match="making these samples needs"):
            landauer.train("paper-dnn-3x3", ensemble, "never", energies=0.0, epochs=1, **more)
    assert not os.path.exists("never")


def test_what_a_run_says_of_itself(learning):
    run = learning.run("convolutional")
    assert run.targets == ("g_bar", "g") and run.size == (4, 4) and not run.needs_budget
    curves = run.curves
    with open(os.path.join(run.path, "curves.csv"), encoding="utf-8") as file:
        assert len(file.readline().split(",")) == len(curves)
    assert list(curves["epoch"]) == [1, 2] and (curves["loss"] > 0).all() and set(curves) >= {"mae g", "baseline_mae g_bar"}
    assert set(run.validation_mae) == {"g", "g_bar"} and run.best_epoch in (1, 2)
    assert run.validation_mae["g"] == curves["mae g"][run.best_epoch - 1]
    assert run.config["epochs"] == 2 and run.card["record"]["finished"]["epochs"] == 2
    assert run.predict(learning.data(2)).shape == (300, 2)
    assert run.disorder == {"model": 2, "concentration": "uniform"}
    assert "landauer.Run" in repr(run)
    mirrored = run.predict(learning.data(2).onsite[:5], mirrors=True)
    assert not np.array_equal(mirrored, run.predict(learning.data(2).onsite[:5]))
    assert np.array_equal(run.predict(learning.data(2).onsite[:5, ::-1], mirrors=True), mirrored)


def test_configurations():
    whole = landauer.training_config("paper-cnn")
    assert landauer.training_config(whole) == whole
    pathlib.Path("mine.toml").write_text('preset = "paper-cnn"\nepochs = 3\n[optimiser]\nlearning_rate = 0.5\n')
    mine = landauer.training_config("mine.toml", batch_size=np.int64(7), patience=None)
    assert (mine["epochs"], mine["batch_size"], mine["optimiser"]["learning_rate"]) == (3, 7, 0.5)
    assert mine["optimiser"]["beta_2"] == whole["optimiser"]["beta_2"] and mine["patience"] == whole["patience"]
    changed = landauer.training_config(mine, optimiser={"learning_rate": 1}, network={"kind": "dense", "hidden": (5,)})
    assert changed["optimiser"]["learning_rate"] == 1 and changed["network"] == {"kind": "dense", "hidden": [5]}
    assert set(landauer.presets()) >= {"paper-cnn", "spectral", "best-g"}
    for config, kind, words in (
        ("paper-cnnn", landauer.Error, "paper-cnn"),
        ({"preset": "paper-cnn", "epoch": 3}, landauer.Error, "unknown field"),
        ({"preset": "paper-cnn", "epochs": 0}, landauer.Error, "at least 1"),
        ({"preset": "paper-cnn", "epochs": "a"}, landauer.UsageError, '`epochs`: .*expected a whole number of at least 0$'),
        ({"preset": "paper-cnn", "optimiser": 3}, landauer.UsageError, r"`optimiser`: .*expected a table \(a dict\)"),
        ({"preset": "paper-cnn", "targets": "g"}, landauer.UsageError, "`targets`: .*expected a list$"),
        ({"preset": "paper-cnn", "learning_rate": 0.1}, landauer.UsageError, "belongs to `optimiser`"),
        ({"preset": "paper-cnn", "dropout": float("nan")}, landauer.UsageError, "no number"),
        ({"preset": "paper-cnn", "dropout": object()}, landauer.UsageError, "no number"),
        ("nothing.toml", landauer.InputError, "no file nothing.toml"),
    ):
        with pytest.raises(kind, match=words):
            landauer.training_config(config)


def test_progress_is_told_and_stops_it(learning):
    told = []
    run = landauer.train(CONFIG, learning.data(1), "run", epochs=2, progress=lambda *course: told.append(course))
    assert told[-1][0] <= told[-1][1] and all(isinstance(loss, float) for _, _, loss, _ in told)
    ended = [epoch for course in told for epoch in course[3]]
    assert [epoch["loss"] for epoch in ended] == list(run.curves["loss"])[: len(ended)]

    def stop(done, total, loss, epochs):
        if epochs:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        landauer.train(CONFIG, learning.data(1), "long", epochs=100_000, patience=100_000, progress=stop)
    deadline = time.monotonic() + 20
    while not os.path.exists("long/checkpoint/state") and time.monotonic() < deadline:
        time.sleep(0.05)
    with pytest.raises(landauer.RefusedError, match="not finished|unfinished"):
        landauer.load_model("long")


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_ctrl_c_keeps_a_checkpoint_and_the_same_call_resumes(learning):
    data = learning.data(1)
    # A shell's background jobs, under which tests may run, are born deaf to Ctrl-C.
    code = f"""
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
import landauer
print("ready", flush=True)
try:
    landauer.train({LONG!r}, {data.path!r}, "run")
except KeyboardInterrupt:
    print("stopped")
"""
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "ready\n"
    while program.poll() is None and not os.path.exists("run/run.json"):
        time.sleep(0.01)
    time.sleep(0.2)
    program.send_signal(signal.SIGINT)
    sent = time.monotonic()
    out, _ = program.communicate(timeout=60)
    if out == "":
        pytest.fail("it had finished before")
    assert out == "stopped\n" and time.monotonic() - sent < 2 and os.path.exists("run/checkpoint/state")
    whole = landauer.train(LONG, data, "whole")
    resumed = landauer.train(LONG, data, "run")
    assert np.array_equal(resumed.weights["layers.0.weight"], whole.weights["layers.0.weight"])
    assert list(resumed.curves["loss"]) == list(whole.curves["loss"])
    # Finished, it is found.
    assert landauer.train(LONG, data, "run").best_epoch == whole.best_epoch
    with pytest.raises(landauer.RefusedError, match="another run"):
        landauer.train(LONG, data, "run", seed=2)


def test_without_a_folder_a_run_goes_with_its_object(learning):
    run = landauer.train(CONFIG, learning.data(1), epochs=1, samples=100)
    folder = run.path
    assert run.card["record"]["data"]["training_samples"] == 95 and run.predict(np.zeros((3, 3))) >= 0
    with pytest.raises(landauer.UsageError, match="output=FOLDER"):
        pickle.dumps(run)
    del run
    assert not os.path.exists(folder)


def test_samples_can_be_made_while_training():
    ensemble = landauer.Ensemble(model=2, length=4, width=4, seed=3)
    config = {"preset": "paper-cnn", "network": {"kind": "dense", "hidden": [6]}}
    run = landauer.train(config, ensemble, "run", target=["g", "energies"], energies=[0.0, 0.2], epochs=2, samples=64, validation_samples=32)
    assert run.targets == ("g", "t_0.2") and run.card["record"]["data"]["online"]
    assert run.predict(ensemble[0:3]).shape == (3, 2)


def test_a_training_shorter_than_its_warm_up_is_told(learning):
    config = {"preset": "best-3x3", "network": {"kind": "dense", "hidden": [4]}}
    with pytest.warns(UserWarning, match="all epochs together have 4 steps, .*until step 200: .*warmup_steps"):
        landauer.train(config, learning.data(1), "run", epochs=2, batch_size=150)
    with pytest.warns(UserWarning, match="have 1 step,"):
        landauer.train(config, learning.data(1), "other", epochs=1, batch_size=300)
    # As many steps as the warm-up has are not warned of: warnings are errors here.
    schedule = {"schedule": {"kind": "cosine", "warmup_steps": 4, "final_learning_rate": 1e-5}}
    landauer.train(config, learning.data(1), "last", epochs=2, batch_size=150, optimiser=schedule)


def test_what_is_refused(learning):
    data = learning.data(1)
    for options, words in (
        ({"device": "tpu"}, "the devices are cpu, flex$"),
        ({"device": "cuda"}, "has no device cuda, .*choose one of cpu, flex$"),
        ({"checkpoint_seconds": -1.0}, "at least 0"),
        ({"energies": 0.0}, "for an ensemble"),
        ({"samples": 10**6}, "300 samples"),
        ({"samples": 1}, "of 1 sample, "),
        ({"target": "h"}, "unknown variant"),
        ({"threads": 0}, "threads"),
        ({"network": {"kind": "spectral", "local": 1, "kernels": 1, "units": 1, "head": 1}}, "even length"),
    ):
        with pytest.raises(landauer.Error, match=words):
            landauer.train(CONFIG, data, "run", **options)
    pathlib.Path("full").mkdir()
    pathlib.Path("full/file").write_text("x")
    with pytest.raises(landauer.RefusedError, match="nothing was changed"):
        landauer.train(CONFIG, data, "full")
    with pytest.raises(landauer.SystemError, match="No such file"):
        landauer.train(CONFIG, "nowhere.zarr", "run")


def test_a_run_becomes_a_model_file(learning):
    run, test = learning.run("dense"), learning.data(1, seed=2)
    model = run.export("small.postcard", test_set=test, max_loss=100, calibration=100)
    assert model.name == "small" and model.targets == ("g",) and json.loads(pathlib.Path("small.json").read_text())
    assert model.card["test"]["samples"] == 300
    integer, exact = model.predict(test), run.predict(test)
    assert 0 < abs(integer - exact).mean() < 0.2
    judged = landauer.evaluate(model, test)
    assert judged.mae == pytest.approx(model.card["targets"][0]["integer_mae"], abs=1e-12)
    with pytest.raises(landauer.RefusedError, match="may grow by 0 %"):
        learning.run("convolutional").export("other.postcard", learning.data(2, seed=2), weights="int4", max_loss=0)
    assert not os.path.exists("other.postcard")
    with pytest.raises(landauer.RefusedError, match="cannot be the test set"):
        run.export("other.postcard", learning.data(1), max_loss=100)
    pathlib.Path("taken.json").write_text("{}")
    with pytest.raises(landauer.RefusedError, match="taken.json would be overwritten"):
        run.export("taken.postcard", test, max_loss=100)
    for output, options, words in (
        ("small.bin", {}, "end in .postcard"),
        ("x.postcard", {"weights": "int5"}, "int8"),
        ("x.postcard", {"max_loss": -1.0}, "max_loss"),
    ):
        with pytest.raises(landauer.UsageError, match=words):
            run.export(output, test, **options)
    # Of impurities there are no finer channels.
    for name, model in (("residual", 4), ("spectral", 2)):
        with pytest.raises(landauer.UsageError, match="9 input channels are for"):
            learning.run(name).export("x.postcard", learning.data(model, seed=2), input_channels=9)
    fine = run.export("fine.postcard", test, input_channels=3, max_loss=100)
    assert abs(fine.predict(test) - exact).mean() < 0.2
