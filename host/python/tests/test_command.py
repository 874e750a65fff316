"""The command line comes along."""

import json
import os
import subprocess
import sys
import sysconfig

import pytest

import landauer

INSTALLED = os.path.join(sysconfig.get_path("scripts"), "landauer")


@pytest.mark.parametrize("program", [[INSTALLED], [sys.executable, "-m", "landauer"]], ids=["landauer", "python -m"])
def test_the_command_runs(program):
    run = subprocess.run([*program, "--version"], capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, f"landauer {landauer.__version__}\n")
    made = subprocess.run(
        [*program, "generate", "--length", "4", "--width", "3", "--samples", "10", "--output", "d.zarr", "--json"],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0 and json.loads(made.stdout)["samples_written"] == 10
    assert landauer.open("d.zarr").samples == 10
    wrong = subprocess.run([*program, "generate", "--samples", "-1", "--output", "x"], capture_output=True, text=True)
    assert wrong.returncode == 2 and "negative" in wrong.stderr
    nothing = subprocess.run([*program, "inspect", "nowhere.zarr"], capture_output=True, text=True)
    assert nothing.returncode == 4, nothing.stderr


def test_a_job_script_calls_the_program_that_was_installed():
    run = subprocess.run(
        [sys.executable, "-m", "landauer", "generate", "--samples", "10", "--output", "d.zarr", "--sbatch", "-"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert f"{INSTALLED} generate" in run.stdout


@pytest.mark.parametrize(
    ("program", "called"),
    [([INSTALLED], "landauer"), ([sys.executable, "-m", "landauer"], f"{os.path.basename(sys.executable)} -m landauer")],
    ids=["landauer", "python -m"],
)
def test_the_demo_says_what_to_call_next(program, called):
    run = subprocess.run([*program, "demo", "--output", "demo"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    following = run.stdout.split("Next:\n")[1].splitlines()
    assert f"  {called} solve --disorder 2" in following[0] and following[-1] == f"  {called} help"
    usage = subprocess.run([*program, "solve", "--help"], capture_output=True, text=True)
    # One of several options is needed, so that none has a default.
    assert "Disorder model: 1 to 4, or I to IV\n" in usage.stdout and "[default: II]" not in usage.stdout
    other = subprocess.run([*program, "generate", "--help"], capture_output=True, text=True)
    assert "[default: II]" in other.stdout
