"""Kwant and ours, side by side: one core, the same lattices, the same run.

Started by host/benches/kwant/run, which installs Kwant and builds our timing program; `--help` says
what can be chosen.

Lattices are those of landauer's model II (n uniform in [0, 1], W = L), drawn by the independent
implementation of our rule in tests/python/disorder.py. Each is solved for T at one energy:

  plain   kwant.smatrix(system, energy): what a first script does. The modes of the leads, which
          are the same for all lattices, are computed again each time.
  modes   the same with the modes found once, before: system.precalculate(energy, what='modes').
  tuned   beyond that, only what T needs is asked for (in from the left, out to the right), and MUMPS
          gets sparse right-hand sides, 20 at a time, and the elimination order of ORDERINGS that is
          fastest for this size. The best we know how to do with Kwant 1.5.0.
  ours    host/cli/benches/time_solver.rs with each solver in f64 and f32.

Building Kwant's system, starting our program and reading files do not count. All take turns in
rounds, so that what else the machine does falls on all of them. A round's time is the mean over the
lattices (the recursion needs less for clean ones), the result the median over rounds. By default it
is the CPU time of the process, which on an idle machine is the time on the wall (--clock wall), and
does not count when others have the core.
"""
import os

# One thread everywhere; read when the libraries are loaded, so before anything is imported.
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "GOTO_NUM_THREADS",
              "SCOTCH_PTHREAD_NUMBER", "RAYON_NUM_THREADS")
os.environ.update(dict.fromkeys(ONE_THREAD, "1"))

import argparse
import ctypes
import json
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np

REPOSITORY = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(REPOSITORY / "tests" / "python"))
import disorder

# The largest difference of T in f64 that counts as agreement.
TOLERANCE = 1e-9
# Below this T no relative difference is given: Kwant's rounding is absolute.
SMALLEST_RELATIVE = 1e-12
IMPURITY = 5.0
# The usual size; larger ones get fewer lattices and rounds.
USUAL = 40
ORDERINGS = ("scotch", "metis", "amd")
KWANT_WAYS = ("plain", "modes", "tuned")
PRECISIONS = ("f64", "f32")
# Each of our timings takes about this long.
SECONDS_A_TIMING = 0.3


def fail(reason):
    sys.exit(f"compare: {reason}")


def positive(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def positives(text):
    return sorted({positive(part) for part in text.split(",")})


def arguments():
    parser = argparse.ArgumentParser(
        prog="host/benches/kwant/run", formatter_class=argparse.RawDescriptionHelpFormatter,
        description=__doc__.split("\n\n", 2)[0],
        epilog="Exit codes: 0 done; 1 an error, or T differs by more than "
               f"{TOLERANCE:g} between Kwant and f64; 2 wrong arguments.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--size", type=positive, metavar="N", help=f"W = L = N (default {USUAL})")
    size.add_argument("--sizes", type=positives, metavar="N,...", help="several, as for --plot")
    parser.add_argument("--samples", type=positive, default=16, metavar="N",
                        help=f"lattices of {USUAL} x {USUAL} or less; of larger ones fewer (default 16)")
    parser.add_argument("--rounds", type=positive, default=5, metavar="N",
                        help=f"turns of each; 3 at most beyond {2 * USUAL} x {2 * USUAL} (default 5)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the lattices (default 1)")
    parser.add_argument("--energy", type=float, default=0.0, metavar="E", help="in units of t (default 0)")
    parser.add_argument("--solvers", type=lambda text: text.split(","), default=["recursion"], metavar="NAME,...",
                        help="ours, as time_solver's --solver (default recursion)")
    parser.add_argument("--clock", choices=("cpu", "wall"), default="cpu", help="what is shown (default cpu)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="every number, of both clocks")
    parser.add_argument("--plot", type=pathlib.Path, metavar="FILE.svg", help="time against size (needs two --sizes)")
    parser.add_argument("--time-solver", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    chosen.sizes = chosen.sizes or [chosen.size or USUAL]
    if chosen.plot and len(chosen.sizes) < 2:
        parser.error("--plot needs at least two --sizes")
    for file in (chosen.json, chosen.plot):
        if file and not file.absolute().parent.is_dir():
            parser.error(f"{file}: there is no such folder")
    return chosen


def loaded_libraries(pattern):
    """The shared libraries of this process whose name matches."""
    with open("/proc/self/maps") as maps:
        paths = {line.split(maxsplit=5)[5].strip() for line in maps if ".so" in line}
    return sorted(path for path in paths if re.search(pattern, os.path.basename(path)))


def mumps_version(library):
    """The version that MUMPS prints of itself: the only such string in its library."""
    found = re.findall(rb"(?<![\w.])(\d\.\d{1,2}\.\d{1,2})(?![\w.])", pathlib.Path(library).read_bytes())
    return found[0].decode() if found else "of unknown version"


def openblas_kernel(library):
    """The processor that OpenBLAS has chosen its kernels for."""
    loaded = ctypes.CDLL(library)
    for name in ("openblas_get_corename", "openblas_get_corename64_", "scipy_openblas_get_corename64_"):
        if hasattr(loaded, name):
            function = getattr(loaded, name)
            function.restype = ctypes.c_char_p
            return function().decode()
    return "unknown"


def load_kwant():
    """Kwant, if it solves with MUMPS, and what it is made of."""
    global kwant
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import kwant
            import kwant.solvers.mumps
            from kwant.linalg import mumps
    except ImportError as error:
        fail(f"there is no Kwant with MUMPS here: {error}\nRemove .venv/kwant and start host/benches/kwant/run again.")
    if not isinstance(getattr(kwant.smatrix, "__self__", None), kwant.solvers.mumps.Solver):
        fail("kwant.smatrix does not solve with MUMPS but with its slow substitute, so that no time of it would count")
    libraries = loaded_libraries(r"zmumps")
    if not libraries:
        fail("MUMPS is not among the libraries of this process")
    # Those of the numpy and scipy wheels are for the modes; MUMPS uses the system's.
    blas = loaded_libraries(r"openblas|libblas|mkl_rt|libblis")
    system = [path for path in blas if "/site-packages/" not in path]
    fast = [path for path in system if "libblas.so" not in os.path.basename(path) or "openblas" in path]
    if not fast:
        print(f"compare: warning: MUMPS uses {system or 'no BLAS that we know'}, which is slow; install OpenBLAS",
              file=sys.stderr)
    return {
        "version": kwant.__version__,
        "mumps": mumps_version(libraries[0]),
        "mumps_library": libraries[0],
        "orderings": mumps.possible_orderings(),
        "ordering": kwant.solvers.mumps.default_solver.ordering,
        "openblas_kernels": {path: openblas_kernel(path) for path in blas if "openblas" in path},
        "numpy": np.__version__,
        "scipy": sys.modules["scipy"].__version__,
        "python": platform.python_version(),
    }


def machine():
    with open("/proc/cpuinfo") as text:
        names = [line.split(":", 1)[1].strip() for line in text if line.startswith("model name")]
    return {"processor": names[0] if names else platform.processor(), "cores": os.cpu_count()}


def lattices(size, samples, seed):
    """On-site energies [sample, x, y] of model II, by our rule."""
    sites = size * size
    onsite = np.zeros((samples, sites))
    for sample in range(samples):
        drawn = disorder.words(seed, sample, 16 + 2 * sites)
        n = disorder.concentration(drawn)
        onsite[sample] = [IMPURITY * disorder.species(drawn, site, n, 1) for site in range(sites)]
    return onsite.reshape(samples, size, size)


def system(size):
    """A strip between two clean leads of its width."""
    lattice = kwant.lattice.square(norbs=1)
    strip = kwant.Builder()
    rows = range(size)
    strip[(lattice(x, y) for x in rows for y in rows)] = lambda site, onsite: onsite[site.tag[0], site.tag[1]]
    strip[lattice.neighbors()] = -1
    left = kwant.Builder(kwant.TranslationalSymmetry((-1, 0)))
    left[(lattice(0, y) for y in rows)] = 0
    left[lattice.neighbors()] = -1
    strip.attach_lead(left)
    strip.attach_lead(left.reversed())
    return strip.finalized()


class Clocks:
    """Seconds on the wall and of the CPU, all threads together, since it was made."""

    def __init__(self):
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self):
        return time.perf_counter() - self.wall, time.process_time() - self.cpu


class KwantStrips:
    """Lattices of one size and Kwant's ways to solve them."""

    def __init__(self, onsite, energy, orderings):
        self.onsite, self.energy = onsite, energy
        self.system = system(onsite.shape[1])
        self.with_modes = self.system.precalculate(energy, what="modes")
        solvers = []
        for ordering in (name for name in ORDERINGS if name in orderings):
            solver = kwant.solvers.mumps.Solver()
            solver.options(nrhs=20, ordering=ordering, sparse_rhs=True)
            solvers.append(solver)
        self.tuned = solvers[0]
        if len(solvers) > 1:
            self.tuned = min(solvers, key=self.try_out)
        for way in KWANT_WAYS:
            self.solve(way, onsite[0])

    def try_out(self, solver):
        """The least CPU time of a solve on the tuned way with this solver, of three."""
        self.tuned = solver
        seconds = []
        for _ in range(3):
            clocks = Clocks()
            self.solve("tuned", self.onsite[0])
            seconds.append(clocks.read()[1])
        return min(seconds)

    def solve(self, way, onsite):
        parameters = {"onsite": onsite}
        if way == "plain":
            matrix = kwant.smatrix(self.system, self.energy, params=parameters)
        elif way == "modes":
            matrix = kwant.smatrix(self.with_modes, self.energy, params=parameters)
        else:
            matrix = self.tuned.smatrix(self.with_modes, self.energy, params=parameters, in_leads=[0], out_leads=[1])
        return matrix.transmission(1, 0)

    def round(self, way):
        """T of each lattice; milliseconds a solve, on the wall and of the CPU."""
        clocks = Clocks()
        transmissions = np.array([self.solve(way, onsite) for onsite in self.onsite])
        return transmissions, *(1e3 * seconds / len(self.onsite) for seconds in clocks.read())


class OurStrips:
    """The same lattices in a file, and our program."""

    def __init__(self, program, folder, onsite, energy):
        self.program, self.energy = program, energy
        self.onsite, self.output = folder / "onsite.npy", folder / "t.npy"
        np.save(self.onsite, onsite)
        self.repeats = {}

    def run(self, solver, precision, repeat):
        command = [self.program, "--onsite", self.onsite, f"--energies={self.energy!r}", "--solver", solver,
                   "--precision", precision, "--repeat", str(repeat), "--output", self.output]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            fail(f"{self.program.name} --solver {solver}: {done.stderr.strip()}")
        return np.load(self.output)[:, 0], json.loads(done.stdout)

    def round(self, solver, precision):
        """T of each lattice; milliseconds a solve, on the wall and of the CPU; who solved it."""
        repeat = self.repeats.get((solver, precision), 1)
        transmissions, timing = self.run(solver, precision, repeat)
        wall, cpu = timing["wall_us_per_solve"] / 1e3, timing["cpu_us_per_solve"] / 1e3
        # From the second round on, as often as fits.
        a_pass = cpu * 1e-3 * timing["strips_in_a_pass"] + 1e-9
        self.repeats[solver, precision] = int(min(max(SECONDS_A_TIMING / a_pass, 1), 1000))
        return transmissions, wall, cpu, timing["solver"]


class Times:
    """The rounds of one way."""

    def __init__(self):
        self.wall, self.cpu = [], []

    def add(self, wall, cpu):
        self.wall.append(wall)
        self.cpu.append(cpu)

    def summary(self):
        return {
            "wall_ms": float(np.median(self.wall)),
            "cpu_ms": float(np.median(self.cpu)),
            "wall_ms_rounds": self.wall,
            "cpu_ms_rounds": self.cpu,
        }


def difference(ours, theirs):
    """The worst difference of T to any of Kwant's, and the worst relative one where T is not tiny."""
    apart = [np.abs(ours - other) for other in theirs.values()]
    relative = [gap[other >= SMALLEST_RELATIVE] / other[other >= SMALLEST_RELATIVE]
                for gap, other in zip(apart, theirs.values())]
    largest = np.concatenate([*relative, [0.0]])
    return {"absolute": float(np.max(apart)), "relative": float(np.max(largest))}


def measure(size, chosen, kwant_parts, folder):
    """Everything about one size."""
    samples = max(min(chosen.samples, 2), chosen.samples * USUAL // max(size, USUAL))
    rounds = chosen.rounds if size <= 2 * USUAL else min(chosen.rounds, 3)
    onsite = lattices(size, samples, chosen.seed)
    theirs = KwantStrips(onsite, chosen.energy, kwant_parts["orderings"])
    ours = OurStrips(chosen.time_solver, folder, onsite, chosen.energy)
    own_ways = [(solver, precision) for solver in chosen.solvers for precision in PRECISIONS]
    # Not a round: how often fits.
    for way in own_ways:
        ours.round(*way)

    times = {way: Times() for way in (*KWANT_WAYS, *own_ways)}
    transmissions, identities = {}, {}
    for number in range(rounds):
        show_progress(f"{size} x {size}, {samples} lattices: round {number + 1} of {rounds}")
        for way in KWANT_WAYS:
            transmissions[way], wall, cpu = theirs.round(way)
            times[way].add(wall, cpu)
        for way in own_ways:
            transmissions[way], wall, cpu, identities[way] = ours.round(*way)
            times[way].add(wall, cpu)
    show_progress("")

    references = {way: transmissions[way] for way in KWANT_WAYS}
    found = {}
    for solver in chosen.solvers:
        found[solver] = {}
        for precision in PRECISIONS:
            way = solver, precision
            found[solver][precision] = {
                "identity": identities[way],
                **times[way].summary(),
                "difference": difference(transmissions[way], references),
            }
    return {
        "size": size,
        "samples": samples,
        "rounds": rounds,
        "largest_t": float(np.max(references["plain"])),
        "smallest_t": float(np.min(references["plain"])),
        "kwant": {way: times[way].summary() for way in KWANT_WAYS},
        "kwant_tuned_ordering": theirs.tuned.ordering,
        "kwant_with_itself": difference(references["plain"], {"modes": references["modes"], "tuned": references["tuned"]}),
        "ours": found,
    }


def show_progress(text):
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def print_table(head, rows):
    """Columns as wide as they must be, the first to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in (*head, *rows)) for column in range(len(rows[0]))]
    for row in (*head, *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]
        print("  ".join(cells).rstrip())
    print()


def milliseconds(value):
    return f"{value:.{max(0, 2 - int(np.floor(np.log10(value))))}f}"


def factor(value):
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def print_results(results, chosen):
    clock = f"{chosen.clock}_ms"
    rows = []
    for result in results:
        kwant_times = [result["kwant"][way][clock] for way in KWANT_WAYS]
        for solver, found in result["ours"].items():
            own = [found[precision][clock] for precision in PRECISIONS]
            rows.append([str(result["size"]), str(result["samples"]), *map(milliseconds, kwant_times), solver,
                         *map(milliseconds, own), *(factor(theirs / mine) for mine in own for theirs in kwant_times)])
    kwant_head = ["plain", "modes", "tuned"]
    print(f"Time per solve in ms of {'the CPU' if chosen.clock == 'cpu' else 'the clock on the wall'}; "
          "how many times faster than Kwant plain, with its modes, tuned")
    print_table([["", "", "Kwant", "", "", "ours", "", "", "f64 faster", "", "", "f32 faster", "", ""],
                 ["W = L", "lattices", *kwant_head, "solver", *PRECISIONS, *kwant_head, *kwant_head]], rows)

    rows = []
    for result in results:
        for solver, found in result["ours"].items():
            apart = [found[precision]["difference"] for precision in PRECISIONS]
            pairs = [result["kwant_with_itself"], *apart]
            rows.append([str(result["size"]), solver, f"{result['smallest_t']:.2g}", f"{result['largest_t']:.3g}",
                         *(f"{pair[kind]:.1e}" for pair in pairs for kind in ("absolute", "relative"))])
    print(f"Largest difference of T from Kwant's three; relative where T >= {SMALLEST_RELATIVE:g}")
    print_table([["", "", "T", "", "Kwant's own", "", "f64", "", "f32", ""],
                 ["W = L", "solver", "from", "to", *["absolute", "relative"] * 3]], rows)


def plot(results, chosen):
    """Time against size, a column of a paper wide."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator, ScalarFormatter

    plt.rcParams.update({"font.size": 8, "axes.linewidth": 0.6, "lines.linewidth": 1.1, "lines.markersize": 4,
                         "xtick.direction": "in", "ytick.direction": "in", "xtick.top": True, "ytick.right": True,
                         "svg.hashsalt": "landauer"})
    sizes = np.array([result["size"] for result in results], float)
    clock = f"{chosen.clock}_ms"
    curves = [("Kwant, plain", "#b2182b", "o-", [result["kwant"]["plain"][clock] for result in results]),
              ("Kwant, modes ready", "#ef8a62", "s-", [result["kwant"]["modes"][clock] for result in results]),
              ("Kwant, tuned", "#8c6d31", "^-", [result["kwant"]["tuned"][clock] for result in results])]
    blues = ("#2166ac", "#1b7837", "#762a83")
    for number, solver in enumerate(chosen.solvers):
        for precision, style in zip(PRECISIONS, ("D-", "v--")):
            times = [result["ours"][solver][precision][clock] for result in results]
            curves.append((f"{solver}, {precision}", blues[number % len(blues)], style, times))

    figure, axes = plt.subplots(figsize=(3.4, 3.2), layout="constrained")
    for name, colour, style, times in curves:
        axes.plot(sizes, times, style, color=colour, label=name, markerfacecolor="white", markeredgewidth=0.9)
    # The guides meet below the fastest at the largest size and fan out to a quarter of it.
    lowest, highest = (kind(times[-1] for *_, times in curves) for kind in (min, max))
    guide = np.array([max(sizes[0], sizes[-1] / 4), sizes[-1]])
    bottom = min(min(times) for *_, times in curves)
    for power in (3, 4):
        line = lowest / 2.5 * (guide / guide[-1]) ** power
        axes.plot(guide, line, ":", color="0.45", linewidth=0.9, zorder=0)
        axes.annotate(f"$\\propto n^{power}$", (guide[0], line[0]), textcoords="offset points", xytext=(-2, 0),
                      color="0.35", ha="right", va="center")
        bottom = min(bottom, line[0] / 2)
    bottom /= 2
    axes.set(xscale="log", yscale="log", xlabel="Size $n = L = W$ (sites)",
             ylabel=f"{'CPU time' if chosen.clock == 'cpu' else 'Time'} per solve (ms)", ylim=(bottom, highest * 6))
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.legend(frameon=False, fontsize=7, handlelength=2.2, loc="upper left", borderaxespad=0.3, labelspacing=0.3)
    figure.savefig(chosen.plot, metadata={"Date": None} if chosen.plot.suffix == ".svg" else None, dpi=300)


def main():
    chosen = arguments()
    parts, host = load_kwant(), machine()
    kernels = sorted(set(parts["openblas_kernels"].values()))
    print(f"Kwant {parts['version']} with MUMPS {parts['mumps']} ({os.path.basename(parts['mumps_library'])}, "
          f"ordering {parts['ordering']}), OpenBLAS for {', '.join(kernels) or 'nothing'}, "
          f"numpy {parts['numpy']}, scipy {parts['scipy']}")
    load = os.getloadavg()[0]
    print(f"{host['processor']}, one thread of {host['cores']} cores; load before: {load:.1f}")
    print(f"Model II, n uniform in [0, 1], seed {chosen.seed}; E = {chosen.energy:g}\n")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for size in chosen.sizes:
            results.append(measure(size, chosen, parts, pathlib.Path(folder)))
    print_results(results, chosen)

    apart = max(found["f64"]["difference"]["absolute"] for result in results for found in result["ours"].values())
    # So that a NaN is no agreement.
    agree = all(found["f64"]["difference"]["absolute"] <= TOLERANCE
                for result in results for found in result["ours"].values())
    if chosen.json:
        chosen.json.write_text(json.dumps({
            "kwant": parts, "machine": {**host, "load_before": load, "load_after": os.getloadavg()[0]},
            "model": 2, "seed": chosen.seed, "energy": chosen.energy, "tolerance": TOLERANCE, "agree": agree,
            "sizes": results}, indent=1) + "\n")
    if chosen.plot:
        plot(results, chosen)
    if not agree:
        fail(f"Kwant and f64 DISAGREE: T differs by up to {apart:.1e}, more than {TOLERANCE:g}")
    print(f"Kwant and f64 agree: T differs by {apart:.1e} at most ({TOLERANCE:g} is allowed)")


if __name__ == "__main__":
    main()
