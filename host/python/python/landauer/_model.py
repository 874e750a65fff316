"""Models: networks in integers, hybrids and trained runs, predicting."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Optional, Union, overload

import numpy as np

from . import _arguments, _landauer
from ._arguments import Path, counted, real, whole
from ._arrays import Floats, Onsite, strips
from ._dataset import Dataset


class Prediction:
    """Predictions with their intervals.

    Its arrays have the shape of the strips' leading axes, and an axis of the targets behind them if the model
    predicts more than one number. It unpacks: ``prediction, lower, upper = model.predict(onsite, intervals=0.9)``.

    Attributes
    ----------
    prediction : numpy.ndarray
        What is predicted, in G0; the exact value where ``is_exact``.
    lower, upper : numpy.ndarray
        The ends of the intervals, from 0 to the sites of a slice; both the exact value where ``is_exact``.
    is_exact : numpy.ndarray of bool
        Which strips were solved exactly, without an axis of the targets.
    level : float
        The share of exact values that lies within intervals like these.

    Examples
    --------
    >>> import landauer
    >>> model = landauer.load_model("best-3x3")
    >>> strips = landauer.Ensemble(model=1, length=3, width=3, seed=5)[0:100]
    >>> sure = model.predict(strips, intervals=0.9, exact_above=0.2)
    >>> bool(((sure.lower <= sure.prediction) & (sure.prediction <= sure.upper)).all())
    True
    """

    def __init__(self, prediction: Floats, lower: Floats, upper: Floats, is_exact: Any, level: float) -> None:
        self.prediction = prediction
        self.lower = lower
        self.upper = upper
        self.is_exact = is_exact
        self.level = level

    def __iter__(self) -> Iterator[Floats]:
        return iter((self.prediction, self.lower, self.upper))

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> Any:
        values = np.asarray(self.prediction)
        values = values if dtype is None else values.astype(dtype, copy=False)
        return values.copy() if copy else values

    def __repr__(self) -> str:
        exact = int(np.count_nonzero(self.is_exact))
        strips = counted(np.size(self.is_exact), "strip")
        return f"<landauer.Prediction of {strips} with {100 * self.level:g} % intervals, {exact} of them exact>"


class Model:
    """A model that predicts conductances: a network in integers, a hybrid, or a run (`Run`); from `load_model`.

    It is safe from several Python threads and after a ``fork``, and it can be pickled: as the path or the name
    that it came from.

    Examples
    --------
    >>> import landauer
    >>> model = landauer.load_model("best-g")
    >>> model.size, model.targets, model.disorder
    ((40, 40), ('g',), {'model': 2, 'concentration': 'uniform'})
    >>> model.card["test"]["samples"]
    20000
    """

    def __init__(self, path: Path, _native: Optional[_landauer.Model] = None) -> None:
        self.path = _arguments.path(path, "path", "best-g")
        """The path or name that it was loaded by."""
        self._native = _landauer.Model(self.path, os.environ.get("LANDAUER_MODELS")) if _native is None else _native

    def __reduce__(self) -> tuple[Any, ...]:
        return load_model, (os.path.abspath(self.path) if os.path.exists(self.path) else self.path,)

    @cached_property
    def name(self) -> str:
        """Its name."""
        return self._native.name()

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """What it predicts, in the order of the last axis: ``"g"``, ``"g_bar"`` or ``"t_ENERGY"``, in G0."""
        return tuple(self._native.targets())

    @cached_property
    def size(self) -> tuple[int, int]:
        """Length and width of its strips in sites."""
        length, width = self._native.sides()
        return length, width

    @cached_property
    def disorder(self) -> dict[str, Any]:
        """The disorder that it was made for, as `Ensemble` takes it: ``Ensemble(**model.disorder, seed=5)``."""
        number, species, strength, concentration = self._native.disorder()
        if self._native.is_of_given():
            return {}
        found: dict[str, Any] = {"species": tuple(species)} if number is None else {"model": number}
        if strength is not None:
            found["strength"] = strength
        if species:
            found["concentration"] = "uniform" if concentration is None else concentration
        return found

    @property
    def needs_budget(self) -> bool:
        """Whether it is a hybrid, whose predictions need ``within=``."""
        return self._native.needs_budget()

    @cached_property
    def multiply_adds(self) -> Optional[int]:
        """Multiply-adds of a prediction, all mirror images together; None of a hybrid."""
        return self._native.multiply_adds()

    @cached_property
    def card(self) -> dict[str, Any]:
        """What its card says, JSON as a dict: errors on its test set, training, intervals; empty without one.

        Of a model file: ``name``, ``length``, ``width``, ``disorder``; ``weight_bits``, ``multiply_adds``, ``passes``
        (mirror images that are averaged), ``flash_bytes``, ``ram_bytes``; ``test`` (``path``, ``seed`` and ``samples``
        of the test set); ``targets``, each with ``target``, ``float_mae``, ``integer_mae``, ``baseline_mae`` and
        ``skill`` there; ``layers``; ``run`` (all that the card of a `Run` has); ``baseline`` and ``intervals``, by
        impurity count. The guide's page about file formats has all keys, those of hybrids, and the names that
        configurations of an earlier version had, as in the models that come with Landauer.

        A `DamagedError` if it is not the card of this file, or damaged.
        """
        text = self._native.card()
        found: dict[str, Any] = {} if text is None else json.loads(text)
        return found

    @overload
    def predict(
        self,
        onsite: Union[Onsite, Dataset],
        *,
        intervals: None = None,
        exact_above: None = None,
        within: Optional[float] = None,
        mirrors: Optional[bool] = None,
        threads: Optional[int] = None,
    ) -> Floats: ...

    @overload
    def predict(
        self,
        onsite: Union[Onsite, Dataset],
        *,
        intervals: float,
        exact_above: Optional[float] = None,
        within: Optional[float] = None,
        mirrors: Optional[bool] = None,
        threads: Optional[int] = None,
    ) -> Prediction: ...

    @overload
    def predict(
        self,
        onsite: Union[Onsite, Dataset],
        *,
        intervals: None = None,
        exact_above: float,
        within: Optional[float] = None,
        mirrors: Optional[bool] = None,
        threads: Optional[int] = None,
    ) -> Prediction: ...

    def predict(
        self,
        onsite: Union[Onsite, Dataset],
        *,
        intervals: Optional[float] = None,
        exact_above: Optional[float] = None,
        within: Optional[float] = None,
        mirrors: Optional[bool] = None,
        threads: Optional[int] = None,
    ) -> Union[Floats, Prediction]:
        """Predict the conductances of strips.

        Parameters
        ----------
        onsite : array_like, ``[..., x, y]``, or Dataset
            On-site energies in t, of the model's size and disorder.
        intervals : {0.5, 0.8, 0.9, 0.95}, optional
            Give the ends of intervals too, in which this share of exact values lies. They come from samples that
            the network was not trained on, by the number of impurities.
        exact_above : float, optional
            Solve those strips exactly that have an interval wider than this, in G0.
        within : float, optional
            The most multiply-adds that a hybrid may spend on a strip; needed for hybrids, and for them only.
        mirrors : bool, optional
            Average over the mirror images of each strip, or do not; by default as the model was made.
        threads : int, optional
            At most so many; by default one for each core. Results have the same bits.

        Returns
        -------
        numpy.ndarray or Prediction
            Conductances in G0 = 2e²/h, f64 in C order: ``[...]`` of a model with one target (see `targets`),
            ``[..., target]`` of one with several; a number (``numpy.float64``) of a single strip and target.
            With ``intervals`` or ``exact_above`` a `Prediction`, which has such arrays. The bits are those of
            ``landauer predict``, and of a model file those of the microcontroller.

        Raises
        ------
        InputError
            Strips of another size, or with an on-site energy that does not occur in the model's disorder.
        UsageError
            A hybrid without a budget, or with intervals; a share that intervals are not known for; a model
            without a card asked for intervals.
        DamagedError
            A damaged card, where intervals are asked for.

        Examples
        --------
        >>> import numpy as np
        >>> import landauer
        >>> model = landauer.load_model("best-3x3")
        >>> strips = landauer.Ensemble(model=1, length=3, width=3, seed=5)[0:100]
        >>> g = model.predict(strips)
        >>> g.shape, bool(abs(g - landauer.transmission(strips)).mean() < 0.1)
        ((100,), True)
        >>> sure = model.predict(strips, intervals=0.9)
        >>> sure.upper.shape
        (100,)
        """
        share = None if intervals is None else real(intervals, "intervals")
        width = None if exact_above is None else real(exact_above, "exact_above")
        pool = _arguments.threads(threads)
        values, lead = strips(onsite.onsite if isinstance(onsite, Dataset) else onsite)
        shape = lead if len(self.targets) == 1 else (*lead, len(self.targets))
        flat, ends = self._native.predict(
            values,
            list(lead),
            budget(within),
            mirrors,
            share,
            width,
            pool,
        )
        predictions: Floats = flat.reshape(shape)[()]
        if ends is None:
            return predictions
        lower, upper, exact = ends
        level = 0.9 if share is None else share
        return Prediction(
            predictions, lower.reshape(shape)[()], upper.reshape(shape)[()], exact.reshape(lead)[()], level
        )

    def __repr__(self) -> str:
        length, width = self.size
        return f"<landauer.Model {self.name}: {', '.join(self.targets)} of {length} x {width} sites>"


def load_model(path: Path) -> Model:
    """Load a model.

    Parameters
    ----------
    path : path
        The name of a model that comes with Landauer, such as ``"best-g"``, or that is in the folder of the
        variable ``LANDAUER_MODELS``; a ``.postcard`` file, with its card beside it; or the folder of a run.

    Returns
    -------
    Model
        A `Run` of a run's folder.

    Raises
    ------
    SystemError
        No model has this name; a file that cannot be read.
    InputError
        A file that is no model, a folder that is no run.
    RefusedError, DamagedError
        A run whose training is not finished; a damaged run.

    Examples
    --------
    >>> import numpy as np
    >>> import landauer
    >>> model = landauer.load_model("best-g")
    >>> bool(abs(model.predict(np.zeros((40, 40))) - 40) < 1)
    True
    """
    native = _landauer.Model(_arguments.path(path, "path", "best-g"), os.environ.get("LANDAUER_MODELS"))
    if native.is_run():
        from ._train import Run

        return Run(path, native)
    return Model(path, native)


def budget(within: Optional[float]) -> Optional[int]:
    """A number of multiply-adds, which may be written as 1e6."""
    if within is None:
        return None
    return whole(within, "within", hint=": multiply-adds, such as 1e6")
