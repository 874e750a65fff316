"""Training, and what comes of it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _arguments, _landauer
from ._arguments import Path, real, whole
from ._arrays import Energies, Floats, energy_list
from ._dataset import Dataset
from ._ensemble import Ensemble
from ._errors import InputError, SystemError, UsageError
from ._model import Model
from ._progress import Progress

if TYPE_CHECKING:
    from ._evaluate import Evaluation

Epochs = list[dict[str, Any]]
TrainingReport = Callable[[int, int, float, Epochs], object]
"""Called with samples done, all samples, the loss, and the epochs that have ended since."""


class Run(Model):
    """A finished training: its best network, in floats. From `train`, or from `load_model` of its folder.

    It predicts as a `Model` does. Its ``card`` has ``seed``, ``config`` (as `training_config` gives it) and ``record``: the
    data, and what the epochs came to.

    Examples
    --------
    >>> import landauer
    >>> ensemble = landauer.Ensemble(model=1, length=3, width=3, seed=1)
    >>> data = landauer.generate(ensemble, "train.zarr", samples=400)
    >>> run = landauer.train("paper-dnn-3x3", data, output="run", epochs=2)
    >>> len(run.curves["loss"]), run.weights["layers.0.weight"].shape
    (2, (9, 20))
    """

    _is_temporary = False

    @cached_property
    def curves(self) -> dict[str, npt.NDArray[Any]]:
        """The epochs, an array ``[epoch]`` each: ``epoch``, ``samples``, ``seconds``, ``samples_per_second``,
        ``loss``, and for each target ``mae TARGET`` and ``baseline_mae TARGET`` on the validation split, in G0.

        ``pandas.DataFrame(run.curves)`` is a table of them.
        """
        rows = self._finished["curve"]
        names = {"epoch": "epoch", "samples": "samples", "seconds": "seconds", "samples_per_second": "rate"}
        found = {name: np.array([row[key] for row in rows]) for name, key in names.items()}
        found["loss"] = np.array([row["loss"] for row in rows])
        for place, target in enumerate(self.targets):
            found[f"mae {target}"] = np.array([row["mae"][place] for row in rows])
            found[f"baseline_mae {target}"] = np.full(len(rows), self._finished["baseline_mae"][place])
        return found

    @cached_property
    def _finished(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(_landauer.curves(self.path))
        return found

    @property
    def best_epoch(self) -> int:
        """The epoch whose weights are used, from 1: the best one on the validation split."""
        return int(self._finished["best_epoch"])

    @property
    def validation_mae(self) -> dict[str, float]:
        """The mean absolute error of each target on the validation split, in G0."""
        return dict(zip(self.targets, self._finished["validation_mae"]))

    @property
    def config(self) -> dict[str, Any]:
        """How it was trained: `train` takes it again."""
        found: dict[str, Any] = self.card["config"]
        return found

    @cached_property
    def weights(self) -> dict[str, npt.NDArray[np.float32]]:
        """The best weights by name, as in ``best.safetensors``; the guide's page about file formats explains them."""
        return read_weights(os.path.join(self.path, "best.safetensors"))[0]

    def evaluate(self, data: Union[Dataset, Path], **options: Any) -> Evaluation:
        """What it is worth on a data set that it has not seen: `landauer.evaluate` of this run."""
        from ._evaluate import evaluate

        return evaluate(self, data, **options)

    def export(
        self,
        output: Path,
        test_set: Union[Dataset, Path],
        *,
        name: Optional[str] = None,
        weights: str = "int8",
        input_channels: int = 1,
        calibration: Optional[int] = None,
        max_loss: Optional[float] = None,
        threads: Optional[int] = None,
        progress: Union[bool, Callable[[int, int], object], None] = None,
    ) -> Model:
        """Make a model file in integers, for microcontrollers and for prediction here.

        Parameters
        ----------
        output : path
            The model file, ``NAME.postcard``; its card, ``NAME.json``, is written beside it.
        test_set : Dataset or path
            Samples of the same size and disorder that the network was not trained on. Both networks are judged
            on it, and a file that loses too much is not written.
        name : str, optional
            The model's name; by default that of the file.
        weights : {"int8", "int4"}
            Bits of the weights of fully connected hidden layers.
        input_channels : int
            Channels of the input for model I, rounded in turns: this many times finer than 8 bits. Networks of other
            models, and spectral ones, have one.
        calibration : int, optional
            Training strips that the scales are found on, 1000 by default.
        max_loss : float, optional
            By how many percent the mean absolute error of any target may grow, 2 by default; 0.0002 G0 are
            allowed in any case.
        threads, progress
            As in `generate`.

        Returns
        -------
        Model
            The model in integers; its ``card`` has the errors of both networks.

        Raises
        ------
        RefusedError
            It loses too much; the test set has samples of the training; a file in the card's place.
        UsageError
            A test set of another size or disorder; a path that does not end in ``.postcard``; several input channels
            for a network that has one.

        Examples
        --------
        >>> import landauer
        >>> ensemble = landauer.Ensemble(model=1, length=3, width=3, seed=1)
        >>> data = landauer.generate(ensemble, "train.zarr", samples=400)
        >>> test = landauer.generate(landauer.Ensemble(model=1, length=3, width=3, seed=2), "test.zarr", samples=200)
        >>> run = landauer.train("paper-dnn-3x3", data, output="run", epochs=2)
        >>> model = run.export("small.postcard", test_set=test, max_loss=50)
        >>> model.name, model.predict(test).shape
        ('small', (200,))
        """
        path = _arguments.path(output, "output", "model.postcard")
        judge = test_set.path if isinstance(test_set, Dataset) else _arguments.path(test_set, "test_set", "test.zarr")
        channels = whole(input_channels, "input_channels", 1, _landauer.MAX_INPUT_CHANNELS)
        strips = None if calibration is None else whole(calibration, "calibration", 1, 2**32 - 1)
        loss = None if max_loss is None else real(max_loss, "max_loss", ", in percent")
        pool = _arguments.threads(threads)
        stem, ending = os.path.splitext(os.path.basename(path))
        if ending != ".postcard":
            raise UsageError(f"output is {path}: model files end in .postcard")
        with Progress(progress, "judging") as report:
            _landauer.export(
                self.path,
                judge,
                path,
                stem if name is None else name,
                weights,
                channels,
                strips,
                loss,
                pool,
                report,
            )
        return Model(path)

    def to_onnx(self, path: Path) -> None:
        """Write the network as ONNX, for other runtimes (the package onnx is needed).

        Its input ``onsite`` is ``[sample, x, y]`` in t, its output ``conductance`` ``[sample, target]`` in G0, both in
        f32: all that `predict` does is inside, to rounding. It does not refuse what the network was not made for.

        Parameters
        ----------
        path : path
            The file, ``NAME.onnx``.

        Raises
        ------
        UsageError
            A spectral network; the package onnx is not installed.

        Examples
        --------
        >>> import landauer
        >>> run = landauer.load_model("run")           # doctest: +SKIP
        >>> run.to_onnx("run.onnx")                    # doctest: +SKIP
        """
        file = _arguments.path(path, "path", "run.onnx")
        with _arguments.needs("Run.to_onnx", "the package onnx"):
            from ._onnx import save
        weights, description = read_weights(os.path.join(self.path, "best.safetensors"))
        if not description:
            raise UsageError(f"{self.path} was trained by an earlier version, whose weights have no description")
        save(weights, description, file, os.path.splitext(os.path.basename(file))[0])

    def __reduce__(self) -> tuple[Any, ...]:
        if self._is_temporary:
            raise UsageError("this run is in a temporary folder, which goes with it: train with output=FOLDER")
        return super().__reduce__()

    def __repr__(self) -> str:
        length, width = self.size
        return f"<landauer.Run {self.path}: {', '.join(self.targets)} of {length} x {width} sites>"


def presets() -> dict[str, str]:
    """The configurations that `train` knows by name, with a line about each.

    Examples
    --------
    >>> import landauer
    >>> landauer.presets()["paper-cnn"]
    "the paper's CNN for G, trained as Keras would"
    """
    return dict(_landauer.presets())


def training_config(config: Union[str, Mapping[str, Any], Path], **changes: Any) -> dict[str, Any]:
    """A complete configuration of a training, as `train` takes it.

    Parameters
    ----------
    config : str, path or mapping
        A preset's name, the path of a TOML file, or a dict; a file or a dict may name a ``preset``, and then
        needs only what differs from it.
    **changes
        Other values of keys, such as ``epochs=5`` or ``optimiser={"learning_rate": 1e-4}``.

    Returns
    -------
    dict
        All keys: see the guide's page about training configurations.

    Raises
    ------
    UsageError, InputError
        An unknown preset or key, a value out of range.

    Examples
    --------
    >>> import landauer
    >>> config = landauer.training_config("paper-cnn", epochs=5)
    >>> config["epochs"], config["network"]["hidden"], config["optimiser"]["learning_rate"]
    (5, [1024], 0.001)
    """
    found: dict[str, Any]
    if isinstance(config, Mapping):
        found = json.loads(_landauer.training_config("json", _json(config)))
    else:
        path = os.fspath(config)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                found = json.loads(_landauer.training_config("toml", file.read()))
        elif path.endswith(".toml"):
            raise InputError(f"there is no file {path}")
        else:
            found = json.loads(_landauer.training_config("preset", path))
    for key, value in changes.items():
        if value is None:
            continue
        inner = found.get(key)
        kept = isinstance(inner, dict) and isinstance(value, Mapping) and "kind" not in value
        found[key] = {**inner, **value} if kept and isinstance(inner, dict) else value
    checked: dict[str, Any] = json.loads(_landauer.training_config("json", _json(found)))
    return checked


def _json(config: Mapping[str, Any]) -> str:
    """Without what is None, which is what is not there in TOML."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(key): plain(inner) for key, inner in value.items() if inner is not None}
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, (tuple, list, np.ndarray)):
            return [plain(inner) for inner in value]
        return value

    try:
        return json.dumps(plain(config), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"the configuration has a value that is no number, text, list or dict: {error}") from None


def train(
    config: Union[str, Mapping[str, Any], Path],
    data: Union[Dataset, Path, Ensemble],
    output: Optional[Path] = None,
    *,
    target: Union[str, Sequence[str], None] = None,
    epochs: Optional[int] = None,
    batch_size: Optional[int] = None,
    seed: Optional[int] = None,
    samples: Optional[int] = None,
    validation_samples: int = 8192,
    energies: Optional[Energies] = None,
    bias: Optional[float] = None,
    device: str = "cpu",
    checkpoint_seconds: float = 30.0,
    lock: bool = True,
    threads: Optional[int] = None,
    progress: Union[bool, TrainingReport, None] = None,
    **changes: Any,
) -> Run:
    """Train a network that predicts conductances.

    The same arguments and data give the same weights, at any number of threads. The same call resumes what
    Ctrl-C or a crash stopped, from its last checkpoint, and finds what has finished.

    Parameters
    ----------
    config : str, path or mapping
        A preset's name (`presets` lists them), the path of a TOML file, or a dict: see `training_config`.
    data : Dataset, path or Ensemble
        What it learns from. Of an ensemble, fresh samples are drawn and solved while training, from seeds that
        no data set has, each seen once.
    output : path, optional
        The run's folder, made with its parents if missing. Without one it is a temporary folder, which goes
        with the `Run`.
    target : {"g", "g_bar", "energies"} or a list of them, optional
        What the network predicts, instead of the configuration's targets; ``"energies"`` is T at each of the
        data set's.
    epochs, batch_size, seed : int, optional
        Instead of the configuration's: the most passes over the samples, samples of a step, the seed of the
        weights and of the order of the samples.
    samples : int, optional
        The first of so many samples of a data set; of an ensemble, samples of an epoch (32,768).
    validation_samples : int
        Of an ensemble, the samples that choose the best epoch. (Of a data set ``validation=0.05`` is its share.)
    energies, bias
        Of an ensemble, as in `generate`.
    device : {"cpu", "flex"}
        Where to train: by kernels of our own, or by burn's.
    checkpoint_seconds : float
        Seconds between checkpoints.
    lock : bool
        Keep other processes from the folder.
    threads : int, optional
        At most so many; by default one for each core.
    progress : bool or callable, optional
        Show a bar (of tqdm, if there is one; by default on a terminal), or call this with samples done, all
        samples, the loss, and the epochs that have ended since (dicts with ``epoch``, ``loss``, ``mae``, ...).
    **changes
        Other keys of the configuration, such as ``patience=3`` or ``optimiser={"learning_rate": 1e-4}``.

    Returns
    -------
    Run

    Raises
    ------
    UsageError, InputError
        A configuration that is none; too few samples; targets that the data set does not have; a spectral network of
        strips with an odd length or width.
    RefusedError
        The folder holds another run, or something else, or another process trains there.
    DamagedError
        A file of the run or of the data set is damaged.

    Warns
    -----
    UserWarning
        All epochs together have fewer steps than the learning rate's warm-up.

    Examples
    --------
    >>> import landauer
    >>> ensemble = landauer.Ensemble(model=1, length=3, width=3, seed=1)
    >>> data = landauer.generate(ensemble, "train.zarr", samples=400)
    >>> run = landauer.train("paper-dnn-3x3", data, output="run", epochs=2)
    >>> run.targets, run.predict(ensemble[0:5]).shape
    (('g',), (5,))
    """
    names = None if target is None else _arguments.names(target, "target")
    for name, value, least in (("epochs", epochs, 1), ("batch_size", batch_size, 1), ("seed", seed, 0)):
        if value is not None:
            changes[name] = whole(value, name, least)
    count = None if samples is None else whole(samples, "samples", 1)
    pool = _arguments.threads(threads)
    if names is not None:
        changes["targets"] = [name.replace("_", "-") for name in names]
    complete = training_config(config, **changes)
    dataset: Optional[str] = None
    drawn: Optional[tuple[_landauer.Ensemble, Optional[list[float]], Optional[float], int, int]] = None
    if isinstance(data, Ensemble):
        listed = None if energies is None else energy_list(energies)[0].tolist()
        bias = _arguments.bias(bias, "energies for no bias, as in energies=0.0")
        chosen_by = whole(validation_samples, "validation_samples", 1)
        drawn = (data._native, listed, bias, 32_768 if count is None else count, chosen_by)
    else:
        if energies is not None or bias is not None:
            raise UsageError("energies and bias are for an ensemble: a data set has its own")
        dataset = data.path if isinstance(data, Dataset) else _arguments.path(data, "data", "data.zarr")
    given = None if output is None else _arguments.path(output, "output", "run")
    seconds = real(checkpoint_seconds, "checkpoint_seconds")
    temporary = tempfile.mkdtemp(prefix="landauer-run-") if given is None else None
    folder = given if given is not None else os.path.join(temporary or "", "run")
    try:
        with _course(progress) as report:
            notes = _landauer.train(
                json.dumps(complete),
                dataset,
                None if drawn is not None else count,
                drawn,
                folder,
                device,
                seconds,
                lock,
                pool,
                report,
            )
        run = Run(folder)
    except BaseException:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        raise
    for note in notes:
        warnings.warn(note, stacklevel=2)
    if temporary is not None:
        run._is_temporary = True
        weakref.finalize(run, _remove, temporary, os.getpid())
    return run


def _remove(folder: str, process: int) -> None:
    """Not by a child that was forked, which has the run too."""
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _course(
    wanted: Union[bool, TrainingReport, None],
) -> Iterator[Optional[Callable[[int, int, float, str], object]]]:
    """A function for the native half: the caller's, or one for a bar that says the loss and the last error."""
    call = wanted if callable(wanted) else None
    bar = Progress(False if callable(wanted) else wanted, "training")
    words = ""

    def report(done: int, total: int, loss: float, ended: str) -> None:
        nonlocal words
        epochs: Epochs = json.loads(ended)
        if call is not None:
            call(done, total, loss, epochs)
            return
        if epochs:
            errors = " ".join(f"{mae:.4f}" for mae in epochs[-1]["mae"])
            words = f", epoch {epochs[-1]['epoch']}: validation MAE {errors}"
        bar.note(f"loss {loss:.4f}{words}")
        if bar.report is not None:
            bar.report(done, total)

    with bar as shown:
        yield None if call is None and shown is None else report


def read_weights(path: Path) -> tuple[dict[str, npt.NDArray[np.float32]], dict[str, Any]]:
    """The arrays of a run's safetensors file by name, and its description: layout, inputs and scaling.

    Parameters
    ----------
    path : path
        ``best.safetensors`` or ``last.safetensors`` of a run.

    Returns
    -------
    weights : dict of numpy.ndarray
        In f32; the guide's page about file formats explains them.
    description : dict
        What stands in the file's metadata; empty of a run of an earlier version.

    Raises
    ------
    SystemError
        A file that is not there, or cannot be read.
    InputError
        A file that is none of this kind.

    Examples
    --------
    >>> import landauer
    >>> ensemble = landauer.Ensemble(model=1, length=3, width=3, seed=1)
    >>> data = landauer.generate(ensemble, "train.zarr", samples=400)
    >>> run = landauer.train("paper-dnn-3x3", data, output="run", epochs=2)
    >>> weights, description = landauer.read_weights("run/best.safetensors")
    >>> weights["layers.3.bias"].shape, description["network"]
    ((1,), {'kind': 'dense', 'hidden': [20, 20, 20]})
    """
    where = _arguments.path(path, "path", "run/best.safetensors")
    try:
        with open(where, "rb") as file:
            data = file.read()
    except OSError as error:
        raise SystemError(f"cannot read {where}: {error.strerror}: give best.safetensors or last.safetensors of a run") from None
    try:
        end = 8 + int.from_bytes(data[:8], "little")
        header = json.loads(data[8:end])
        metadata = header.pop("__metadata__", {})
        weights = {}
        for name, entry in header.items():
            if entry["dtype"] != "F32":
                raise ValueError(f"{name} is of the type {entry['dtype']}")
            start, stop = entry["data_offsets"]
            values = np.frombuffer(data[end + start : end + stop], dtype="<f4")
            weights[name] = values.reshape(entry["shape"]).astype(np.float32)
        description: dict[str, Any] = json.loads(metadata.get("landauer", "{}"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{where} is not a file of weights: {error}") from error
    return weights, description
