"""Judging predictions: networks of ours, and anything else that predicts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any, Optional, Union

import numpy as np

from . import _arguments, _landauer
from ._arguments import Path, counted, whole
from ._arrays import Floats, numbers
from ._dataset import Dataset
from ._errors import InputError, UsageError
from ._model import Model, budget, load_model

Interval = tuple[float, float]


class Band:
    """The samples whose share of impurities lies from ``start`` to ``stop``.

    Attributes
    ----------
    start, stop : float
        Its edges, as shares of a strip's sites.
    samples : int
        How many samples.
    mean, mae : float
        The mean of the exact values, and the mean absolute error, in G0.
    baseline_mae, skill : float or None
        As in `TargetEvaluation`.
    observed : dict of float, or None
        Which share of samples lies within the intervals of each nominal share.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self.start: float = values["from"]
        self.stop: float = values["to"]
        self.samples: int = values["samples"]
        self.mean: float = values["mean"]
        self.mae: float = values["mae"]
        self.baseline_mae: Optional[float] = values["baseline_mae"]
        self.skill: Optional[float] = values["skill"]
        found = values["observed"]
        self.observed: Optional[dict[float, float]] = None if found is None else dict(zip(LEVELS, found))

    def __repr__(self) -> str:
        return f"<landauer.Band {self.start:g} to {self.stop:g}: MAE {self.mae:.4f} of {self.samples} samples>"


LEVELS = (0.5, 0.8, 0.9, 0.95)


class TargetEvaluation:
    """What predictions of one target are worth.

    Attributes
    ----------
    target : str
        ``"g"``, ``"g_bar"`` or ``"t_ENERGY"``.
    samples : int
        How many samples.
    exact, predicted : numpy.ndarray, ``[sample]``
        In G0.
    mae : float
        The mean absolute error, in G0.
    mae_interval : (float, float)
        What it is with 95 % confidence (bootstrap).
    rmse : float
        The root of the mean square error, in G0.
    r2 : float or None
        1 - MSE / variance of the exact values; None if they do not vary.
    mean_error : float
        The mean of predicted - exact, in G0.
    percentiles : dict of float
        Absolute errors that 50, 90, 95 and 99 percent do not exceed, and the largest (100), in G0.
    baseline_mae : float
        The error of counting: of the median at each number of impurities (of model 1: of the median).
    constant_mae : float
        The error of one median for all.
    skill : float or None
        1 - MAE / baseline's MAE: 0 is no better than counting impurities, 1 is always right; None where
        counting is always right.
    skill_interval : (float, float) or None
        What it is with 95 % confidence.
    bands : list of Band
        By the share of impurities; empty of model 1.
    logarithm : dict or None
        ``mae`` and ``baseline_mae`` of ln G, where G is ``from`` 1e-4 ``to`` 0.1, and how many ``samples``.
    reliability : list of dict
        How often intervals hold: ``nominal``, ``observed``, ``standard_error`` and ``mean_width``; empty of
        predictions without intervals.
    """

    def __init__(self, target: str, values: dict[str, Any], exact: Floats, predicted: Floats) -> None:
        self.target = target
        self.exact = exact
        self.predicted = predicted
        self.samples: int = values["samples"]
        self.mae: float = values["mae"]
        self.mae_interval: Interval = (values["mae_interval"][0], values["mae_interval"][1])
        self.rmse: float = float(np.sqrt(values["mse"]))
        self.r2: Optional[float] = values["r2"]
        self.mean_error: float = values["mean_error"]
        errors = values["percentiles"]
        self.percentiles: dict[int, float] = {
            **{percent: errors[f"p{percent}"] for percent in (50, 90, 95, 99)},
            100: errors["largest"],
        }
        self.baseline_mae: float = values["baseline_mae"]
        self.constant_mae: float = values["constant_mae"]
        self.skill: Optional[float] = values["skill"]
        interval = values["skill_interval"]
        self.skill_interval: Optional[Interval] = None if interval is None else (interval[0], interval[1])
        self.bands = [Band(band) for band in values["bands"]]
        self.logarithm: Optional[dict[str, Any]] = values["logarithm"]
        self.reliability: list[dict[str, float]] = values["reliability"]

    def __repr__(self) -> str:
        low, high = self.mae_interval
        skill = "" if self.skill is None else f", skill {self.skill:.3f}"
        return f"<landauer.TargetEvaluation {self.target}: MAE {self.mae:.4f} ({low:.4f} to {high:.4f}){skill}>"


class Evaluation(TargetEvaluation):
    """What predictions are worth: from `evaluate`. Its attributes are those of the first target.

    Attributes
    ----------
    targets : dict of TargetEvaluation
        All targets, by name.
    predictor : str
        What was judged.
    baseline : {"training set", "baseline", "test set"}
        Whose medians counting uses: those of the model's training set, of the data set ``baseline``, or of the
        test set itself. These last ones know more than any predictor may, so that skill is a little low.
    known_to_be_unseen : bool
        Whether it is known that the model was trained on other samples.
    seconds : float
        How long predicting took.

    Examples
    --------
    >>> import landauer
    >>> test = landauer.generate(landauer.Ensemble(model=1, length=3, width=3, seed=7), "test.zarr", samples=200)
    >>> found = landauer.evaluate(landauer.load_model("best-3x3"), test)
    >>> found.known_to_be_unseen, found.baseline, found.skill > 0.9
    (True, 'training set', True)
    >>> print(found)
    target ... counting ... skill ...
    g ...
    """

    def __init__(self, text: str, exact: Floats, predicted: Floats) -> None:
        values = json.loads(text)
        keys = values["keys"]
        columns = (exact.reshape((-1, len(keys))), predicted.reshape((-1, len(keys))))
        found = [
            TargetEvaluation(key, one, columns[0][:, place].copy(), columns[1][:, place].copy())
            for place, (key, one) in enumerate(zip(keys, values["targets"]))
        ]
        self.__dict__.update(found[0].__dict__)
        self.targets: dict[str, TargetEvaluation] = {one.target: one for one in found}
        self.predictor: str = values["predictor"]
        self.baseline: str = values["baseline"]
        self.known_to_be_unseen: bool = values["known_to_be_unseen"]
        self.seconds: float = values["seconds"]

    def __iter__(self) -> Iterator[TargetEvaluation]:
        return iter(self.targets.values())

    def __str__(self) -> str:
        rows = [["target", "MAE", "95 %", "RMSE", "counting", "skill", "R²"]]
        for one in self:
            low, high = one.mae_interval
            rows.append(
                [
                    one.target,
                    f"{one.mae:.4f}",
                    f"{low:.4f} - {high:.4f}",
                    f"{one.rmse:.4f}",
                    f"{one.baseline_mae:.4f}",
                    "-" if one.skill is None else f"{one.skill:.3f}",
                    "-" if one.r2 is None else f"{one.r2:.4f}",
                ]
            )
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = [
            "  ".join(
                cell.ljust(width) if column == 0 else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths))
            ).rstrip()
            for row in rows
        ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return super().__repr__().replace("TargetEvaluation", "Evaluation")


def evaluate(
    predictions: Any,
    data: Union[Dataset, Path],
    *,
    baseline: Union[Dataset, Path, None] = None,
    target: Union[str, Sequence[str], None] = None,
    within: Optional[float] = None,
    mirrors: Optional[bool] = None,
    seed: int = 1,
    threads: Optional[int] = None,
) -> Evaluation:
    """Judge predictions by the exact values of a data set, beside counting impurities.

    Parameters
    ----------
    predictions : array_like or Model
        Predictions of all samples of the data set in their order, in G0: ``[sample]``, ``[sample, 1]`` or
        ``[sample, target]``, a NumPy array, a tensor of PyTorch or JAX, a list. Or a model, or a `Run`, or the
        path or name of one: it predicts then.
    data : Dataset or path
        The test set. One with samples that a model was trained or chosen on is refused.
    baseline : Dataset or path, optional
        The data set whose medians by the number of impurities are the error to beat: the training set, say. By
        default those of the model's own training set; of predictions that come as an array, those of the test
        set itself, which is a little strict.
    target : str or list of str, optional
        What an array predicts, column by column: ``"g_bar"`` (the default where the data set has it), ``"g"``,
        ``"transmission"`` (T at all energies of the data set, the default of as many columns), ``"t_0.1"`` (at the
        energy of the data set that is nearest, within 1e-9 t).
    within : float, optional
        A hybrid's budget of multiply-adds.
    mirrors : bool, optional
        As in `Model.predict`.
    seed : int
        Seed of the bootstrap's draws.
    threads : int, optional
        At most so many; by default one for each core.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        Not as many predictions as samples, or one that is not finite.
    UsageError
        A data set of another size or disorder, or without the target.
    RefusedError
        A test set with samples of the training.

    Examples
    --------
    >>> import landauer
    >>> train = landauer.generate(landauer.Ensemble(length=5, width=5, seed=1), "learn.zarr", samples=400)
    >>> test = landauer.generate(landauer.Ensemble(length=5, width=5, seed=2), "unseen.zarr", samples=200)
    >>> guess = 5 * (1 - (test.onsite[:] != 0).mean(axis=(1, 2)))
    >>> found = landauer.evaluate(guess, test, baseline=train)
    >>> found.target, found.samples, found.mae > found.baseline_mae, found.skill < 0
    ('g_bar', 200, True, True)
    """
    dataset = data if isinstance(data, Dataset) else Dataset(data)
    other = None if baseline is None else baseline if isinstance(baseline, Dataset) else Dataset(baseline)
    native = None if other is None else other._native
    draws = whole(seed, "seed")
    pool = _arguments.threads(threads)
    if isinstance(predictions, (str, os.PathLike)):
        predictions = load_model(predictions)
    if isinstance(predictions, Model):
        if target is not None:
            raise UsageError("target says what an array predicts; a model knows it")
        return Evaluation(
            *_landauer.evaluate_model(
                predictions._native, dataset._native, native, budget(within), mirrors, draws, pool
            )
        )
    if within is not None or mirrors is not None:
        raise UsageError("within and mirrors are for models, and not for an array of predictions")
    values = _predictions(predictions)
    columns = values.shape[1]
    names = _targets(target, columns, dataset)
    if len(names) != columns:
        given = "target is given" if len(names) == 1 else "targets are given"
        raise InputError(
            f"predictions has {counted(columns, 'column')}, and {len(names)} {given}: {', '.join(names)}"
        )
    if len(values) != dataset.samples:
        raise InputError(
            f"predictions has {counted(len(values), 'row')}, and {dataset.path} has "
            f"{counted(dataset.samples, 'sample')}: one prediction "
            "of each is needed, in their order"
        )
    if not np.isfinite(values).all():
        sample, place = (int(index) for index in np.argwhere(~np.isfinite(values))[0])
        raise InputError(f"predictions[{sample}, {place}] is {values[sample, place]}: predictions are finite numbers")
    if not (np.abs(values) <= _LARGEST).all():
        sample, place = (int(index) for index in np.argwhere(np.abs(values) > _LARGEST)[0])
        raise InputError(
            f"predictions[{sample}, {place}] is {values[sample, place]:g}: a conductance in G0 is at most the width of the "
            "strip; are these in other units, or has the network diverged?"
        )
    return Evaluation(*_landauer.evaluate_values(values, names, dataset._native, native, draws, pool))


_LARGEST = 1e100
"""Predictions beyond have no mean square in f64."""


def _predictions(values: Any) -> Floats:
    """As ``[sample, target]``."""
    if hasattr(values, "detach"):  # A tensor of PyTorch, perhaps with a gradient or on a GPU.
        values = values.detach().cpu()
    array = numbers(values, "predictions")
    if array.ndim not in (1, 2):
        raise InputError(
            f"predictions has the shape {array.shape}, and [sample] or [sample, target] is needed: give "
            "numpy.reshape(predictions, (-1,))"
        )
    plain = np.ascontiguousarray(array, dtype=np.float64)
    return plain.reshape((len(plain), -1)) if array.size else plain.reshape((len(plain), 1 if array.ndim == 1 else array.shape[1]))


def _targets(target: Union[str, Sequence[str], None], columns: int, dataset: Dataset) -> list[str]:
    """Names that the native half knows."""
    energies = [f"t_{energy}" for energy in dataset.energies.tolist()]
    if target is None:
        if columns == len(energies) and columns > 1:
            return energies
        names = [dataset._target(None)[0]]
    else:
        names = _arguments.names(target, "target")
    found: list[str] = []
    for name in names:
        found += energies if name in ("transmission", "energies") else [name]
    return _arguments.names(found, "target")
