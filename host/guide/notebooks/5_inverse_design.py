# %% [markdown]
# # A wire that filters
#
# The inverse problem: not the transmission of a wire, but the wire of a transmission. `landauer.maps` gives T and its
# exact derivative by all 400 on-site energies at once, and L-BFGS-B of SciPy follows it downhill. Needs
# `pip install landauer-transport scipy matplotlib`.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize

import landauer

# %% [markdown]
# The target is a low-pass filter: of the modes that propagate, more than 0.9 pass below E = -1.9 t, and less than 0.1
# above -1.8 t. A barrier does the reverse: it blocks low energies and lets high ones pass. So this takes interference.
# We ask for a little more, 0.93 and 0.07, at 8 energies in either band, so that it holds between them too.

# %%
length, width = 20, 20
passed, blocked = np.linspace(-2.13, -1.9, 8), np.linspace(-1.8, -1.56, 8)
energies = np.concatenate([passed, blocked])
is_passed = energies <= passed[-1]
modes = landauer.solve(np.zeros((length, width)), energies).propagating_modes
modes

# %% [markdown]
# The loss is the sum of squares of what is missing; its derivative follows from that of T.


# %%
def loss(onsite):
    maps = landauer.maps(onsite.reshape(length, width), energies, "gradient")
    share = maps.transmission / modes
    missing = np.where(is_passed, 0.93 - share, share - 0.07).clip(0)
    by_transmission = np.where(is_passed, -2, 2) * missing / modes
    return (missing**2).sum(), np.einsum("e,exy->xy", by_transmission, maps.gradient).ravel()


start = np.random.default_rng(1).uniform(-0.5, 0.5, length * width)
begin = time.perf_counter()
found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(-2, 2)] * start.size, options={"maxiter": 500})
seconds = time.perf_counter() - begin
wire = found.x.reshape(length, width)
print(f"{found.nit} iterations, {found.nfev} gradients by {start.size} on-site energies in {seconds:.1f} s")
print(f"loss {loss(start)[0]:.2f} before, {found.fun:.0e} after")

# %% [markdown]
# Without the derivative, differences would take 401 transmissions for each of these gradients.
#
# Whether it is a filter is judged between the energies that it was made for: at 200 in either band.


# %%
def share(onsite, energies):
    modes = landauer.solve(onsite, energies).propagating_modes
    return landauer.transmission(onsite, energies) / modes


low = share(wire, np.linspace(passed[0], passed[-1], 200))
high = share(wire, np.linspace(blocked[0], blocked[-1], 200))
print(f"passed: at least {low.min():.3f} of the modes; blocked: at most {high.max():.3f}")
assert low.min() > 0.9 and high.max() < 0.1

# %% [markdown]
# The wire, what it transmits (with a kink where a mode begins to propagate), and the current in it on either side of
# the edge, in units of T: the arrows of every cross-section sum to 1. Where the wire blocks, the little that
# passes takes one path.


# %%
def draw_current(axis, energy):
    """The current through each site in units of T: arrows on its magnitude."""
    maps = landauer.maps(wire, energy, "current")
    # From bonds to sites; at the ends from the one bond that is there, and none leaves through an edge.
    x = np.pad(maps.current_x, ((1, 1), (0, 0)), mode="edge") / maps.transmission
    y = np.pad(maps.current_y, ((0, 0), (1, 1))) / maps.transmission
    x, y = (x[1:] + x[:-1]) / 2, (y[:, 1:] + y[:, :-1]) / 2
    image = axis.imshow(np.hypot(x, y).T, origin="lower", cmap="Blues", vmin=0)
    axis.quiver(x.T, y.T, width=0.006)
    axis.set_title(f"current at {energy} t, T = {maps.transmission:.2f}")
    figure.colorbar(image, ax=axis, shrink=0.75, label="current / T")


figure = plt.figure(figsize=(10.5, 6.6), layout="constrained")
curve, maps = figure.subfigures(2, 1)
axis = curve.subplots()
fine = np.linspace(-2.3, -1.4, 451)
axis.plot(fine, share(start.reshape(length, width), fine), color="0.6", label="random start")
axis.plot(fine, share(wire, fine), label="found")
axis.fill_between(passed[[0, -1]], 0, 0.9, color="C3", alpha=0.25, linewidth=0, label="outside the target")
axis.fill_between(blocked[[0, -1]], 0.1, 1, color="C3", alpha=0.25, linewidth=0)
axis.set(xlabel="E / t", ylabel="T / propagating modes", xlim=fine[[0, -1]], ylim=(0, 1))
axis.legend(loc="lower left", fontsize="small")
axes = maps.subplots(1, 3)
image = axes[0].imshow(wire.T, origin="lower", cmap="RdBu_r", vmin=-2, vmax=2)
axes[0].set_title("on-site energies")
figure.colorbar(image, ax=axes[0], shrink=0.75, label="ε / t")
draw_current(axes[1], -2.0)
draw_current(axes[2], -1.7)
for axis in axes:
    axis.set(xlabel="x", xticks=[0, 10, 19], yticks=[0, 10, 19])
axes[0].set_ylabel("y")
plt.show()

# %% [markdown]
# PyTorch and JAX take the same derivative further: `landauer.torch.transmission` and `landauer.jax.transmission`
# ([how](../how-to/differentiate.md)).
