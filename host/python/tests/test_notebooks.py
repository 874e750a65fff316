"""The guide's notebooks run as they stand."""

import os
import pathlib
import subprocess
import sys

import pytest

NOTEBOOKS = pathlib.Path(__file__).parents[2] / "guide" / "notebooks"
NEEDS = {
    "1_from_kwant": ["kwant", "matplotlib"],
    "2_disorder_average": ["matplotlib"],
    "3_your_network": ["torch", "matplotlib"],
    "4_reading_weights": ["matplotlib"],
    "5_inverse_design": ["scipy", "matplotlib"],
    "6_sensitivity": ["matplotlib"],
}


def test_each_notebook_is_known():
    assert {path.stem for path in NOTEBOOKS.glob("[0-9]_*.py")} == set(NEEDS)


@pytest.mark.parametrize("name", NEEDS)
def test_a_notebook_runs(name):
    # In a process of its own: what it needs, such as Kwant, warns when it is imported.
    found = subprocess.run([sys.executable, "-c", f"import {', '.join(NEEDS[name])}"], capture_output=True, text=True)
    if found.returncode != 0:
        pytest.skip(f"{name} needs {' and '.join(NEEDS[name])}: {found.stderr.splitlines()[-1]}")
    run = subprocess.run(
        [sys.executable, os.fspath(NOTEBOOKS / f"{name}.py")],
        env={**os.environ, "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
