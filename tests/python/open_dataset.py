"""Opens a data set of landauer with zarr-python and checks everything in it.

Usage: python open_dataset.py DATASET [REFERENCE.npz | REFERENCE.json] [--solve N]

The layout, the attributes, their checksums, the types and the names of the dimensions must be those documented in
host/landauer/src/dataset/mod.rs; attributes and arrays of other names are users' own. g and g_bar must be the columns of transmission that they are said to be. The
transmissions of the first N samples (default 3) must be those of an independent Green's function,
written here in numpy. With a REFERENCE, every array in it (by its name in the data set) must be there
with the same values to the last bit; what is not in it is not compared.

Exits with 0 if all of that is so, else with 1 and the reasons. Needs numpy and zarr >= 3.
"""
import argparse
import json
import pathlib
import struct
import sys

import numpy as np
import zarr

TOLERANCE = 1e-9
# The attributes of the group, and the arrays, that are not users' own.
NAMES = (
    "format format_version disorder_version model strength concentration species_energies seed length width"
    " energies bias solver chunk_samples samples checksum"
).split()
ARRAYS = "onsite species concentration energies transmission fallbacks g g_bar".split()

failures = []


def check(condition, message):
    if not condition:
        failures.append(message)
    return condition


def lead_self_energy(width, energy):
    """Self-energy of a clean semi-infinite lead, [row, row], from its transverse modes."""
    rows = np.arange(1, width + 1)
    modes = np.sqrt(2 / (width + 1)) * np.sin(np.pi * np.outer(rows, rows) / (width + 1))
    # E = -2 cos(transverse) - 2 cos(k), hopping -1: the surface Green's function of a chain at
    # 2x = E + 2 cos(transverse) is g = x -+ sqrt(x^2 - 1), the decaying one, or the retarded one.
    x = (energy + 2 * np.cos(np.pi * rows / (width + 1))) / 2
    inside = np.abs(x) < 1
    root = np.sqrt(np.abs(x * x - 1))
    g = np.where(inside, x - 1j * root, x - np.sign(x) * root)
    return (modes * g) @ modes.T


def transmission(onsite, energy):
    """T of one strip [x, y] at one energy: trace of Gamma_L G Gamma_R G^dagger, nothing clever."""
    length, width = onsite.shape
    sites = length * width
    hamiltonian = np.diag(onsite.ravel()).astype(complex)
    for site in range(sites):
        if site % width + 1 < width:
            hamiltonian[site, site + 1] = hamiltonian[site + 1, site] = -1
        if site + width < sites:
            hamiltonian[site, site + width] = hamiltonian[site + width, site] = -1
    sigma = lead_self_energy(width, energy)
    matrix = energy * np.eye(sites) - hamiltonian
    matrix[:width, :width] -= sigma
    matrix[-width:, -width:] -= sigma
    right = np.zeros((sites, width), complex)
    right[-width:] = np.eye(width)
    green = np.linalg.solve(matrix, right)[:width]
    gamma = 1j * (sigma - sigma.conj().T)
    return np.trace(gamma @ green @ gamma @ green.conj().T).real


def crc32c(data):
    """The checksum of iSCSI and of Zarr's codec of that name, bit by bit."""
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def said(value):
    """What JSON says, as bytes: the form that host/landauer/src/checksum.rs documents."""
    if value is None or isinstance(value, bool):
        return {None: b"null", True: b"true", False: b"false"}[value]
    if isinstance(value, int):
        return str(value).encode()
    if isinstance(value, float):
        return b"f" + struct.pack(">d", value).hex().encode()
    if isinstance(value, str):
        return b"%d:%s" % (len(value.encode()), value.encode())
    if isinstance(value, list):
        return b"[" + b"".join(said(element) + b"," for element in value) + b"]"
    entries = sorted((name.encode(), name) for name in value)
    return b"{" + b"".join(said(name) + b"=" + said(value[name]) + b"," for _, name in entries) + b"}"


def check_checksums(group, attributes):
    """The checksum of the group's attributes, and the fingerprint in every array's."""
    covered = {name: attributes[name] for name in NAMES if name != "checksum"}
    sum_of = lambda entries: f"{crc32c(said(entries)):08x}"
    check(attributes["checksum"] == sum_of(covered), "the checksum of the attributes is wrong")
    del covered["samples"]
    for name in ARRAYS:
        if name in group:
            found = group[name].attrs.get("fingerprint")
            check(found == sum_of(covered), f"the fingerprint of {name} is wrong")


def check_array(group, name, dtype, dimensions, shape, chunk):
    """The array's values, once its type, shape, chunks and dimensions have been checked."""
    if not check(name in group, f"there is no array {name}"):
        return None
    array = group[name]
    metadata = array.metadata
    check(array.dtype == np.dtype(dtype), f"{name} has type {array.dtype}, not {dtype}")
    check(array.shape == shape, f"{name} has shape {array.shape}, not {shape}")
    check(array.chunks == chunk, f"{name} has chunks {array.chunks}, not {chunk}")
    check(metadata.dimension_names == dimensions, f"{name} has dimensions {metadata.dimension_names}")
    codecs = [codec.to_dict()["name"] for codec in metadata.codecs]
    check(codecs == ["bytes", "crc32c"], f"{name} has codecs {codecs}")
    fill = metadata.fill_value
    fills = {"u1": 255, "<u4": 2**32 - 1}
    expected_fill = fill == fills[dtype] if dtype in fills else np.isnan(fill)
    check(expected_fill, f"{name} has fill value {fill}")
    check({"description", "unit"} <= set(array.attrs), f"{name} lacks its description or unit")
    return array[...]


def check_sites(group, attributes, shape, chunk):
    """The on-site energies [sample, x, y] of any model, checked."""
    samples = shape[0]
    dimensions = ("sample", "x", "y")
    if attributes["model"] == 1:
        onsite = check_array(group, "onsite", "<f8", dimensions, shape, chunk)
        for name in ("species", "concentration"):
            check(name not in group, f"model 1 has an array {name}")
        if onsite is not None:
            half = attributes["strength"] / 2
            check(np.abs(onsite).max() <= half, "an on-site energy lies outside the box")
            check(np.unique(onsite).size > onsite.size * 0.99 or half == 0, "on-site energies repeat")
        return onsite
    check("onsite" not in group, "a model with species has an array onsite")
    species = check_array(group, "species", "u1", dimensions, shape, chunk)
    n = check_array(group, "concentration", "<f8", ("sample",), (samples,), chunk[:1])
    if species is None or n is None:
        return None
    energies = group["species"].attrs["species_energies"]
    check(energies == attributes["species_energies"], "the species' energies are given twice, differently")
    check(len(energies) == attributes["model"] - 1, f"model {attributes['model']} has {len(energies)} species")
    if not check(species.max() <= len(energies), f"there is a species {species.max()}"):
        return None
    check(np.all((n >= 0) & (n <= 1)), "a concentration lies outside [0, 1]")
    rule = attributes["concentration"]
    if rule == "uniform":
        check(samples == 1 or np.unique(n).size == samples, "concentrations repeat")
    else:
        check(np.all(n == rule), f"a concentration is not {rule}")
    # Impurities counted against expected, all samples together: within five standard deviations.
    sites = shape[1] * shape[2]
    counted = np.count_nonzero(species)
    deviation = 5 * np.sqrt(np.sum(n * (1 - n)) * sites) + 1e-6 * n.sum() * sites
    check(abs(counted - n.sum() * sites) <= deviation, f"{counted} impurities, {n.sum() * sites:.1f} expected")
    return np.array([0.0, *energies])[species]


def check_conductances(group, attributes, energies, t, samples, chunk):
    check(np.all(t >= -1e-12), "a transmission is negative")
    check(np.all(t <= attributes["width"] + 1e-9), "a transmission exceeds the number of modes")
    fermi = np.flatnonzero(energies == 0)
    if check(("g" in group) == (fermi.size > 0), "g is there without E = 0, or the other way round") and fermi.size:
        g = check_array(group, "g", "<f8", ("sample",), (samples,), chunk[:1])
        check(np.array_equal(g, t[:, fermi[0]]), "g is not the transmission at E = 0")
    bias = attributes["bias"]
    if check(("g_bar" in group) == (bias is not None), "g_bar is there without a bias, or the other way round") and bias is not None:
        g_bar = check_array(group, "g_bar", "<f8", ("sample",), (samples,), chunk[:1])
        grid = [(-0.5 + k / 9) * bias for k in range(10)]
        columns = [int(np.flatnonzero(energies == energy)[0]) for energy in grid]
        check(np.allclose(g_bar, t[:, columns].mean(axis=1), rtol=1e-14, atol=1e-15), "g_bar is not the mean over the bias")


def check_group(path, solve):
    group = zarr.open_group(path, mode="r")
    attributes = dict(group.attrs)
    check(list(attributes)[: len(NAMES)] == NAMES, f"the attributes are {list(attributes)}")
    check(attributes["format"] == "landauer-dataset", "another format")
    check(attributes["format_version"] == 3, "another version of the format")
    check_checksums(group, attributes)
    length, width = attributes["length"], attributes["width"]
    count = len(attributes["energies"])
    samples, per_chunk = group["transmission"].shape[0], group["transmission"].chunks[0]
    check(attributes["samples"] == samples, "another number of samples than the attributes say")
    check(attributes["chunk_samples"] == per_chunk, "other chunks than the attributes say")
    energies = check_array(group, "energies", "<f8", ("energy",), (count,), (count,))
    check(np.array_equal(energies, attributes["energies"]), "energies are not those of the attributes")
    t = check_array(group, "transmission", "<f8", ("sample", "energy"), (samples, count), (per_chunk, count))
    fallbacks = check_array(group, "fallbacks", "<u4", ("sample",), (samples,), (per_chunk,))
    if fallbacks is not None:
        check(np.all(fallbacks <= count), "a sample has more fallbacks than transmissions")
    onsite = check_sites(group, attributes, (samples, length, width), (per_chunk, length, width))
    check_conductances(group, attributes, energies, t, samples, (per_chunk, count))
    for name, array in group.arrays():
        if name in ARRAYS:
            check(not np.any(np.isnan(array[...])), f"{name} holds a value that is not a number")
    worst = 0.0
    for sample in range(min(solve, samples) if onsite is not None else 0):
        for number, energy in enumerate(energies):
            error = abs(transmission(onsite[sample], energy) - t[sample, number])
            worst = max(worst, error)
            check(error <= TOLERANCE, f"sample {sample} at E = {energy}: T is off by {error:.1e}")
    return group, samples, worst


def check_reference(group, path):
    if path.suffix == ".npz":
        reference = dict(np.load(path))
    else:
        reference = {name: np.array(values) for name, values in json.loads(path.read_text()).items()}
    for name, expected in reference.items():
        if check(name in group, f"there is no array {name}, which the reference has"):
            found = group[name][...]
            same = found.shape == expected.shape and np.array_equal(found, expected)
            check(same, f"{name} differs from the reference")
    return len(reference)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", type=pathlib.Path)
    parser.add_argument("reference", type=pathlib.Path, nargs="?")
    parser.add_argument("--solve", type=int, default=3, metavar="N")
    arguments = parser.parse_args()
    group, samples, worst = check_group(arguments.dataset, arguments.solve)
    compared = check_reference(group, arguments.reference) if arguments.reference else 0
    for failure in failures[:20]:
        print(f"{arguments.dataset}: {failure}", file=sys.stderr)
    if failures:
        return 1
    solved = min(arguments.solve, samples)
    print(
        f"{arguments.dataset}: {samples} samples sound; {solved} solved again, T to {worst:.1e};"
        f" {compared} arrays equal the reference"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
