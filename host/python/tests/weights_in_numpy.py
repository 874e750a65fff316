"""The predictions of a run by NumPy alone, from the arrays and the description in its safetensors file.

`predict` is all of it; the guide (host/guide/reference/file-formats.md) says the same in words.
"""

import numpy as np


def predict(weights, description, onsite):
    """Conductances of strips ``[sample, x, y]`` in t: ``[sample, target]`` in G0."""
    targets = len(description["targets"])
    counts = np.count_nonzero(onsite, axis=(1, 2))
    copies = []
    for copy in range(description["symmetry_copies"]):
        strips = onsite[:, ::-1] if copy & 1 else onsite
        strips = strips[:, :, ::-1] if copy & 2 else strips
        strips = -strips if copy & 4 else strips
        network = spectral if description["network"]["kind"] == "spectral" else chain
        copies.append(network(weights, description, inputs(description, strips), counts)[:, :targets])
    output = np.mean(copies, axis=0)
    for target, scaling in enumerate(description["scaling"]):
        centre, spread = (np.array(scaling[name]) for name in ("centre", "spread"))
        place = np.minimum(counts, len(centre) - 1)
        output[:, target] = centre[place] + spread[place] * output[:, target]
    return output.clip(0, description["width"])


def inputs(description, onsite):
    """What the network reads of each site, before anything is taken off."""
    values = description["input"]["values"]
    if not values:
        return onsite * description["input"]["scale"]
    return np.select([onsite == energy for energy in description["input"]["species"]], values[1:], 0.0)


def standardised(description, values, counts):
    """Deviations from the mean at the impurity count, in units of about their spread."""
    share = (counts / values[0].size)[:, None, None]
    return (values - share * description["input"]["mean"]) / np.sqrt(share * (1 - share) + 0.001)


def chain(weights, description, values, counts):
    """Convolutions without overlap, dense layers, a ReLU behind all but the last."""
    if description["input"]["standardised"]:
        values = standardised(description, values, counts)
    maps = values[..., None]  # [sample, x, y, channel]
    layers = len(weights) // 2
    convolutions = description["network"].get("convolutions", [])
    for number in range(layers):
        weight, bias = weights[f"layers.{number}.weight"], weights[f"layers.{number}.bias"]
        if number < len(convolutions):
            k = convolutions[number]["kernel"]
            samples, length, width, channels = maps.shape
            patches = maps.reshape(samples, length // k, k, width // k, k, channels).transpose(0, 1, 3, 2, 4, 5)
            maps = patches.reshape(samples, length // k, width // k, -1) @ weight + bias
        else:
            maps = maps.reshape(len(maps), -1) @ weight + bias
        if number + 1 < layers:
            maps = maps.clip(0)
    return maps


CENTRES = np.array([0.0, 0.02, 0.05, 0.1, 0.17, 0.25, 0.35, 0.5])
WIDTHS = np.array([0.02, 0.03, 0.05, 0.07, 0.09, 0.1, 0.13, 0.2])


def gelu(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def spectral(weights, description, values, counts):
    """Transforms along and across that keep the parity under mirrors, products of two channels, units, a head."""
    samples, length, width = values.shape
    share = counts / (length * width)
    nodes = np.exp(-0.5 * ((np.minimum(share, 0.5)[:, None] - CENTRES) / WIDTHS) ** 2)
    nodes /= nodes.sum(axis=1, keepdims=True)
    spread = np.sqrt(share * (1 - share) + 0.001)[:, None, None]
    kernel = weights["kernel"][[[3, 1, 3], [2, 0, 2], [3, 1, 3]]]  # [kx, ky, hidden]
    padded = np.pad(values, ((0, 0), (1, 1), (1, 1)))
    hidden = weights["kernel_bias"] + sum(
        padded[:, i : i + length, j : j + width, None] * kernel[i, j] for i in range(3) for j in range(3)
    )
    local = hidden.clip(0) @ weights["mix"] - (nodes @ weights["mean"])[:, None, None]
    first = values - (share * description["input"]["mean"])[:, None, None]
    channels = [first / spread] + [local[..., c] / spread for c in range(local.shape[-1])]
    modes = [
        transform(transform(map_, weights["across"][c]).swapaxes(1, 2), weights["along"][c]).swapaxes(1, 2)
        for c, map_ in enumerate(channels)
    ]  # [sample, mode along, mode across], even modes first
    pairs = [(a, b) for a in range(len(modes)) for b in range(a, len(modes))]
    units = weights["unit_bias"] + sum(
        np.einsum("sxy,xu,yu->su", modes[a] * modes[b] - (a == b), weights["inner"][p], weights["outer"][p])
        for p, (a, b) in enumerate(pairs)
    )
    units = gelu(units * (1 + nodes @ weights["gain"]) + nodes @ weights["shift"])
    lowest = np.stack([0.1 * mode[:, 0, 0] for mode in modes], axis=-1)
    features = np.concatenate([units, share[:, None], lowest], axis=1)
    head = gelu(features @ weights["hidden.weight"] + weights["hidden.bias"])
    return head @ weights["output.weight"] + weights["output.bias"]


def transform(maps, matrices):
    """The last axis into modes: sums of mirror images, then their differences."""
    half = maps.shape[-1] // 2
    near, far = maps[..., :half], maps[..., ::-1][..., :half]
    parts = ((near + far) / np.sqrt(2), (near - far) / np.sqrt(2))
    return np.concatenate([part @ matrix for part, matrix in zip(parts, matrices)], axis=-1)
