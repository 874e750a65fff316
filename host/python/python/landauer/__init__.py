"""Exact quantum transport through disordered nanostructures, in NumPy arrays.

A strip of sites on the square lattice, ``[x, y]`` with x along transport, stands between two clean leads. Its
on-site energies and the energy E are in units of the hopping t; its transmission T(E) is the conductance in units of
G0 = 2e²/h (Landauer and Büttiker; model and disorder of K. Li, J. Lu, F. Zhai, Phys. Rev. B 102, 064205, 2020).

>>> import numpy as np
>>> import landauer
>>> landauer.transmission(np.zeros((40, 10)), [0.0, 0.5]).round(9)
array([10.,  8.])

In reading order: `transmission`, `conductance` and `solve` for strips of your own; `maps` for what is inside them;
`thermal` for warm ones and currents; `Ensemble` for random ones, the same everywhere; `average` over disorder; `generate`
and `open` for data sets; `load_model`, `train` and `evaluate` for networks; `landauer.torch` and `landauer.jax` for transmissions
with derivatives. `Error` is what goes wrong.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from types import ModuleType as _ModuleType
from typing import TYPE_CHECKING as _TYPE_CHECKING

from ._average import Average, Histogram, Localisation, average
from ._dataset import Dataset, generate
from ._dataset import open as open
from ._ensemble import Ensemble
from ._errors import DamagedError, Error, InputError, InternalError, RefusedError, UsageError
from ._errors import InterruptedError as InterruptedError
from ._errors import SystemError as SystemError
from ._evaluate import Band, Evaluation, TargetEvaluation, evaluate
from ._landauer import __version__
from ._maps import Maps, maps
from ._model import Model, Prediction, load_model
from ._solve import Fallbacks, Solution, conductance, solve, transmission
from ._thermal import Thermal, thermal
from ._train import Run, presets, read_weights, train, training_config

if _TYPE_CHECKING:
    from . import jax as jax
    from . import torch as torch
else:

    def __getattr__(name: str) -> _ModuleType:
        # When they are used, and not before: not everybody has PyTorch or JAX, and they take seconds to load.
        if name in ("jax", "torch"):
            return _import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# Without `open`, `SystemError` and `InterruptedError`: Python has them too, and a star must not hide them.
__all__ = [
    "Average",
    "Band",
    "DamagedError",
    "Dataset",
    "Ensemble",
    "Error",
    "Evaluation",
    "Fallbacks",
    "Histogram",
    "InputError",
    "InternalError",
    "Localisation",
    "Maps",
    "Model",
    "Prediction",
    "RefusedError",
    "Run",
    "Solution",
    "TargetEvaluation",
    "Thermal",
    "UsageError",
    "__version__",
    "average",
    "conductance",
    "evaluate",
    "generate",
    "load_model",
    "maps",
    "presets",
    "read_weights",
    "solve",
    "thermal",
    "train",
    "training_config",
    "transmission",
]
