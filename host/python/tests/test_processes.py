"""Threads, forks, signals and panics."""

import ast
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

import landauer

posix = pytest.mark.skipif(os.name != "posix", reason="forks and signals are those of POSIX")


def _work(seed):
    ensemble = landauer.Ensemble(model=1, length=6, width=5, seed=seed)
    return landauer.transmission(ensemble[0:100], [0.0, 0.1]).sum()


@posix
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_children_compute_what_the_parent_does(method):
    expected = [_work(seed) for seed in range(4)]  # The parent's threads and plans are there.
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(_work, range(4)).get(timeout=120) == expected


def _read(arguments):
    data, sample = arguments
    return data.onsite[sample].sum(), len(data.onsite[::-1])


@posix
def test_an_open_dataset_survives_a_fork(datasets):
    data = datasets[4]
    expected = [(data.onsite[sample].sum(), 50) for sample in range(20)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(_read, [(data, sample) for sample in range(20)]).get(timeout=120) == expected


def test_many_threads_at_once(strips):
    expected = [landauer.transmission(strips * (1 + part), [0.0, 0.3]) for part in range(8)]
    found = [None] * 8

    def work(part):
        for _ in range(20):
            found[part] = landauer.transmission(strips * (1 + part), [0.0, 0.3], threads=1 + part % 3)

    threads = [threading.Thread(target=work, args=(part,)) for part in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(one, other) for one, other in zip(found, expected))


def test_other_threads_go_on_meanwhile():
    """The interpreter's lock is released: a thread that only counts goes on counting."""
    strips = landauer.Ensemble(model=1, length=40, width=40)[0:4000]
    landauer.transmission(strips[:1])
    stop, times = threading.Event(), []

    def count():
        while not stop.is_set():
            times.append(time.perf_counter())
            time.sleep(0.002)

    thread = threading.Thread(target=count)
    thread.start()
    begin = time.perf_counter()
    landauer.transmission(strips, threads=1)
    end = time.perf_counter()
    stop.set()
    thread.join()
    within = np.array([begin, *[t for t in times if begin < t < end], end])
    assert end - begin > 0.05 and np.diff(within).max() < max(0.3 * (end - begin), 0.1)


def _interrupted(code, after=1.0):
    """Runs a program, sends Ctrl-C, gives the seconds it took to end and what it printed."""
    # A shell's background jobs, under which tests may run, are born deaf to Ctrl-C.
    heard = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    code = heard + "import landauer, numpy as np\nprint('ready', flush=True)\n" + textwrap.dedent(code)
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "ready\n"
    time.sleep(after)
    assert program.poll() is None, program.communicate()
    sent = time.monotonic()
    program.send_signal(signal.SIGINT)
    try:
        out, err = program.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        program.kill()
        out, err = program.communicate()
    return time.monotonic() - sent, out, err, program.returncode


# Of little memory: a machine that is short of it takes its time to give, which nobody can interrupt.
LONG = {
    "many strips": "landauer.transmission(np.full((20_000, 20, 20), 0.5), np.linspace(0, 0.9, 200))",
    "many energies": "landauer.transmission(np.full((1, 40, 40), 0.5), np.linspace(-1, 1, 100_000))",
    "both": "landauer.transmission(np.full((1000, 40, 40), 0.5), np.linspace(-1, 1, 1000))",
    "a large strip": "landauer.transmission(np.full((1, 3000, 1200), 0.5), 0.1)",
    "eigenvalues": "landauer.solve(np.full((20_000, 20, 20), 0.5), np.linspace(0, 0.9, 10), eigenvalues=True)",
    "drawing": "landauer.Ensemble()[0:250_000]",
    "drawing every second": "landauer.Ensemble()[0:500_000:2]",
    "drawing a list": "landauer.Ensemble()[np.arange(250_000)]",
    "drawing a large strip": "landauer.Ensemble(length=20_000, width=20_000)[0]",
    "averages": "landauer.average(landauer.Ensemble(concentration=0.5), samples=1e6)",
}


@posix
@pytest.mark.parametrize("what", LONG)
def test_ctrl_c_stops_within_a_second(what):
    seconds, _, err, _ = _interrupted(LONG[what])
    assert "KeyboardInterrupt" in err, err
    # A second on an idle machine; a busy one takes its time to end the interpreter.
    assert seconds < 5.0, seconds


@posix
def test_ctrl_c_keeps_the_sums_of_an_average():
    code = "landauer.average(landauer.Ensemble(concentration=0.5, length=8, width=8), samples={})"
    _, _, err, _ = _interrupted(code.format(10**9))
    message = re.search(r"KeyboardInterrupt: .* output=('.*') resumes", err)
    folder = ast.literal_eval(message[1])
    left = []

    def stop(done, total):
        left.append(total)
        raise RuntimeError("enough")

    ensemble = landauer.Ensemble(concentration=0.5, length=8, width=8)
    with pytest.raises(RuntimeError, match="enough"):
        landauer.average(ensemble, samples=10**9, output=folder, progress=stop)
    assert 0 < left[0] < 10**9
    shutil.rmtree(os.path.dirname(folder))


@posix
def test_ctrl_c_loses_nothing():
    code = """
        ensemble = landauer.Ensemble(concentration=0.3, length=20, width=20)
        options = dict(samples=20_000, energies=0.0, chunk_samples=16)
        try:
            landauer.generate(ensemble, "d.zarr", **options)
        except KeyboardInterrupt:
            print("stopped")
    """
    seconds, out, err, code = _interrupted(code)
    assert out == "stopped\n" and code == 0, err
    assert seconds < 5.0
    data = landauer.open("d.zarr")
    kept = len(os.listdir("d.zarr/transmission/c"))
    assert kept > 2 and not data.is_complete
    again = []
    ensemble = landauer.Ensemble(concentration=0.3, length=20, width=20)

    def stop(done, total):
        again.append(total)
        if done:
            raise RuntimeError("enough")

    # What a progress bar raises stops the work too; what is left to do is less than all.
    with pytest.raises(RuntimeError, match="enough"):
        landauer.generate(ensemble, "d.zarr", 20_000, energies=0.0, chunk_samples=16, progress=stop)
    assert 0 < again[-1] <= 20_000 - 16 * (kept - 2)
    assert np.array_equal(data.onsite[0:32], ensemble[0:32])


def test_a_panic_becomes_an_exception(capfd):
    from landauer import _landauer

    with pytest.raises(landauer.InternalError, match="a defect of landauer: on purpose; please report it"):
        _landauer.panic("on purpose")
    assert landauer.transmission([[0.0]]) == pytest.approx(1.0)


def test_every_category_has_an_exception():
    from landauer import _errors

    for name in ("internal", "usage", "input", "system", "refused", "damaged", "interrupted"):
        error = _errors.of_category(name, "words")
        assert error.category == name and str(error) == "words" and isinstance(error, landauer.Error)
        assert getattr(landauer, f"{name.capitalize()}Error") is type(error)
    assert isinstance(_errors.of_category("other", ""), landauer.InternalError)
    assert issubclass(landauer.InputError, ValueError) and issubclass(landauer.SystemError, OSError)


def test_import_is_fast():
    code = "import numpy, time; t = time.perf_counter(); import landauer; print(time.perf_counter() - t)"
    times = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(3)]
    assert min(times) < 0.2, times


@posix
def test_what_ctrl_c_left_to_itself_keeps_nobody_waiting():
    """The threads of a strip that cannot be stopped are not waited for by the next call."""
    code = """
        import time
        try:
            landauer.transmission(np.full((1, 3000, 1200), 0.5), 0.1)
        except KeyboardInterrupt:
            begin = time.perf_counter()
            landauer.transmission(np.full((100, 10, 10), 0.5), 0.1)
            print(time.perf_counter() - begin, flush=True)
            import os
            os._exit(0)
    """
    _, out, err, _ = _interrupted(code)
    assert float(out) < 2.0, err
