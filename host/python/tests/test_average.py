"""Disorder averages: against NumPy on the same samples, sweeps, resuming, refusals."""

import math

import numpy as np
import pytest

import landauer


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
    with pytest.raises(landauer.UsageError, match="6"):
        landauer.average(strips, samples=7)
    with pytest.raises(landauer.InputError, match="no strip"):
        landauer.average(strips[:0])
    with pytest.raises(landauer.UsageError, match="bias"):
        landauer.average(strips, bias=0.36)


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


def test_to_xarray(ensemble):
    pytest.importorskip("xarray")
    table = landauer.average(ensemble, samples=10, concentration=[0.0, 0.5]).to_xarray()
    assert table["mean"].dims == ("concentration",) and table.attrs["samples"] == 10
