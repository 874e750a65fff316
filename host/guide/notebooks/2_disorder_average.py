# %% [markdown]
# # A disorder average with error bars, and the localisation length
#
# Needs `pip install landauer-transport matplotlib`. Averages keep sums and no sample, so that any number of strips
# fits into memory; they are the same on every machine.

# %%
import matplotlib.pyplot as plt
import numpy as np

import landauer

# %% [markdown]
# The mean conductance of a square of 20 x 20 sites against its concentration of impurities. An `Average` has the
# standard error of each mean:

# %%
square = landauer.Ensemble(model=2, length=20, width=20, concentration=0.1, seed=1)
concentrations = np.linspace(0, 0.5, 11)
average = landauer.average(square, energies=0.0, samples=400, concentration=concentrations)
for n, mean, error in zip(concentrations[:4], average.mean, average.standard_error):
    print(f"n = {n:.2f}: G = {mean:.3f} +- {error:.3f}")

# %% [markdown]
# A long wire with Anderson's disorder localises: the mean of ln G falls along a straight line, whose slope is -2/ξ.
# The fit weighs each length by its error, and `localisation` says whether the line fits.

# %%
wire = landauer.Ensemble(model=1, width=8, strength=4.0, seed=1)
lengths = [50, 75, 100, 125, 150, 175, 200]
logs = landauer.average(wire, energies=0.0, samples=300, length=lengths)
fit = logs.localisation
print(f"localisation length {fit.length:.1f} +- {fit.standard_error:.1f} sites")
assert 0 < fit.standard_error < 0.2 * fit.length

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.2))
left.errorbar(concentrations, average.mean, average.standard_error, fmt="o-", capsize=3)
left.set(xlabel="impurity concentration", ylabel="G / G0")
right.errorbar(lengths, logs.mean_log, logs.mean_log_standard_error, fmt="o", capsize=3)
line = fit.intercept - 2 * np.array(lengths) / fit.length
right.plot(lengths, line, label=f"ξ = {fit.length:.1f} ± {fit.standard_error:.1f} sites")
right.set(xlabel="length / sites", ylabel="mean of ln G")
right.legend()
figure.tight_layout()
plt.show()
