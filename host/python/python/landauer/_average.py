"""Disorder averages."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _arguments, _landauer
from ._arguments import counted, real, whole
from ._arrays import Energies, Floats, Onsite, energy_list, strips
from ._ensemble import Ensemble
from ._errors import InputError, UsageError
from ._kept import Kept
from ._progress import Progress, Report
from ._solve import Fallbacks

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Histogram:
    """P(G): how often which conductance occurs, in bins that touch.

    Examples
    --------
    >>> import landauer
    >>> ensemble = landauer.Ensemble(length=4, width=2, concentration=0.0)
    >>> histogram = landauer.average(ensemble, samples=64).histogram
    >>> histogram.counts.tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64]
    >>> histogram.edges[-1].item()
    2.2
    """

    counts: npt.NDArray[np.int64]
    """The number of samples in each bin, ``[bin]``."""
    edges: Floats
    """The edges of the bins in 2e²/h, ``[bin + 1]``; the upper one is not in its bin."""

    @property
    def probability(self) -> Floats:
        """The share of samples in each bin, ``[bin]``."""
        return self.counts / max(int(self.counts.sum()), 1)

    @property
    def centers(self) -> Floats:
        """The middle of each bin in 2e²/h, ``[bin]``."""
        return (self.edges[1:] + self.edges[:-1]) / 2


@dataclass(frozen=True)
class Localisation:
    """The localisation length by the line ⟨ln G⟩ = intercept - 2 L/length, fitted by least squares."""

    length: float
    """The localisation length in sites."""
    standard_error: float
    """Its standard error."""
    intercept: float
    """Where the line meets L = 0."""
    slope: float
    """-2/length."""
    chi_squared: float
    """The sum of ((⟨ln G⟩ - line)/error)²."""
    degrees_of_freedom: int
    """The lengths in the fit, less two."""
    chance: float
    """How likely so large a χ² is if the line is right: below 1e-4 the line is wrong."""
    shortest: float
    """The shortest length of the fit."""
    longest: float
    """The longest length of the fit."""


class Average:
    """The averages of a sweep, made by `average`.

    Each is an array ``[point]``, or one number where nothing was swept. Conductances are in 2e²/h. What is not
    defined, or too small for a number, is NaN.

    Examples
    --------
    >>> import landauer
    >>> ensemble = landauer.Ensemble(model=1, length=6, width=4, strength=2.0)
    >>> average = landauer.average(ensemble, samples=64, strength=[1.0, 2.0])
    >>> average
    <landauer.Average of 64 samples at 2 values of strength>
    >>> bool((average.standard_error < 0.2).all())
    True
    """

    def __init__(self, native: _landauer.Averages, axis: str, values: Floats, swept: bool) -> None:
        self._native: Any = native
        self._swept = swept
        self.axis: str = axis
        """What was swept: "concentration", "strength", "length" or "energy"."""
        self.values: Floats = values
        """Its values, ``[point]``."""

    def __getstate__(self) -> dict[str, Any]:
        names = ("columns", "counts", "histograms", "fallbacks", "solver", "mean_logs")
        return {**self.__dict__, "_native": Kept(self._native, names)}

    @cached_property
    def _columns(self) -> dict[str, list[float]]:
        return dict(self._native.columns())

    def _column(self, name: str) -> Any:
        column = np.asarray(self._columns[name], dtype=np.float64)
        return column if self._swept else column[0]

    @cached_property
    def mean(self) -> Any:
        """The mean conductance."""
        return self._column("mean")

    @cached_property
    def standard_error(self) -> Any:
        """The standard error of the mean conductance."""
        return self._column("standard_error")

    @cached_property
    def variance(self) -> Any:
        """The variance of the conductance, with the divisor N - 1."""
        return self._column("variance")

    @cached_property
    def deviation(self) -> Any:
        """The standard deviation of these very samples, with the divisor N: what Li, Lu, Zhai call the variance."""
        return self._column("deviation")

    @cached_property
    def mean_log(self) -> Any:
        """⟨ln G⟩, however small G is."""
        return self._column("mean_log")

    @cached_property
    def mean_log_standard_error(self) -> Any:
        """The standard error of ⟨ln G⟩."""
        return self._column("mean_log_standard_error")

    @cached_property
    def variance_log(self) -> Any:
        """The variance of ln G, with the divisor N - 1."""
        return self._column("variance_log")

    @cached_property
    def typical(self) -> Any:
        """The typical conductance exp⟨ln G⟩."""
        return self._column("typical")

    @cached_property
    def min(self) -> Any:
        """The smallest conductance."""
        return self._column("min")

    @cached_property
    def max(self) -> Any:
        """The largest conductance."""
        return self._column("max")

    @property
    def samples(self) -> int:
        """The number of samples at each point."""
        samples: int = self._native.counts()[0][0]
        return samples

    @cached_property
    def zeros(self) -> Any:
        """How many samples have no ln G, since no mode propagates."""
        zeros = np.asarray([zeros for _, zeros in self._native.counts()], dtype=np.int64)
        return zeros if self._swept else zeros[0]

    @cached_property
    def histograms(self) -> list[Histogram]:
        """P(G) at each point."""
        counts = [np.asarray(counts, dtype=np.int64) for counts in self._native.histograms()]
        return [Histogram(one, np.asarray(_landauer.Averages.edges(len(one)))) for one in counts]

    @property
    def histogram(self) -> Histogram:
        """P(G), where nothing was swept.

        Raises
        ------
        InputError
            Of a sweep: `histograms` has one for each point.
        """
        if self._swept:
            raise InputError(f"there is a histogram for each {self.axis}: histograms[0] is the first")
        return self.histograms[0]

    def fit_localisation(self, shortest: Optional[float] = None) -> Localisation:
        """The localisation length of a sweep over lengths.

        Parameters
        ----------
        shortest : float, optional
            The shortest length of the fit; without it those with ⟨ln G⟩ at most -2, the localised regime.

        Returns
        -------
        Localisation

        Raises
        ------
        InputError
            Another sweep; fewer than three lengths that can be fitted; a ⟨ln G⟩ that does not fall.

        Examples
        --------
        >>> import landauer
        >>> wire = landauer.Ensemble(model=1, width=1, strength=4.0)
        >>> average = landauer.average(wire, samples=256, length=[20, 40, 60, 80])
        >>> 4 < average.fit_localisation().length < 10
        True
        """
        if self.axis != "length":
            raise InputError("a localisation length needs a sweep over lengths: average(..., length=[40, 80, 120])")
        least = None if shortest is None else real(shortest, "shortest")
        return Localisation(*_landauer.fit_localisation(self._native.mean_logs(), least))

    @property
    def localisation(self) -> Localisation:
        """The localisation length of a sweep over lengths: `fit_localisation` with what it takes by itself."""
        return self.fit_localisation()

    @property
    def localisation_length(self) -> float:
        """The localisation length in sites, of a sweep over lengths."""
        return self.localisation.length

    @property
    def fallbacks(self) -> Fallbacks:
        """How many transmissions a fallback solver has recomputed, at all points."""
        return Fallbacks(*self._native.fallbacks())

    @property
    def solver(self) -> str:
        """The method and its version."""
        solver: str = self._native.solver()[0]
        return solver

    def to_xarray(self) -> xarray.Dataset:
        """The columns as an `xarray.Dataset` over what was swept (xarray is needed).

        Raises
        ------
        UsageError
            xarray is not installed.
        """
        with _arguments.needs("Average.to_xarray", "the package xarray"):
            import xarray

        names = ("mean", "standard_error", "variance", "mean_log", "mean_log_standard_error", "typical", "zeros")
        columns = {name: (self.axis, np.atleast_1d(getattr(self, name))) for name in names}
        return xarray.Dataset(columns, coords={self.axis: self.values}, attrs={"samples": self.samples, "solver": self.solver})

    def __repr__(self) -> str:
        samples = counted(self.samples, "sample")
        if not self._swept:
            return f"<landauer.Average of {samples}: G = {self.mean:.6g} +- {self.standard_error:.2g}>"
        return f"<landauer.Average of {samples} at {counted(len(self.values), 'value')} of {self.axis}>"


def average(
    ensemble: Union[Ensemble, Onsite],
    energies: Energies = 0.0,
    samples: Optional[int] = None,
    *,
    bias: Optional[float] = None,
    concentration: Optional[npt.ArrayLike] = None,
    strength: Optional[npt.ArrayLike] = None,
    length: Optional[npt.ArrayLike] = None,
    precision: Optional[str] = None,
    solver: str = "auto",
    threads: Optional[int] = None,
    output: Optional[_arguments.Path] = None,
    progress: Union[bool, Report, None] = None,
) -> Average:
    """Average the conductance over disorder: mean, standard error, variance, ⟨ln G⟩ and P(G).

    One quantity may be swept: ``energies``, ``concentration``, ``strength`` or ``length``, given as a list in
    ascending order. All points have the same samples, so that differences between them are sharper than their
    errors; only lengths have samples of their own.

    Parameters
    ----------
    ensemble : Ensemble, or array_like ``[sample, x, y]``
        What is averaged over; on-site energies of your own in t.
    energies : float or array_like, ``[energy]``
        The energy E of G = T(E), in t.
    samples : int, optional
        Samples at each point; 1000, or all of those given.
    bias : float, optional
        A bias eV in t: the finite-bias conductance is averaged instead.
    concentration, strength, length : array_like, optional
        Values to sweep, instead of the ensemble's own.
    precision, solver, threads
        As in `solve`; the results do not depend on the threads.
    output : path, optional
        A folder for the sums: the same call resumes there, and a larger ``samples`` extends it. Without one the
        sums are in a temporary folder, which is kept, and named, if Ctrl-C stops the work.
    progress : bool or callable, optional
        Show a bar (of tqdm, if there is one; by default on a terminal), or call this with (done, total).

    Returns
    -------
    Average

    Raises
    ------
    UsageError
        Several quantities swept, one that the model does not have, or values that do not ascend.
    RefusedError, DamagedError
        The folder has other averages, or another writer; its files are not what was written.

    Examples
    --------
    Without impurities all three modes pass, always:

    >>> import landauer
    >>> ensemble = landauer.Ensemble(length=4, width=3, seed=1)
    >>> average = landauer.average(ensemble, samples=100, concentration=[0.0, 0.5])
    >>> average.mean[0].round(9).item(), average.standard_error[0].round(9).item()
    (3.0, 0.0)
    """
    drawn = isinstance(ensemble, Ensemble)
    swept_of_ensemble = {"concentration": concentration, "strength": strength, "length": length}
    if not drawn:
        for name, values in swept_of_ensemble.items():
            if values is not None:
                raise UsageError(
                    f"given on-site energies are averaged at energies only: {name} is that of an Ensemble"
                )
    bias = _arguments.bias(bias, "None for G = T(E) at the energies")
    wanted, shape = energy_list(energies)
    sweeps = {
        name: energy_list(values, name)
        for name, values in swept_of_ensemble.items()
        if values is not None
    }
    if shape:
        sweeps["energy"] = (wanted, shape)
    if len(sweeps) > 1:
        raise UsageError(f"{' and '.join(sweeps)} are swept: one at a time")
    axis, (values, swept) = next(iter(sweeps.items()), ("energy", (wanted, ())))
    if samples is not None:
        samples = whole(samples, "samples", 1)
    elif drawn:
        samples = 1000
    pool = _arguments.threads(threads)
    energy = 0.0 if axis == "energy" else float(wanted[0])
    if axis == "energy" and bias is not None:
        if shape or float(wanted[0]) != 0.0:
            raise UsageError("give energies or a bias, not both")
        axis, values = _still(ensemble, drawn)
    with contextlib.ExitStack() as stack:
        if output is None:
            folder = stack.enter_context(_kept_if_stopped())
        else:
            folder = _arguments.path(output, "output", "averages")
        file = None if drawn else stack.enter_context(given(ensemble, samples))
        report = stack.enter_context(Progress(progress, "averaging"))
        native = _landauer.average(
            folder,
            ensemble._native if isinstance(ensemble, Ensemble) else None,
            file,
            axis,
            values.tolist(),
            energy,
            bias,
            samples,
            precision,
            solver,
            pool,
            report,
        )
    return Average(native, axis, values, bool(swept))


def _still(ensemble: Any, drawn: bool) -> tuple[str, Floats]:
    """An axis of the ensemble with its own value, where neither that nor an energy is swept."""
    if not drawn:
        raise UsageError("given on-site energies are averaged at energies, without a bias")
    if ensemble.strength is not None:
        return "strength", np.array([ensemble.strength])
    if ensemble.concentration == "uniform":
        raise UsageError("the concentration differs from sample to sample: give one, or sweep it")
    return "concentration", np.array([ensemble.concentration])


@contextlib.contextmanager
def _temporary() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="landauer-")
    try:
        yield folder
    finally:
        # Work that was left to itself after Ctrl-C may still be in it.
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _kept_if_stopped() -> Iterator[str]:
    """A temporary folder for the sums of averages, which Ctrl-C does not remove."""
    parent = tempfile.mkdtemp(prefix="landauer-")
    folder = os.path.join(parent, "averages")
    kept = False
    try:
        yield folder
    except KeyboardInterrupt:
        kept = os.path.exists(folder)
        if not kept:
            raise
        raise KeyboardInterrupt(f"what is averaged so far is kept: the same call with output={folder!r} resumes") from None
    finally:
        if not kept:
            shutil.rmtree(parent, ignore_errors=True)


@contextlib.contextmanager
def given(onsite: Any, samples: Optional[int]) -> Iterator[str]:
    """On-site energies as the file that long work reads, of which so many are wanted.

    They are checked here: a message about that file would name one that the caller has never seen.
    """
    values, lead = strips(onsite)
    if len(values) == 0:
        raise InputError("onsite has no strip: at least one is needed")
    if samples is not None and samples > len(values):
        raise UsageError(
            f"samples is {samples}, and onsite has {counted(len(values), 'strip')}: give at most as many, or leave "
            "samples out for all of them"
        )
    _landauer.check_onsite(values, list(lead))
    with _temporary() as folder:
        file = os.path.join(folder, "onsite.npy")
        np.save(file, values)
        yield file
