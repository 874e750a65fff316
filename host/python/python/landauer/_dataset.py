"""Data sets: many samples of one ensemble with their exact conductances, in Zarr v3."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, Optional, TypeVar, Union

import numpy as np
import numpy.typing as npt

from . import _arguments, _landauer
from ._arguments import Path, counted, whole
from ._arrays import Energies, Floats, Onsite, energy_list
from ._average import given
from ._ensemble import Ensemble
from ._errors import UsageError
from ._lazy import LazyArray
from ._progress import Progress, Report

if TYPE_CHECKING:
    import torch
    import xarray

    from ._torch import TorchDataset

_LARGE = 1 << 20
"""On-site energies of which more are read into memory of NumPy's."""
_Kind = TypeVar("_Kind", bound=np.generic)


class Dataset:
    """A data set on disk, made by `generate` (or ``landauer generate``) and opened by `open`.

    Energies are in units of the hopping t, conductances in 2e²/h. ``onsite``, ``species`` and ``transmission``
    are read when they are indexed; each chunk's checksum is verified when it is first read.

    Examples
    --------
    >>> import landauer
    >>> ensemble = landauer.Ensemble(length=4, width=3, concentration=0.5, seed=1)
    >>> data = landauer.generate(ensemble, "small.zarr", samples=20)
    >>> data
    <landauer.Dataset small.zarr: 20 samples of 4 x 3 sites at 11 energies>
    >>> data.onsite[3:5].shape, data.transmission.shape, data.g.shape, data.g_bar.shape
    ((2, 4, 3), (20, 11), (20,), (20,))
    """

    def __init__(self, path: Path) -> None:
        self.path: str = _arguments.path(path, "path", "data.zarr")
        """Its folder."""
        self._native = _landauer.Dataset(self.path)

    def __reduce__(self) -> tuple[Any, ...]:
        return Dataset, (os.path.abspath(self.path),)

    def __len__(self) -> int:
        return self.samples

    @cached_property
    def samples(self) -> int:
        """The number of samples once it is complete."""
        return self._native.samples()

    @cached_property
    def size(self) -> tuple[int, int]:
        """Length and width of the strips in sites."""
        length, width = self._native.sides()
        return length, width

    @cached_property
    def energies(self) -> Floats:
        """The energies of ``transmission``, ``[energy]``, in t."""
        return _frozen(self._native.energies())

    @cached_property
    def bias(self) -> Optional[float]:
        """The bias eV in t of ``g_bar``; None without one."""
        return self._native.bias()

    @cached_property
    def solver(self) -> str:
        """The solver that has made it."""
        return self._native.solver()

    @cached_property
    def ensemble(self) -> Optional[Ensemble]:
        """The ensemble of its samples; None of on-site energies that were given."""
        found = self._native.ensemble()
        return None if found is None else Ensemble._of(found[0], found[1], self.size)

    @property
    def is_complete(self) -> bool:
        """Whether all of its files are there (their content is checked when it is read)."""
        return self._native.first_missing() is None

    def _lazy(self, name: str, last: tuple[int, ...], dtype: npt.DTypeLike) -> LazyArray:
        def gather(samples: npt.NDArray[np.uint64]) -> npt.NDArray[Any]:
            if name == "onsite" and len(samples) * self.size[0] * self.size[1] > _LARGE:
                onsite = np.empty(len(samples) * self.size[0] * self.size[1])
                self._native.fill_onsite(samples, onsite)
                return onsite
            values = self._native.gather(name, samples, None)
            if values is None:
                raise self._missing(name)
            return values

        return LazyArray(gather, (self.samples, *last), dtype, name, self)

    def _missing(self, name: str) -> UsageError:
        reasons = {
            "g": "E = 0 is not among its energies",
            "g_bar": "it has no bias",
            "species": "its disorder has no impurities",
            "concentration": "its disorder has no impurities",
        }
        return UsageError(f"{self.path} has no {name}: {reasons[name]}")

    def _column(self, name: str) -> npt.NDArray[Any]:
        values = self._native.column(name)
        if values is None:
            raise self._missing(name)
        return _frozen(values)

    @cached_property
    def onsite(self) -> LazyArray:
        """On-site energies in t, ``[sample, x, y]``, whatever the disorder: exactly what was solved."""
        return self._lazy("onsite", self.size, np.float64)

    @cached_property
    def species(self) -> LazyArray:
        """Species of the impurities, ``[sample, x, y]``, 0 for none; a `UsageError` without impurities."""
        if "species" not in self._native.optional():
            raise self._missing("species")
        return self._lazy("species", self.size, np.uint8)

    @cached_property
    def transmission(self) -> LazyArray:
        """T(E), ``[sample, energy]``."""
        return self._lazy("transmission", (len(self.energies),), np.float64)

    @cached_property
    def g(self) -> Floats:
        """The conductance at E = 0, ``[sample]``; a `UsageError` if that is not among the energies."""
        return self._column("g")

    @cached_property
    def g_bar(self) -> Floats:
        """The finite-bias conductance, ``[sample]``; a `UsageError` without a bias."""
        return self._column("g_bar")

    @cached_property
    def concentration(self) -> Floats:
        """The impurity concentration, ``[sample]``; a `UsageError` without impurities."""
        return self._column("concentration")

    @cached_property
    def fallbacks(self) -> npt.NDArray[np.uint32]:
        """How many of each sample's transmissions were recomputed by a fallback solver, ``[sample]``."""
        return self._column("fallbacks")

    def _target(self, target: Optional[str]) -> tuple[str, Any]:
        if target is None:
            target = "g_bar" if "g_bar" in self._native.optional() else "g"
        if target not in ("g", "g_bar", "transmission", "concentration"):
            raise UsageError(f'unknown target {target!r}: give "g_bar", "g", "transmission" or "concentration"')
        return target, getattr(self, target)

    def batches(
        self,
        size: int = 128,
        *,
        target: Optional[str] = None,
        shuffle: Union[bool, int] = False,
        seed: int = 0,
        drop_last: bool = False,
        dtype: npt.DTypeLike = np.float64,
    ) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        """On-site energies and what is to be predicted, some samples at a time: once through the data set.

        Parameters
        ----------
        size : int
            Samples in a batch.
        target : {"g_bar", "g", "transmission", "concentration"}, optional
            What is to be predicted; ``g_bar`` where there is one, else ``g``.
        shuffle : bool or int
            In random order: by ``seed``, or by this seed. Another one for each epoch is ``shuffle=epoch``.
        drop_last : bool
            Without the last batch if it is smaller.
        dtype : numpy.dtype
            The type of both arrays, such as ``numpy.float32``.

        Yields
        ------
        onsite : numpy.ndarray, ``[sample, x, y]``
        target : numpy.ndarray, ``[sample]`` or ``[sample, energy]``

        Raises
        ------
        UsageError
            A size below 1; a target that the data set does not have.
        DamagedError
            A file that is missing or damaged.

        Examples
        --------
        >>> import landauer
        >>> ensemble = landauer.Ensemble(length=4, width=3, concentration=0.5, seed=1)
        >>> data = landauer.generate(ensemble, "small.zarr", samples=20)
        >>> [len(g_bar) for onsite, g_bar in data.batches(8, shuffle=True)]
        [8, 8, 4]
        """
        size = whole(size, "size", 1)
        name, targets = self._target(target)
        order = np.arange(self.samples)
        if not isinstance(shuffle, (bool, np.bool_)) or shuffle:
            named = isinstance(shuffle, (bool, np.bool_))
            chosen = whole(seed, "seed") if named else whole(shuffle, "shuffle", hint=", or True or False")
            order = np.random.default_rng(chosen).permutation(self.samples)
        return self._batches(order, targets, size, drop_last, np.dtype(dtype))

    def _batches(
        self, order: npt.NDArray[Any], targets: Any, size: int, drop_last: bool, dtype: np.dtype[Any]
    ) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
        for begin in range(0, len(order), size):
            samples = order[begin : begin + size]
            if drop_last and len(samples) < size:
                return
            yield self.onsite[samples].astype(dtype, copy=False), targets[samples].astype(dtype, copy=False)

    def torch(
        self, target: Optional[str] = None, *, dtype: Optional[torch.dtype] = None, channel: bool = False
    ) -> TorchDataset:
        """The data set as a ``torch.utils.data.Dataset`` (PyTorch is needed), for a ``DataLoader``.

        It reads a sample, or those of a batch, when they are asked for; workers may be forked or spawned.

        Parameters
        ----------
        target : {"g_bar", "g", "transmission", "concentration"}, optional
            What is to be predicted; ``g_bar`` where there is one, else ``g``.
        dtype : torch.dtype, optional
            The type of both tensors; PyTorch's default, ``torch.float32``.
        channel : bool
            On-site energies with an axis of one channel, ``[1, x, y]``, as convolutions take them.

        Returns
        -------
        torch.utils.data.Dataset
            Of pairs of tensors: on-site energies in t, ``[x, y]``, and the target in G0, ``[]`` or ``[energy]``.

        Raises
        ------
        UsageError
            A target that the data set does not have; PyTorch is not installed.

        Examples
        --------
        >>> import landauer, torch                                                              # doctest: +SKIP
        >>> loader = torch.utils.data.DataLoader(data.torch("g"), batch_size=64, shuffle=True)  # doctest: +SKIP
        """
        with _arguments.needs("Dataset.torch", "PyTorch"):
            from ._torch import TorchDataset
        return TorchDataset(self, target, dtype, channel)

    def to_xarray(self) -> xarray.Dataset:
        """The data set as an `xarray.Dataset` (xarray is needed); large arrays are read when they are used.

        Returns
        -------
        xarray.Dataset
            With the dimensions ``sample``, ``x``, ``y`` and ``energy``.

        Raises
        ------
        UsageError
            xarray is not installed.
        """
        with _arguments.needs("Dataset.to_xarray", "the package xarray"):
            from ._xarray import to_xarray
        return to_xarray(self)

    def __repr__(self) -> str:
        length, width = self.size
        samples = counted(self.samples, "sample")
        energies = counted(len(self.energies), "energy", "energies")
        return f"<landauer.Dataset {self.path}: {samples} of {length} x {width} sites at {energies}>"


def _frozen(values: npt.NDArray[_Kind]) -> npt.NDArray[_Kind]:
    """An array that is given to several callers."""
    values.flags.writeable = False
    return values


def open(path: Path) -> Dataset:
    """Open a data set.

    Parameters
    ----------
    path : path
        Its folder.

    Returns
    -------
    Dataset

    Raises
    ------
    SystemError
        Nothing is at the path, or it cannot be read.
    InputError
        Something else is at the path.
    DamagedError
        Its metadata are damaged or incomplete.

    Examples
    --------
    >>> import landauer
    >>> ensemble = landauer.Ensemble(length=4, width=3, concentration=0.5, seed=1)
    >>> _ = landauer.generate(ensemble, "small.zarr", samples=20)
    >>> landauer.open("small.zarr").is_complete
    True
    """
    return Dataset(path)


def generate(
    ensemble: Union[Ensemble, Onsite],
    path: Path,
    samples: Optional[int] = None,
    *,
    energies: Optional[Energies] = None,
    bias: Optional[float] = None,
    chunk_samples: Optional[int] = None,
    precision: Optional[str] = None,
    solver: str = "auto",
    threads: Optional[int] = None,
    shard: tuple[int, int] = (0, 1),
    lock: bool = True,
    progress: Union[bool, Report, None] = None,
) -> Dataset:
    """Make a data set: many samples of disorder with their exact conductances, in Zarr v3.

    The same arguments give the same bytes, whatever the machine or the threads. The same call resumes what
    Ctrl-C or a crash stopped, and a larger ``samples`` extends the data set.

    Parameters
    ----------
    ensemble : Ensemble, or array_like ``[sample, x, y]``
        What is solved; on-site energies of your own in t.
    path : path
        The data set's folder, made with its parents if missing.
    samples : int, optional
        Needed for an ensemble; all of those given.
    energies : float or array_like, ``[energy]``, optional
        Energies in t; by default 0 and the ten of the bias.
    bias : float, optional
        The bias eV in t of ``g_bar``; 0.36 unless there are energies.
    chunk_samples : int, optional
        Samples in a chunk, the unit of work; by default about 4 MB, at most 4096.
    precision, solver, threads
        As in `solve`; what is there already is resumed with its own solver.
    shard : (int, int)
        Which share of the chunks this process makes, of how many: ``(3, 16)`` is the fourth of sixteen.
    lock : bool
        Keep other processes from the same chunks; switch it off on file systems without locks.
    progress : bool or callable, optional
        Show a bar (of tqdm, if there is one; by default on a terminal), or call this with (done, total).

    Returns
    -------
    Dataset

    Raises
    ------
    RefusedError
        The path holds something else or more samples, or another process is writing there.
    UsageError, InputError, SystemError, DamagedError
        Arguments that are impossible; on-site energies that are not finite; a full disk; a damaged file.

    Examples
    --------
    >>> import landauer
    >>> ensemble = landauer.Ensemble(model=2, length=4, width=3, concentration=0.5, seed=1)
    >>> data = landauer.generate(ensemble, "small.zarr", samples=20)
    >>> bool((data.g_bar <= 3).all())
    True
    """
    drawn = isinstance(ensemble, Ensemble)
    if drawn and samples is None:
        raise UsageError("an ensemble has no end: give samples, as in samples=1000")
    folder = _arguments.path(path, "path", "data.zarr")
    samples = None if samples is None else whole(samples, "samples", 1)
    chunk = None if chunk_samples is None else whole(chunk_samples, "chunk_samples", 1)
    bias = _arguments.bias(bias, "energies for no bias, as in energies=0.0")
    try:
        part, parts = shard
    except (TypeError, ValueError):
        raise UsageError(f"shard is {shard!r}: give which one, of how many, as in shard=(0, 4)") from None
    share = (whole(part, "shard[0]"), whole(parts, "shard[1]", 1))
    pool = _arguments.threads(threads)
    wanted = None if energies is None else energy_list(energies)[0].tolist()
    with contextlib.ExitStack() as stack:
        file = None if drawn else stack.enter_context(given(ensemble, samples))
        report = stack.enter_context(Progress(progress, "generating"))
        _landauer.generate(
            folder,
            ensemble._native if isinstance(ensemble, Ensemble) else None,
            file,
            samples,
            wanted,
            bias,
            chunk,
            precision,
            solver,
            share,
            lock,
            pool,
            report,
        )
    return Dataset(folder)
