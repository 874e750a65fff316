"""The command line `landauer`: ``python -m landauer``, and the program that comes with the package."""

from __future__ import annotations

import os
import signal
import sys
import sysconfig


def main() -> None:
    """Run the command line of this process, and end with its exit code."""
    from . import _landauer

    # Python would only note a Ctrl-C; the command line has its own way to stop, or none and ends.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout.flush()
    sys.exit(_landauer.main(_program(), [_called(), *sys.argv[1:]]))


def _called() -> str:
    """How this command line was called, for examples of further ones: ``landauer``, or what stands for it."""
    if os.path.basename(sys.argv[0]) == "__main__.py":
        python = os.path.basename(sys.executable)
        return f"{os.path.splitext(python)[0] if os.name == 'nt' else python} -m landauer"
    return "landauer"


def _program() -> str:
    """The program that a job script calls: this one, or the one that was installed with the package."""
    name = "landauer.exe" if os.name == "nt" else "landauer"
    started = os.path.abspath(sys.argv[0])
    if os.path.basename(started) == name and os.path.isfile(started):
        return started
    beside = (sysconfig.get_path("scripts"), os.path.dirname(sys.executable))
    for folder in beside:
        installed = os.path.join(folder, name)
        if os.path.isfile(installed):
            return installed
    return name


if __name__ == "__main__":
    main()
