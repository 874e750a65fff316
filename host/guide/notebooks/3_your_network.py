# %% [markdown]
# # Your network, judged
#
# A small network in PyTorch learns conductances from a data set, and is judged by the exact values: against
# counting impurities, and against `best-g`, which comes with Landauer. Then one that Landauer trains becomes a model
# file for a microcontroller. Needs `pip install landauer-transport torch matplotlib`.

# %%
import matplotlib.pyplot as plt
import torch

import landauer

# %% [markdown]
# Data to learn from, and others to judge by, which have another seed. A few thousand strips are few, so that this
# takes seconds; `best-g` has seen millions.

# %%
size = {"model": 2, "length": 40, "width": 40}
train = landauer.generate(landauer.Ensemble(seed=1, **size), "train.zarr", samples=2000, energies=0.0)
test = landauer.generate(landauer.Ensemble(seed=2, **size), "test.zarr", samples=1000, energies=0.0)
train, test

# %% [markdown]
# `Dataset.torch` is a `torch.utils.data.Dataset`; its on-site energies are in units of t, here 0 and 5.

# %%
torch.manual_seed(1)
network = torch.nn.Sequential(
    torch.nn.Conv2d(1, 16, 4, stride=4), torch.nn.ReLU(),
    torch.nn.Conv2d(16, 32, 2, stride=2), torch.nn.ReLU(),
    torch.nn.Flatten(), torch.nn.Linear(32 * 25, 64), torch.nn.ReLU(), torch.nn.Linear(64, 1),
)
optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
loader = torch.utils.data.DataLoader(train.torch("g", channel=True), batch_size=32, shuffle=True)
for epoch in range(8):
    total = 0.0
    for onsite, g in loader:
        loss = torch.nn.functional.mse_loss(network(onsite / 5).squeeze(1), g)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += loss.item() * len(g)
    print(f"epoch {epoch + 1}: mean square error {total / len(train):.3f}")

# %% [markdown]
# Any array of predictions is judged, a tensor too. Skill is 1 - MAE / MAE of counting: of the median at each number
# of impurities in the training set. 0 is no better than counting, 1 is exact: a few thousand strips do not yet teach a
# plain CNN more than the number of impurities tells.

# %%
with torch.no_grad():
    mine = network(torch.tensor(test.onsite[:], dtype=torch.float32).unsqueeze(1) / 5)
judged = landauer.evaluate(mine, test, target="g", baseline=train)
best = landauer.evaluate("best-g", test)
print("mine\n" + str(judged))
print("best-g\n" + str(best))

# %%
for band in judged.bands:
    print(f"{100 * band.start:3.0f} to {100 * band.stop:3.0f} % impurities: MAE {band.mae:.3f}, counting {band.baseline_mae:.3f}")

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 3.4), sharex=True, sharey=True)
for axis, found, name in ((axes[0], judged, "mine"), (axes[1], best, "best-g")):
    axis.plot(found.exact, found.predicted, ".", markersize=2)
    axis.plot([0, 40], [0, 40], "k", linewidth=0.5)
    axis.set(title=f"{name}: MAE {found.mae:.3f}", xlabel="exact G / G0")
axes[0].set_ylabel("predicted G / G0")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## To a device
#
# `landauer.train` trains the presets; a run is judged like anything else, and `export` makes it a model in integers,
# judged on the test set too. What `model.predict` says are the microcontroller's own bits.

# %%
run = landauer.train("paper-cnn", train, output="run", epochs=3)
print(run.evaluate(test))
model = run.export("cnn.postcard", test_set=test, max_loss=10)
found = model.card["targets"][0]
print(f"in floats {found['float_mae']:.4f}, in integers {found['integer_mae']:.4f} G0; {model.card['flash_bytes']} bytes of flash")
sure = model.predict(test.onsite[:100], intervals=0.9, exact_above=2.0)
sure

# %% [markdown]
# [How to put the file on a device](../how-to/export-to-a-device.md).
