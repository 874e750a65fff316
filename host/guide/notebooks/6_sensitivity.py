# %% [markdown]
# # Which impurity matters?
#
# A strip of model II has impurities of 5 t. Which of them does its conductance depend on most? The derivative of T by
# every on-site energy is one answer, and taking each impurity away is another. Needs
# `pip install landauer-transport matplotlib`.

# %%
import matplotlib.pyplot as plt
import numpy as np

import landauer

strip = landauer.Ensemble(model=2, length=40, width=40, concentration=0.1, seed=1)[0]
energy = 0.05
maps = landauer.maps(strip, energy, "gradient")
impurities = np.argwhere(strip > 0)
print(f"T = {maps.transmission:.3f} with {len(impurities)} impurities")

# %% [markdown]
# Without the impurity i, T changes by ΔT. To first order that is -5 t times the derivative. Exactly, each takes a
# solution of its own, which are one call:

# %%
first_order = -5 * maps.gradient[tuple(impurities.T)]
without = np.repeat(strip[None], len(impurities), axis=0)
without[(np.arange(len(impurities)), *impurities.T)] = 0
exact = landauer.transmission(without, energy) - maps.transmission
for name, change in (("exactly", exact), ("to first order", first_order)):
    best = np.argmax(abs(change))
    print(f"{name}, the one at {tuple(impurities[best].tolist())} matters most: ΔT = {change[best]:+.3f}")

# %% [markdown]
# Do both agree? 5 t is not small beside the bandwidth of 8 t, and T is far from linear in it. For a hundredth of it the
# derivative is all:


# %%
def ranks(values):
    return np.argsort(np.argsort(abs(values)))


def compare(change, linear):
    correlation = np.corrcoef(ranks(change), ranks(linear))[0, 1]
    both = set(np.argsort(-abs(change))[:10]) & set(np.argsort(-abs(linear))[:10])
    signs = np.mean(np.sign(change) == np.sign(linear))
    print(f"correlation of the ranks {correlation:.2f}, {len(both)} of the first ten in both, sign right in {100 * signs:.0f} %")


shifted = np.repeat(strip[None], len(impurities), axis=0)
shifted[(np.arange(len(impurities)), *impurities.T)] -= 0.05
compare(landauer.transmission(shifted, energy) - maps.transmission, first_order / 100)
compare(exact, first_order)
print(f"ΔT exactly: {abs(exact).mean():.3f} in the mean; to first order {abs(first_order).mean():.3f}")
print(f"without an impurity, T rises in {100 * np.mean(exact > 0):.0f} % of the cases")

# %% [markdown]
# So the derivative tells what a small change does, for all 1600 sites at once, and little of what taking an impurity away
# does: at 5 t hardly a wave enters the site, so that T is almost flat there, and changes on the way to 0. That question
# needs exact differences, which are cheap too. And an impurity less does not mean more current: what counts is
# whether the waves that it scatters interfere for or against transmission.

# %%
figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
limit = abs(exact).max()
for axis, change, title in ((axes[0], exact, "taken away, exactly"), (axes[1], first_order, "taken away, to first order")):
    dots = axis.scatter(*impurities.T, c=change, s=20, cmap="RdBu", vmin=-limit, vmax=limit, edgecolors="0.4", linewidths=0.4)
    first = np.argsort(-abs(change))[:10]
    axis.scatter(*impurities[first].T, s=90, facecolors="none", edgecolors="k", linewidths=0.8)
    axis.set(title=title, xlabel="x", ylabel="y", aspect="equal", xlim=(-1, 40), ylim=(-1, 40))
figure.colorbar(dots, ax=axes[1], label="ΔT")
axes[2].axline((0, 0), slope=1, color="0.7", linewidth=0.8, label="equal")
axes[2].plot(first_order, exact, ".", markersize=4)
axes[2].set(title="both", xlabel="ΔT to first order", ylabel="ΔT exactly", xlim=(-0.3, 0.3), ylim=(-0.5, 0.5))
axes[2].legend(loc="upper left")
plt.show()

# %% [markdown]
# Rings are around the ten that change T most.
