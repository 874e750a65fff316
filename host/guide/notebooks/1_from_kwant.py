# %% [markdown]
# # From Kwant in five lines
#
# The same strips by Kwant and by Landauer: the same transmissions, and how long both take. Needs Kwant
# (`bash host/benches/kwant/run --install` builds it with MUMPS, its fast solver) and
# `pip install landauer-transport`.

# %%
import os
import time

# Threads within matrices as small as these make Kwant several times slower. To be said before numpy is loaded.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import kwant
import numpy as np

import landauer

# %% [markdown]
# A strip of 40 x 40 sites with 10 % of impurities of 5 t. In Kwant it is a scattering region between two leads of
# the same width, with hopping -t:

# %%
lattice = kwant.lattice.square(norbs=1)


def in_kwant(onsite):
    length, width = onsite.shape
    system = kwant.Builder()
    for x in range(length):
        for y in range(width):
            system[lattice(x, y)] = onsite[x, y]
    system[lattice.neighbors()] = -1
    lead = kwant.Builder(kwant.TranslationalSymmetry((-1, 0)))
    lead[(lattice(0, y) for y in range(width))] = 0
    lead[lattice.neighbors()] = -1
    system.attach_lead(lead)
    system.attach_lead(lead.reversed())
    return system.finalized()


def transmissions_by_kwant(onsite, energies):
    system = in_kwant(onsite)
    return [kwant.smatrix(system, energy).transmission(1, 0) for energy in energies]


# %% [markdown]
# In Landauer it is an array, and T(E) of any number of strips is one call:

# %%
ensemble = landauer.Ensemble(model=2, length=40, width=40, concentration=0.1, seed=1)
energies = [-0.5, 0.0, 0.1, 0.3]
strips = ensemble[0:1000]
T = landauer.transmission(strips, energies)
T[0]

# %%
by_kwant = np.array([transmissions_by_kwant(strip, energies) for strip in strips[:3]])
difference = abs(by_kwant - T[:3]).max()
print(f"largest difference of {by_kwant.size} transmissions: {difference:.0e}")
assert difference < 1e-10

# %% [markdown]
# Both once more, at E = 0, on one core, with everything warm. Kwant's time is that of `smatrix` alone, without building
# the system:


# %%
def seconds(work, times):
    begin = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begin) / times


system = in_kwant(strips[0])
kwant_seconds = min(seconds(lambda: kwant.smatrix(system, 0.0), 1) for _ in range(5))
one_seconds = min(seconds(lambda: landauer.transmission(strips[0], 0.0, threads=1), 10) for _ in range(5))
many_seconds = min(seconds(lambda: landauer.transmission(strips, 0.0, threads=1), 1) for _ in range(5)) / len(strips)
print(f"Kwant: {1e3 * kwant_seconds:.1f} ms a strip")
print(f"Landauer: {1e3 * one_seconds:.2f} ms for one, {1e3 * many_seconds:.2f} ms each of {len(strips)}")
print(f"{kwant_seconds / one_seconds:.0f} and {kwant_seconds / many_seconds:.0f} times as fast")

# %% [markdown]
# What else Kwant gives of a strip comes from `landauer.solve`: the number of modes, transmission eigenvalues, shot
# noise.

# %%
solution = landauer.solve(strips[0], energies)
assert solution.propagating_modes[1] == kwant.smatrix(system, 0.0).submatrix(1, 0).shape[1]
print("modes", solution.propagating_modes)
print("Fano factors", solution.fano.round(3))

# %%
import matplotlib.pyplot as plt

fine = np.linspace(-1, 1, 201)
plt.figure(figsize=(6, 3))
plt.plot(fine, landauer.transmission(strips[0], fine), label="Landauer, 201 energies")
plt.plot(energies, by_kwant[0], "o", label="Kwant")
plt.xlabel("E / t")
plt.ylabel("T")
plt.legend()
plt.tight_layout()
plt.show()
