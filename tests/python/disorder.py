"""Draws disorder by the rule of landauer-core/src/disorder.rs with an independent ChaCha8.

Usage: python disorder.py SEED SAMPLE COUNT   prints the concentration and the first model I (w = 4) energies
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


def main(seed, sample, count):
    drawn = words(seed, sample, 16 + 2 * count)
    print("concentration", repr(((drawn[0] | drawn[1] << 32) >> 11) * 2.0**-53))
    for site in range(count):
        a, b = drawn[16 + 2 * site], drawn[17 + 2 * site]
        print("site", site, repr(4.0 * ((((a | b << 32) >> 11) + 0.5) * 2.0**-53 - 0.5)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
