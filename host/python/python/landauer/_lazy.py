"""Arrays of a data set that are read when they are indexed."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

Gather = Callable[[npt.NDArray[np.uint64]], npt.NDArray[Any]]


class LazyArray(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of a data set on disk: indexing reads what is asked for, NumPy functions read all of it.

    The first axis is that of the samples. It takes numbers, slices, lists of numbers in any order and masks;
    the other axes take whatever NumPy takes.
    """

    def __init__(self, gather: Gather, shape: tuple[int, ...], dtype: npt.DTypeLike, name: str, data: Any) -> None:
        self._gather = gather
        self._data = data
        self.shape = shape
        """Its shape."""
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        """The type of its elements."""
        self.name = name
        """Its name."""

    def __reduce__(self) -> tuple[Any, ...]:
        # Of a data set that can be found again, by its path.
        return getattr, (self._data, self.name)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_") and hasattr(np.ndarray, name):
            raise AttributeError(
                f"{self.name} is read from disk when it is indexed, and has no {name} before: take {self.name}[:].{name}, "
                f"or that of some samples, as in {self.name}[0:1000].{name}"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod([int(side) for side in self.shape], dtype=object))

    @property
    def nbytes(self) -> int:
        """The bytes that all of it takes in memory."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def _read(self, samples: Any) -> npt.NDArray[Any]:
        numbers = np.ascontiguousarray(samples, dtype=np.uint64)
        return self._gather(numbers).reshape((len(numbers), *self.shape[1:]))

    def _sample(self, number: Any) -> int:
        """A sample's number, from 0, of one that may count from the end."""
        index = operator.index(number)
        count = self.shape[0]
        if not -count <= index < count:
            raise IndexError(f"sample {index} is out of range: there are {count}")
        return index % count

    def _along_samples(self, key: Any) -> tuple[npt.NDArray[Any], bool]:
        """What a key of the first axis selects, and whether that axis stays."""
        count = self.shape[0]
        if isinstance(key, slice):
            return self._read(np.arange(count, dtype=np.int64)[key]), True
        if key is Ellipsis:
            return self._read(np.arange(count)), True
        if np.ndim(key) == 0 and not isinstance(key, (bool, np.bool_)):
            return self._read([self._sample(key)]), False
        numbers = np.asarray(key)
        if numbers.dtype.kind == "b":
            if numbers.shape != (count,):
                raise IndexError(f"a mask of the samples has the shape ({count},), not {numbers.shape}")
            numbers = np.flatnonzero(numbers)
        if numbers.size == 0:
            return self._read(np.empty(0)), True
        if numbers.ndim != 1 or numbers.dtype.kind not in "iu":
            raise IndexError("samples are a number, a slice, a list of whole numbers or a mask")
        low, high = int(numbers.min()), int(numbers.max())
        if low < -count or high >= count:
            raise IndexError(f"sample {low if low < -count else high} is out of range: there are {count}")
        return self._read(np.where(numbers < 0, numbers + count, numbers) if low < 0 else numbers), True

    def __getitem__(self, key: Any) -> Any:
        keys = key if isinstance(key, tuple) else (key,)
        if not keys or keys[0] is Ellipsis and len(keys) > 1 or keys[0] is None:
            return self._read(np.arange(self.shape[0]))[key]
        values, stays = self._along_samples(keys[0])
        rest = keys[1:]
        if not stays:
            return values[0][rest] if rest else values[0]
        return values[(slice(None),) + rest] if rest else values

    def __array__(self, dtype: Optional[npt.DTypeLike] = None, copy: Optional[bool] = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("what is on disk cannot be an array without a copy")
        values = self._read(np.arange(self.shape[0]))
        plain: npt.NDArray[Any] = values if dtype is None else values.astype(dtype, copy=False)
        return plain

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [np.asarray(one) if isinstance(one, LazyArray) else one for one in inputs]
        return getattr(ufunc, method)(*plain, **options)

    def __repr__(self) -> str:
        return f"<landauer array {self.name}, {self.shape}, {self.dtype}: index it to read>"
