"""Draws disorder by the rule of core/src/disorder with an independent ChaCha8.

Usage: python disorder.py SEED SAMPLE COUNT   prints the concentration and the first model I (w = 4) energies
       python disorder.py DATASET.zarr        checks every sample of a data set, bit by bit
"""
import struct
import sys

MASK = 0xFFFFFFFF


def rotate(value, by):
    return ((value << by) | (value >> (32 - by))) & MASK


def quarter_round(state, a, b, c, d):
    for x, y, z, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[x] = (state[x] + state[y]) & MASK
        state[z] = rotate(state[z] ^ state[x], by)


def block(key, counter, stream):
    start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key))
    start += [counter & MASK, counter >> 32, stream & MASK, stream >> 32]
    state = start[:]
    for _ in range(4):
        for column in range(4):
            quarter_round(state, column, 4 + column, 8 + column, 12 + column)
        for column in range(4):
            quarter_round(state, column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
    return [(a + b) & MASK for a, b in zip(state, start)]


def words(seed, sample, count):
    key = struct.pack("<Q", seed) + b"landauer-core disorder 1"
    found = []
    while len(found) < count:
        found += block(key, len(found) // 16, sample)
    return found


def concentration(drawn):
    return ((drawn[0] | drawn[1] << 32) >> 11) * 2.0**-53


def box(drawn, site, strength):
    a, b = drawn[16 + 2 * site], drawn[17 + 2 * site]
    return strength * ((((a | b << 32) >> 11) + 0.5) * 2.0**-53 - 0.5)


def species(drawn, site, n, count):
    a, b = drawn[16 + 2 * site], drawn[17 + 2 * site]
    return 1 + (b * count >> 32) if a < int(n * 2.0**32) else 0


def show(seed, sample, count):
    drawn = words(seed, sample, 16 + 2 * count)
    print("concentration", repr(concentration(drawn)))
    for site in range(count):
        print("site", site, repr(box(drawn, site, 4.0)))


def check(path):
    import zarr

    group = zarr.open_group(path, mode="r")
    rule = dict(group.attrs)
    sites = rule["length"] * rule["width"]
    values = group["onsite" if rule["model"] == 1 else "species"][:]
    for sample, found in enumerate(values.reshape(len(values), sites)):
        drawn = words(rule["seed"], sample, 16 + 2 * sites)
        if rule["model"] == 1:
            expected = [box(drawn, site, rule["strength"]) for site in range(sites)]
        else:
            uniform = rule["concentration"] == "uniform"
            n = concentration(drawn) if uniform else rule["concentration"]
            if group["concentration"][sample] != n:
                sys.exit(f"{path}: sample {sample}: concentration {group['concentration'][sample]!r}, not {n!r}")
            count = len(rule["species_energies"])
            expected = [species(drawn, site, n, count) for site in range(sites)]
        if found.tolist() != expected:
            sys.exit(f"{path}: sample {sample} is not what the rule draws")
    print(f"{path}: model {rule['model']}, {len(values)} samples of {sites} sites are what the rule draws")


if __name__ == "__main__":
    if len(sys.argv) == 2:
        check(sys.argv[1])
    else:
        show(*map(int, sys.argv[1:4]))
