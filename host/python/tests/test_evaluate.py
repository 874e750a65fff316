"""Any predictions are judged, as the command does it."""

import json
import subprocess
import sys

import numpy as np
import pytest

import landauer


def test_a_judgement_is_that_of_the_command(learning):
    run, test = learning.run("residual"), learning.data(4, seed=2)
    words = ["evaluate", run.path, "--test-set", test.path, "--seed", "3", "--json"]
    done = subprocess.run([sys.executable, "-m", "landauer", *words], capture_output=True, text=True, check=True)
    expected = json.loads(done.stdout)
    found = landauer.evaluate(run, test, seed=3)
    for name in ("mae", "baseline_mae", "constant_mae", "skill", "r2", "mean_error", "samples", "reliability", "logarithm"):
        assert getattr(found, name) == expected[name], name
    assert list(found.mae_interval) == expected["mae_interval"] and list(found.skill_interval) == expected["skill_interval"]
    assert found.rmse == np.sqrt(expected["mse"]) and found.percentiles[100] == expected["percentiles"]["largest"]
    assert [band.mae for band in found.bands] == [band["mae"] for band in expected["bands"]]
    assert found.known_to_be_unseen and found.baseline == "training set"
    assert np.array_equal(found.predicted, run.predict(test)) and np.array_equal(found.exact, test.g)
    assert run.evaluate(test.path, seed=3).mae == landauer.evaluate(run.path, test, seed=3).mae == found.mae
    mirrored = landauer.evaluate(run, test, mirrors=False)
    assert mirrored.mae != found.mae


def test_an_array_is_judged_as_the_model_that_made_it(learning):
    run, train, test = learning.run("convolutional"), learning.data(2), learning.data(2, seed=2)
    whole = landauer.evaluate(run, test, baseline=train)
    found = landauer.evaluate(run.predict(test), test, target=run.targets, baseline=train)
    assert list(found.targets) == ["g_bar", "g"] == list(whole.targets)
    for one, other in zip(found, whole):
        assert (one.mae, one.mae_interval, one.skill, one.r2) == (other.mae, other.mae_interval, other.skill, other.r2)
        assert one.reliability == [] and len(other.reliability) == 4
    assert found.baseline == "baseline" and not found.known_to_be_unseen
    # By hand, and by the medians of the very samples.
    g = run.predict(test)[:, 1]
    alone = landauer.evaluate(g, test, target="g")
    assert alone.mae == pytest.approx(abs(g - test.g).mean(), rel=1e-12)
    assert alone.rmse == pytest.approx(np.sqrt(((g - test.g) ** 2).mean()), rel=1e-12)
    assert alone.r2 == pytest.approx(1 - ((g - test.g) ** 2).mean() / test.g.var(), rel=1e-12)
    assert alone.baseline == "test set" and alone.baseline_mae <= found.targets["g"].baseline_mae * 1.2
    assert alone.skill == 1 - alone.mae / alone.baseline_mae
    assert sum(band.samples for band in alone.bands) == 300 and "Band" in repr(alone.bands[0])


def test_forms_of_predictions(learning):
    test = learning.data(2, seed=2)
    guess = test.g_bar + 0.1
    expected = landauer.evaluate(guess, test)
    assert expected.mae == pytest.approx(0.1) and expected.mean_error == pytest.approx(0.1)
    assert expected.target == "g_bar" and expected.mae_interval == pytest.approx((0.1, 0.1))
    for form in (guess.tolist(), guess[:, None], guess.astype(">f8"), np.stack([guess, guess], axis=-1)[:, 1]):
        assert landauer.evaluate(form, test).mae == expected.mae
    exact = landauer.evaluate(test.transmission, test)
    assert len(exact.targets) == 11 and "g" in exact.targets
    assert exact.mae == 0 and exact.r2 == 1
    assert landauer.evaluate(test.transmission[:, :1], test, target=f"t_{test.energies[0]}").mae == 0
    g = landauer.evaluate(test.g, test.path, target="g")
    assert g.mae == 0 and "MAE" in str(g) and repr(g).startswith("<landauer.Evaluation g: MAE 0.0000")


def test_an_energy_is_found_but_for_rounding(learning):
    test = learning.data(2, seed=2)
    place = int(np.argmin(abs(test.energies + 0.14)))
    assert test.energies[place] != -0.14 and abs(test.energies[place] + 0.14) < 1e-9
    found = landauer.evaluate(test.transmission[:, place], test, target="t_-0.14")
    assert found.mae == 0 and found.target == f"t_{test.energies[place]}"
    assert landauer.evaluate(test.g, test, target="t_1e-12").target == "g"
    with pytest.raises(landauer.UsageError, match="energies are missing"):
        landauer.evaluate(test.g, test, target="t_-0.14000001")


def test_model_1_has_no_counting(learning):
    found = landauer.evaluate(learning.run("dense"), learning.data(1, seed=2))
    assert found.bands == [] and found.baseline_mae == found.constant_mae


def test_what_is_refused(learning):
    run, train, test = learning.run("convolutional"), learning.data(2), learning.data(2, seed=2)
    good = test.g
    with pytest.raises(landauer.RefusedError, match="cannot be the test set"):
        landauer.evaluate(run, train)
    with pytest.raises(landauer.UsageError, match="size|disorder"):
        landauer.evaluate(run, learning.data(1, seed=2))
    with pytest.raises(landauer.UsageError, match="baseline"):
        landauer.evaluate(good, test, baseline=learning.data(1))
    bad = good.copy()
    bad[7] = np.nan
    for predictions, options, kind, words in (
        (good[:-1], {}, landauer.InputError, "299 rows.*300 samples"),
        (bad, {}, landauer.InputError, r"predictions\[7, 0\] is nan"),
        (good[None, None], {}, landauer.InputError, r"reshape\(predictions"),
        (good + 0j, {}, landauer.InputError, "complex"),
        (np.stack([good, good], axis=-1), {}, landauer.InputError, "2 columns, and 1 target is given"),
        (good, {"target": "h"}, landauer.UsageError, "unknown target 'h'|unknown target \"h\""),
        (good, {"target": "t_0.123"}, landauer.UsageError, "energies are missing"),
        (good, {"within": 1e6}, landauer.UsageError, "for models"),
        (np.full(300, 1e200), {"target": "g"}, landauer.InputError, r"predictions\[0, 0\] is 1e\+200: a conductance"),
        (np.stack([good, good], axis=-1), {"target": ["g", "g"]}, landauer.UsageError, "'g' twice"),
        (good, {"target": 3}, landauer.UsageError, "target is 3"),
        (good, {"seed": -1}, landauer.UsageError, "seed is -1: a whole number of at least 0"),
        (landauer.Ensemble(), {}, landauer.InputError, "is an Ensemble"),
        (run, {"target": "g"}, landauer.UsageError, "a model knows it"),
        ("best-h", {}, landauer.SystemError, "no model best-h"),
    ):
        with pytest.raises(kind, match=words):
            landauer.evaluate(predictions, test, **options)
