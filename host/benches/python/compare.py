"""The Python package, the Rust it is made of, and Kwant, side by side in one run.

Started by host/benches/python/run. What is measured:

  batch     landauer.transmission of 4096 strips of 40 x 40 at E = 0 on one thread, with the plan made before,
            beside host/cli/benches/time_solver.rs: a worker of the same solver on the same strips. They take turns;
            the ratio is that of the medians of CPU times.
  strip     one strip at one energy, everything warm: the median on the wall.
  kwant     kwant.smatrix of the same strips, the system built before, the leads' modes found each time as in a
            first script ("plain"), and found once ("modes"); its ratios to `strip` and `batch`, all on one thread.
  maps      landauer.maps of 512 strips at E = 0.1 on one thread: the gradient alone, and all fields; and what Kwant
            takes for one strip: wave functions of both leads, LDOS, the currents of all modes; their maps are compared.
  import    `import landauer` after numpy, in a process of its own.
  dataset   20,000 strips of a data set of model II, on all threads; and one random sample of it, at 10 x 10 sites
            in chunks of 4096 and at 40 x 40 in chunks of 256.
"""
import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

import landauer


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True, help="the example time_solver, built")
    parser.add_argument("--wheel", type=pathlib.Path, required=True, help="the wheel that is installed")
    parser.add_argument("--strips", type=int, default=4096, help="strips of the batch")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the batch")
    parser.add_argument("--without-kwant", action="store_true")
    parser.add_argument("--json", type=pathlib.Path, help="a file for all figures")
    return parser.parse_args()


def seconds(work, repeat, clock=time.perf_counter):
    times = []
    for _ in range(repeat):
        begin = clock()
        work()
        times.append(clock() - begin)
    return statistics.median(times)


def batch(program, strips, rounds, folder):
    file = folder / "strips.npy"
    np.save(file, strips)
    command = [program, "--onsite", file, "--energies", "0", "--solver", "dissection", "--repeat", "1"]

    def rust():
        done = subprocess.run([*command, "--output", folder / "t.npy"], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)["cpu_us_per_solve"]

    def python():
        begin = time.process_time()
        found.append(landauer.transmission(strips, 0.0, solver="dissection", threads=1))
        return (time.process_time() - begin) * 1e6 / len(strips)

    found = []
    python()
    times = [(rust(), python()) for _ in range(rounds)]
    assert np.array_equal(found[-1], np.load(folder / "t.npy")[:, 0])
    ours, bare = (statistics.median(column) for column in (list(zip(*times))[1], list(zip(*times))[0]))
    return {"rust_us": bare, "python_us": ours, "ratio": ours / bare, "rounds": [p / r for r, p in times]}


def wire(strips):
    """Kwant's system, with an on-site energy for each site as its parameter."""
    import kwant

    length, width = strips.shape[1:]
    lattice = kwant.lattice.square(norbs=1)
    system = kwant.Builder()
    system[(lattice(x, y) for x in range(length) for y in range(width))] = lambda site, onsite: onsite[tuple(site.tag)]
    system[lattice.neighbors()] = -1
    lead = kwant.Builder(kwant.TranslationalSymmetry((-1, 0)))
    lead[(lattice(0, y) for y in range(width))] = 0
    lead[lattice.neighbors()] = -1
    system.attach_lead(lead)
    system.attach_lead(lead.reversed())
    return system.finalized()


def with_kwant(strips):
    import kwant

    plain = wire(strips)
    modes = plain.precalculate(0.1, what="modes")
    some = strips[:4]
    result = {}
    for name, system in ("plain", plain), ("modes", modes):
        def solve(onsite):
            return kwant.smatrix(system, 0.1, params={"onsite": onsite}).transmission(1, 0)

        expected = landauer.transmission(some, 0.1)
        difference = np.abs(np.array([solve(onsite) for onsite in some]) - expected).max()
        assert difference < 1e-10, difference
        result[f"{name}_ms"] = seconds(lambda: [solve(onsite) for onsite in some], 3) / len(some) * 1e3
    return result


def maps(strips):
    """Microseconds of a strip's maps, many at a time on one thread."""
    some = strips[:512]
    result = {}
    for name, fields in ("gradient", {"fields": "gradient"}), ("all", {}):
        def work():
            landauer.maps(some, 0.1, threads=1, **fields)

        work()
        result[f"{name}_us"] = seconds(work, 3) / len(some) * 1e6
    return result


def maps_with_kwant(strips):
    """Milliseconds of what Kwant knows of the inside of one strip; that it agrees is asserted."""
    import kwant

    plain = wire(strips)
    modes = plain.precalculate(0.1, what="modes")
    current = kwant.operator.Current(plain)
    some = strips[:2]
    places = [site.tag for site in plain.sites]
    found = {}

    def waves(onsite):
        return [kwant.wave_function(modes, 0.1, params={"onsite": onsite})(lead) for lead in range(2)]

    def ldos(onsite):
        return kwant.ldos(modes, 0.1, params={"onsite": onsite})

    def currents(onsite):
        return sum(current(wave, params={"onsite": onsite}) for wave in found["waves"][0])

    result = {}
    for name, work in ("waves", waves), ("ldos", ldos), ("currents", currents):
        found[name] = work(some[0])
        result[f"{name}_ms"] = seconds(lambda: [work(onsite) for onsite in some], 3) / len(some) * 1e3
    ours = landauer.maps(some[0], 0.1)
    expected = np.zeros_like(ours.ldos)
    for place, value in zip(places, found["ldos"]):
        expected[tuple(place)] = value
    assert np.abs(ours.ldos - expected).max() < 1e-9 * (1 + expected.max())
    along = np.zeros_like(ours.current_x)
    for (to, origin), value in zip(current.where, found["currents"]):
        (x, y), (other, row) = places[origin], places[to]
        if (other, row) == (x + 1, y):
            along[x, y] = value
    assert np.abs(ours.current_x - along).max() < 1e-9 * (1 + np.abs(along).max())
    return result


def dataset(folder, sides, chunk):
    ensemble = landauer.Ensemble(model=2, length=sides, width=sides, seed=1)
    if sides > 10:
        # Solving so many is not what is measured: the strips are clean in all but name.
        ensemble = landauer.Ensemble(model=2, length=sides, width=sides, concentration=0.0005, seed=1)
    path = folder / f"{sides}.zarr"
    landauer.generate(ensemble, path, 20_000, energies=0.0, chunk_samples=chunk)
    first = seconds(lambda: landauer.open(path).onsite[...], 1)
    again = seconds(lambda: landauer.open(path).onsite[...], 5)
    data = landauer.open(path)
    data.onsite[...]
    numbers = np.random.default_rng(1).integers(0, 20_000, 2000).tolist()
    one = seconds(lambda: [data.onsite[number] for number in numbers], 3) / len(numbers)
    some = [sorted(numbers[begin : begin + 128]) for begin in range(0, 1280, 128)]
    gathered = seconds(lambda: [data.onsite[part] for part in some], 3) / len(some)
    return {"first_s": first, "again_s": again, "random_sample_us": one * 1e6, "random_128_ms": gathered * 1e3}


def main():
    chosen = arguments()
    strips = landauer.Ensemble(model=2, length=40, width=40, concentration=0.1, seed=1)[0 : chosen.strips]
    result = {"numpy": np.__version__, "threads": os.cpu_count(), "wheel_MB": chosen.wheel.stat().st_size / 1e6}
    code = "import numpy, time; t = time.perf_counter(); import landauer; print(time.perf_counter() - t)"
    imports = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(5)]
    result["import_s"] = statistics.median(imports)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        result["batch"] = batch(chosen.program, strips, chosen.rounds, folder)
        one = strips[0]
        landauer.transmission(one, 0.1)
        result["strip_ms"] = seconds(lambda: landauer.transmission(one, 0.1), 200) * 1e3
        many = seconds(lambda: landauer.transmission(strips[:512], 0.1), 3) / 512
        result["all_threads_us_per_strip"] = many * 1e6
        if not chosen.without_kwant:
            kwant = with_kwant(strips)
            # One thread each.
            for name in ("plain", "modes"):
                kwant[f"{name}_ratio_one_strip"] = kwant[f"{name}_ms"] / result["strip_ms"]
                kwant[f"{name}_ratio_batch"] = kwant[f"{name}_ms"] * 1e3 / result["batch"]["python_us"]
            result["kwant"] = kwant
        result["maps"] = maps(strips)
        if not chosen.without_kwant:
            ours, kwant = result["maps"], maps_with_kwant(strips)
            all_of_it = sum(kwant.values())
            kwant["gradient_ratio_waves"] = kwant["waves_ms"] * 1e3 / ours["gradient_us"]
            kwant["all_ratio"] = all_of_it * 1e3 / ours["all_us"]
            ours["kwant"] = kwant
        result["dataset_10"] = dataset(folder, 10, 4096)
        result["dataset_40"] = dataset(folder, 40, 256)
    text = json.dumps(result, indent=2)
    print(text)
    if chosen.json:
        chosen.json.write_text(text + "\n")


main()
