"""The native half: the functions behind the package, with arguments in one form and flat results."""

import os
import pathlib
from collections.abc import Callable, Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]
_Path = str | os.PathLike[str]

__all__ = [
    "MAP_FIELDS",
    "MAX_INPUT_CHANNELS",
    "MAX_THREADS",
    "__version__",
    "Averages",
    "Dataset",
    "Ensemble",
    "Maps",
    "Model",
    "Solution",
    "Thermal",
    "average",
    "check_onsite",
    "checksum",
    "curves",
    "evaluate_model",
    "evaluate_values",
    "export",
    "fit_localisation",
    "generate",
    "main",
    "maps",
    "panic",
    "presets",
    "solve",
    "thermal",
    "train",
    "training_config",
]

MAP_FIELDS: list[str]
MAX_INPUT_CHANNELS: int
MAX_THREADS: int
__version__: str

@final
class Solution:
    def transmissions(self) -> _Floats: ...
    def log_transmissions(self) -> _Floats: ...
    def g_bar(self) -> _Floats | None: ...
    def energies(self) -> _Floats: ...
    def propagating_modes(self) -> npt.NDArray[np.int64]: ...
    def eigenvalues(self) -> _Floats | None: ...
    def fano(self) -> _Floats | None: ...
    def fallbacks(self) -> list[int]: ...
    def solver(self) -> tuple[str, str]: ...

@final
class Ensemble:
    def __new__(
        cls,
        model: str | None,
        species: Sequence[float] | None,
        strength: float | None,
        concentration: float | None,
        seed: int,
        length: int,
        width: int,
    ) -> Ensemble: ...
    def number(self) -> int | None: ...
    def species_energies(self) -> list[float]: ...
    def strength(self) -> float | None: ...
    def concentration(self) -> float | None: ...
    def draw(self, start: int, step: int, count: int) -> _Floats: ...
    def gather(self, numbers: npt.NDArray[np.uint64]) -> _Floats: ...
    def concentrations(self, start: int, stop: int) -> _Floats: ...

@final
class Averages:
    def columns(self) -> list[tuple[str, list[float]]]: ...
    def counts(self) -> list[tuple[int, int]]: ...
    def histograms(self) -> list[list[int]]: ...
    @staticmethod
    def edges(bins: int) -> list[float]: ...
    def fallbacks(self) -> list[int]: ...
    def solver(self) -> tuple[str, str]: ...
    def mean_logs(self) -> list[tuple[float, float, float]]: ...

@final
class Dataset:
    def __new__(cls, path: _Path) -> Dataset: ...
    def samples(self) -> int: ...
    def sides(self) -> list[int]: ...
    def energies(self) -> _Floats: ...
    def bias(self) -> float | None: ...
    def solver(self) -> str: ...
    def first_missing(self) -> pathlib.Path | None: ...
    def optional(self) -> list[str]: ...
    def ensemble(self) -> tuple[Ensemble, int] | None: ...
    def column(self, name: str) -> npt.NDArray[Any] | None: ...
    def fill_onsite(self, samples: npt.NDArray[np.uint64], out: _Floats) -> None: ...
    def gather(self, name: str, samples: npt.NDArray[np.uint64], threads: int | None) -> npt.NDArray[Any] | None: ...

@final
class Model:
    def __new__(cls, path: _Path, folder: _Path | None) -> Model: ...
    def is_run(self) -> bool: ...
    def needs_budget(self) -> bool: ...
    def name(self) -> str: ...
    def targets(self) -> list[str]: ...
    def sides(self) -> list[int]: ...
    def multiply_adds(self) -> int | None: ...
    def disorder(self) -> tuple[int | None, list[float], float | None, float | None]: ...
    def is_of_given(self) -> bool: ...
    def card(self) -> str | None: ...
    def predict(
        self,
        onsite: _Floats,
        shape: Sequence[int],
        within: int | None,
        mirrors: bool | None,
        level: float | None,
        exact_above: float | None,
        threads: int | None,
    ) -> tuple[_Floats, tuple[_Floats, _Floats, npt.NDArray[np.bool_]] | None]: ...

def solve(
    onsite: _Floats,
    shape: Sequence[int],
    energies: Sequence[float],
    bias: float | None,
    precision: str,
    solver: str,
    eigenvalues: bool,
    threads: int | None,
) -> Solution: ...
@final
class Maps:
    def transmissions(self) -> _Floats: ...
    def field(self, name: str) -> _Floats | None: ...
    def fallbacks(self) -> list[int]: ...

def maps(
    onsite: _Floats,
    shape: Sequence[int],
    energies: Sequence[float],
    fields: Sequence[str],
    threads: int | None,
) -> Maps: ...
@final
class Thermal:
    def conductance(self) -> tuple[_Floats, _Floats]: ...
    def seebeck(self) -> tuple[_Floats, _Floats]: ...
    def thermal_conductance(self) -> tuple[_Floats, _Floats]: ...
    def lorenz(self) -> tuple[_Floats, _Floats]: ...
    def current(self) -> tuple[_Floats, _Floats]: ...
    def solves(self) -> npt.NDArray[np.int64]: ...
    def solver(self) -> tuple[str, str]: ...

def thermal(
    onsite: _Floats,
    shape: Sequence[int],
    fermi_energies: Sequence[float],
    temperatures: Sequence[float],
    voltages: Sequence[float],
    tolerances: tuple[float, float],
    max_solves: int,
    solver: str,
    threads: int | None,
) -> Thermal: ...
def check_onsite(onsite: _Floats, shape: Sequence[int]) -> None: ...
def checksum(onsite: _Floats) -> int: ...
def average(
    path: _Path,
    ensemble: Ensemble | None,
    given: _Path | None,
    axis: str,
    values: Sequence[float],
    energy: float,
    bias: float | None,
    samples: int | None,
    precision: str | None,
    solver: str,
    threads: int | None,
    progress: Callable[[int, int], object] | None,
) -> Averages: ...
def fit_localisation(
    means: Sequence[tuple[float, float, float]], shortest: float | None
) -> tuple[float, float, float, float, float, int, float, float, float]: ...
def generate(
    path: _Path,
    ensemble: Ensemble | None,
    given: _Path | None,
    samples: int | None,
    energies: Sequence[float] | None,
    bias: float | None,
    chunk_samples: int | None,
    precision: str | None,
    solver: str,
    shard: tuple[int, int],
    lock: bool,
    threads: int | None,
    progress: Callable[[int, int], object] | None,
) -> None: ...
def presets() -> list[tuple[str, str]]: ...
def training_config(kind: str, text: str) -> str: ...
def train(
    config: str,
    dataset: _Path | None,
    first: int | None,
    drawn: tuple[Ensemble, Sequence[float] | None, float | None, int, int] | None,
    output: _Path,
    device: str,
    checkpoint_seconds: float,
    lock: bool,
    threads: int | None,
    progress: Callable[[int, int, float, str], object] | None,
) -> list[str]: ...
def curves(path: _Path) -> str: ...
def export(
    run: _Path,
    test_set: _Path,
    output: _Path,
    name: str,
    weights: str,
    input_channels: int,
    calibration: int | None,
    max_loss: float | None,
    threads: int | None,
    progress: Callable[[int, int], object] | None,
) -> str: ...
def evaluate_model(
    model: Model,
    dataset: Dataset,
    baseline: Dataset | None,
    within: int | None,
    mirrors: bool | None,
    seed: int,
    threads: int | None,
) -> tuple[str, _Floats, _Floats]: ...
def evaluate_values(
    predictions: _Floats,
    targets: Sequence[str],
    dataset: Dataset,
    baseline: Dataset | None,
    seed: int,
    threads: int | None,
) -> tuple[str, _Floats, _Floats]: ...
def panic(message: str) -> None: ...
def main(program: _Path, words: Sequence[str]) -> int: ...
