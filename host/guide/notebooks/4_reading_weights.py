# %% [markdown]
# # Reading weights
#
# The weights of a run are a safetensors file, which JAX, PyTorch and NumPy read; its metadata say what the network
# reads, how its arrays lie and what its outputs mean
# ([all of it](../reference/file-formats.md#weights)). Here NumPy alone gives the predictions of `predict`.
# Needs `pip install landauer-transport matplotlib`.

# %%
import json

import matplotlib.pyplot as plt
import numpy as np

import landauer

ensemble = landauer.Ensemble(model=2, length=16, width=16, seed=1)
data = landauer.generate(ensemble, "train.zarr", samples=1000, energies=0.0)
run = landauer.train("paper-cnn", data, output="run", epochs=4)

# %% [markdown]
# The file is eight bytes with the length of a JSON header, the header, and the numbers. (`landauer.read_weights`
# and the package safetensors do the same.)

# %%
with open("run/best.safetensors", "rb") as file:
    header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    numbers = file.read()
description = json.loads(header.pop("__metadata__")["landauer"])
weights = {
    name: np.frombuffer(numbers[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
    for name, entry in header.items()
}
for name, array in sorted(weights.items()):
    print(f"{name:<16} {array.shape}")
print(description["network"])
print(description["layout"])

# %% [markdown]
# Inputs are the species' values, here the on-site energy in units of 5 t. A convolution's stride is its kernel, so
# that patches do not overlap: each is a row of `[kx, ky, channel]`.


# %%
def predict(onsite):
    maps = np.select([onsite == energy for energy in description["input"]["species"]], description["input"]["values"][1:])
    maps = maps[..., None]  # [sample, x, y, channel]
    last = len(weights) // 2 - 1
    for number in range(last + 1):
        weight, bias = weights[f"layers.{number}.weight"], weights[f"layers.{number}.bias"]
        if number < len(description["network"]["convolutions"]):
            k = description["network"]["convolutions"][number]["kernel"]
            n, x, y, channels = maps.shape
            maps = maps.reshape(n, x // k, k, y // k, k, channels).swapaxes(2, 3).reshape(n, x // k, y // k, -1)
        else:
            maps = maps.reshape(len(maps), -1)
        maps = maps @ weight + bias
        maps = maps if number == last else maps.clip(0)
    scaling = description["scaling"][0]
    return (scaling["centre"][0] + scaling["spread"][0] * maps[:, 0]).clip(0, description["width"])


strips = landauer.Ensemble(model=2, length=16, width=16, seed=2)[0:200]
difference = abs(predict(strips) - run.predict(strips)).max()
print(f"largest difference: {difference:.0e} G0")
assert difference < 1e-4

# %% [markdown]
# The sixteen kernels of the first layer:

# %%
kernels = weights["layers.0.weight"].reshape(2, 2, 16)
figure, axes = plt.subplots(2, 8, figsize=(6, 1.8))
for axis, kernel in zip(axes.flat, np.moveaxis(kernels, -1, 0)):
    axis.imshow(kernel.T, cmap="RdBu", vmin=-1, vmax=1)
    axis.set_axis_off()
figure.tight_layout()
plt.show()
