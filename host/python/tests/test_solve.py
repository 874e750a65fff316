"""Exact transport: known answers, options, and what a solution holds."""

import pickle

import numpy as np
import pytest

import landauer


def test_one_impurity_in_a_chain_by_hand():
    u, energies = np.array([0.5, 2.0, -5.0]), np.array([-1.0, 0.0, 1.5])
    expected = 1 / (1 + u[:, None] ** 2 / (4 - energies**2))
    found = landauer.transmission(u[:, None, None], energies)
    assert np.abs(found - expected).max() < 1e-14


def test_a_clean_strip_transmits_every_mode():
    solution = landauer.solve(np.zeros((7, 6)), [0.0, 0.5, 5.0])
    assert solution.propagating_modes.tolist() == [6, 5, 0]
    assert np.abs(solution.transmission - [6, 5, 0]).max() < 1e-12
    assert np.abs(solution.eigenvalues[1] - [1, 1, 1, 1, 1, 0]).max() < 1e-10
    assert solution.fano[0] < 1e-12 and np.isnan(solution.fano[2])
    assert solution.log_transmission[2] == -np.inf
    assert landauer.solve(np.zeros((7, 6)), 0.5).propagating_modes == 5


def test_a_solution_has_shapes_and_tells_how(strips):
    solution = landauer.solve(strips.reshape(2, 3, 5, 4), [0.0, 0.1], bias=0.36)
    assert solution.transmission.shape == (2, 3, 2) == solution.fano.shape == solution.log_transmission.shape
    assert solution.eigenvalues.shape == (2, 3, 2, 4)
    assert solution.energies.tolist() == [0.0, 0.1]
    assert np.allclose(solution.eigenvalues.sum(axis=-1), solution.transmission, rtol=0, atol=1e-12)
    assert np.allclose(np.exp(solution.log_transmission), solution.transmission, rtol=1e-12)
    assert np.array_equal(solution.conductance, landauer.conductance(strips).reshape(2, 3))
    assert solution.fallbacks.total == 0 and solution.fallbacks == (0, 0, 0, 0)
    assert "rule" in solution.solver_reason and solution.solver
    assert repr(solution) == "<landauer.Solution of 6 strips of 5 x 4 sites at 2 energies>"


@pytest.mark.parametrize("asked", ["", "bias", "eigenvalues"])
def test_a_solution_is_the_same_after_pickling(strips, asked):
    options = {"bias": {"bias": 0.36}, "eigenvalues": {"eigenvalues": True}}.get(asked, {})
    solution = landauer.solve(strips.reshape(2, 3, 5, 4), [0.0, 0.1], **options)
    first = pickle.loads(pickle.dumps(solution))
    eigenvalues = solution.eigenvalues
    # And once the eigenvalues are there.
    for copy in (first, pickle.loads(pickle.dumps(first)), pickle.loads(pickle.dumps(solution))):
        for name in ("transmission", "log_transmission", "energies", "propagating_modes", "fano"):
            assert np.array_equal(getattr(copy, name), getattr(solution, name)), name
        assert np.array_equal(copy.eigenvalues, eigenvalues)
        assert (copy.fallbacks, copy.solver, copy.solver_reason) == (
            solution.fallbacks,
            solution.solver,
            solution.solver_reason,
        )
        assert repr(copy) == repr(solution)
        if asked == "bias":
            assert np.array_equal(copy.conductance, solution.conductance)
        else:
            with pytest.raises(landauer.InputError, match="there is no bias"):
                copy.conductance


def test_the_conductance_at_a_bias_is_the_mean_of_ten(strips):
    grid = np.linspace(-0.18, 0.18, 10)
    expected = landauer.transmission(strips, grid).mean(axis=-1)
    assert np.allclose(landauer.conductance(strips, bias=0.36), expected, rtol=1e-10)
    assert np.array_equal(landauer.conductance(strips, bias=None), landauer.transmission(strips, 0.0))
    for bias in (0.0, -1.0, np.nan):
        with pytest.raises(landauer.UsageError, match="bias"):
            landauer.conductance(strips, bias=bias)
    with pytest.raises(landauer.InputError, match="bias=0.36"):
        landauer.solve(strips).conductance


@pytest.mark.parametrize(
    ("solver", "precision"),
    [
        *((solver, precision) for solver in ("auto", "dissection", "recursion") for precision in ("f64", "f32")),
        ("multifrontal", "f64"),
    ],
)
def test_solvers_agree(strips, solver, precision):
    solution = landauer.solve(strips, [0.0, 0.7], precision, solver)
    expected = landauer.transmission(strips, [0.0, 0.7])
    tolerance = 1e-11 if precision == "f64" else 1e-3
    assert np.abs(solution.transmission - expected).max() < tolerance
    assert solver == "auto" or solver in solution.solver
    assert precision in solution.solver


def test_threads_change_no_bit(strips):
    strips = np.tile(strips, (40, 1, 1))
    energies = np.linspace(-1, 1, 7)
    expected = landauer.transmission(strips, energies)
    for threads in (1, 2, 5):
        assert np.array_equal(landauer.transmission(strips, energies, threads=threads), expected)


def test_what_does_not_exist_is_refused(strips):
    for options, words in (
        ({"solver": "magic"}, '"auto"'),
        ({"precision": "f16"}, '"f64"'),
        ({"threads": 0}, "1 to 1024"),
        ({"threads": 5000}, "1 to 1024"),
    ):
        with pytest.raises(landauer.UsageError, match=words):
            landauer.transmission(strips, **options)
    with pytest.raises(landauer.UsageError, match="f64 only"):
        landauer.transmission(strips, precision="f32", solver="multifrontal")
    with pytest.raises(landauer.UsageError, match="recursion"):
        landauer.solve(strips, solver="dissection", eigenvalues=True)
    with pytest.raises(landauer.UsageError, match="recursion"):
        landauer.solve(strips, solver="dissection").eigenvalues


def test_eigenvalues_are_of_the_strips_that_were_solved(strips):
    solution = landauer.solve(strips)
    strips[2, 1, 1] += 1.0
    with pytest.raises(landauer.InputError, match="have changed"):
        solution.eigenvalues
    at_once = landauer.solve(strips, eigenvalues=True)
    strips[2, 1, 1] += 1.0
    assert np.allclose(at_once.eigenvalues.sum(-1), at_once.transmission)
    assert "eigenvalues" in at_once.solver_reason


def test_a_plan_that_is_kept_changes_nothing(strips):
    """Calls of many sizes and energies in turn, more than are kept."""
    sizes = [(n, 3) for n in range(2, 14)]
    first = [landauer.transmission(np.full((40, *size), 0.5), [0.1, 0.2]) for size in sizes]
    again = [landauer.transmission(np.full((40, *size), 0.5), [0.1, 0.2]) for size in sizes]
    assert all(np.array_equal(one, other) for one, other in zip(first, again))


def test_a_conductance_below_every_number_has_a_logarithm():
    wire = landauer.Ensemble(model=1, length=3000, width=1, strength=8.0)[0]
    solution = landauer.solve(wire)
    assert solution.transmission == 0.0
    assert -5000 < solution.log_transmission < -708
