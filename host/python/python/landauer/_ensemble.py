"""Random strips, the same ones everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _landauer
from ._arguments import real, whole
from ._arrays import Floats
from ._errors import InputError, UsageError


_ENDLESS = "an ensemble has no last sample, so that going through it would never end: take a slice, as in ensemble[0:1000]"


class Ensemble:
    """Random strips of one size: a function of the seed and the sample's number, the same bits everywhere.

    Parameters
    ----------
    model : int or str, optional
        The disorder model of Li, Lu, Zhai (2020): 1 (Anderson's box), 2, 3 or 4 (one, two or three species of
        impurities), or its numeral. The default is 2, unless ``species`` are given.
    length, width : int
        Sites along transport and across.
    concentration : float or "uniform", optional
        The impurity concentration of models 2 to 4, from 0 to 1; ``"uniform"``, the default, draws one for each
        sample, for data to learn from. `average` needs a number, or a sweep.
    seed : int
        Equal seeds give equal samples.
    strength : float, optional
        The disorder strength w of model 1, in t: on-site energies are uniform in [-w/2, w/2]. The default is 4.
    species : sequence of float, optional
        Impurities of these energies in t, with equal chances, instead of a model.

    Raises
    ------
    UsageError
        An unknown model; a strength or concentration that it does not have, or out of range; a size of zero.

    Examples
    --------
    >>> import landauer
    >>> ensemble = landauer.Ensemble(model=2, length=4, width=3, concentration=0.5, seed=1)
    >>> ensemble[0].shape, ensemble[10:30].shape, ensemble[[5, 3]].shape
    ((4, 3), (20, 4, 3), (2, 4, 3))
    >>> sorted(set(ensemble[:100].ravel().tolist()))
    [0.0, 5.0]
    """

    def __init__(
        self,
        model: Union[int, str, None] = None,
        length: int = 40,
        width: int = 40,
        concentration: Union[float, str, None] = None,
        seed: int = 1,
        *,
        strength: Optional[float] = None,
        species: Optional[npt.ArrayLike] = None,
    ) -> None:
        if isinstance(concentration, str):
            if concentration != "uniform":
                raise UsageError(f'concentration is {concentration!r}: give a number from 0 to 1, or "uniform"')
            concentration = None
        self._length = whole(length, "length", 1)
        self._width = whole(width, "width", 1)
        self._seed = whole(seed, "seed")
        energies = None if species is None else np.asarray(species, dtype=np.float64).ravel().tolist()
        self._native = _landauer.Ensemble(
            None if model is None else str(model),
            energies,
            None if strength is None else real(strength, "strength"),
            None if concentration is None else real(concentration, "concentration"),
            self._seed,
            self._length,
            self._width,
        )

    @classmethod
    def _of(cls, native: _landauer.Ensemble, seed: int, sides: tuple[int, int]) -> Ensemble:
        ensemble = cls.__new__(cls)
        ensemble._native = native
        ensemble._length, ensemble._width = sides
        ensemble._seed = seed
        return ensemble

    @property
    def model(self) -> Optional[int]:
        """The number of the disorder model; None of species of your own."""
        return self._native.number()

    @property
    def length(self) -> int:
        """Sites along transport."""
        return self._length

    @property
    def width(self) -> int:
        """Sites across."""
        return self._width

    @property
    def seed(self) -> int:
        """The seed."""
        return self._seed

    @property
    def strength(self) -> Optional[float]:
        """The disorder strength w of model 1, in t; None of impurities."""
        return self._native.strength()

    @property
    def species(self) -> tuple[float, ...]:
        """The impurities' energies in t; empty for model 1."""
        return tuple(self._native.species_energies())

    @property
    def concentration(self) -> Union[float, str, None]:
        """The impurity concentration, or "uniform"; None of model 1."""
        if not self.species:
            return None
        fixed = self._native.concentration()
        return "uniform" if fixed is None else fixed

    def concentrations(self, start: int, stop: int) -> Floats:
        """The impurity concentrations of the samples from ``start`` on and before ``stop``, ``[sample]``.

        Examples
        --------
        >>> import landauer
        >>> landauer.Ensemble(concentration=0.25).concentrations(0, 3)
        array([0.25, 0.25, 0.25])
        """
        return self._native.concentrations(_number(start), _number(stop))

    def __getitem__(self, samples: Union[int, slice, npt.ArrayLike]) -> Floats:
        """On-site energies in t: ``[x, y]`` of one number, ``[sample, x, y]`` of a slice or a list of numbers."""
        sides = (self._length, self._width)
        if isinstance(samples, slice):
            if samples.stop is None:
                raise UsageError("an ensemble has no end: give one, as in ensemble[0:1000]")
            start = 0 if samples.start is None else samples.start
            step = 1 if samples.step is None else whole(samples.step, "the step of a slice of samples", 1)
            start, stop = _number(start), _number(samples.stop)
            count = max(0, -(-(stop - start) // step))
            return self._native.draw(start, step, count).reshape((count, *sides))
        if isinstance(samples, tuple):
            raise UsageError("samples have one number each: index the strips afterwards, as in ensemble[0:10][:, 0]")
        if np.ndim(samples) == 0:
            return self._native.draw(_number(samples), 1, 1).reshape(sides)
        numbers = np.asarray(samples)
        if numbers.size == 0:
            return np.empty((0, *sides))
        if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
            raise InputError("samples are a number, a slice or a list of whole numbers")
        _number(numbers.min())
        return self._native.gather(np.ascontiguousarray(numbers, dtype=np.uint64)).reshape((-1, *sides))

    def __iter__(self) -> Iterator[Floats]:
        raise UsageError(_ENDLESS)

    def __contains__(self, strip: object) -> bool:
        raise UsageError(_ENDLESS)

    def __reduce__(self) -> tuple[Any, ...]:
        model = self.model
        own = list(self.species) if model is None else None
        options = (model, self._length, self._width, self.concentration, self._seed, self.strength, own)
        return _restored, options

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ensemble) and self.__reduce__() == other.__reduce__()

    def __hash__(self) -> int:
        return hash((self.model, self._length, self._width, self.concentration, self._seed, self.strength, self.species))

    def __repr__(self) -> str:
        named = f"model={self.model}" if self.model is not None else f"species={list(self.species)}"
        words = [named, f"length={self._length}", f"width={self._width}"]
        if self.strength is not None:
            words.append(f"strength={self.strength}")
        if self.concentration is not None:
            words.append(f"concentration={self.concentration!r}")
        return f"landauer.Ensemble({', '.join(words)}, seed={self._seed})"


def _restored(
    model: Optional[int],
    length: int,
    width: int,
    concentration: Union[float, str, None],
    seed: int,
    strength: Optional[float],
    species: Optional[list[float]],
) -> Ensemble:
    return Ensemble(model, length, width, concentration, seed, strength=strength, species=species)


def _number(value: Any) -> int:
    """The number of a sample, or the end of some; there is no last one to count from."""
    return whole(value, "the number of a sample", hint=": an ensemble has no last one to count from")
