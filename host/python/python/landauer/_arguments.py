"""Arguments, checked where they arrive: whole numbers, numbers, paths. What is impossible is a `UsageError` that names
the argument and says what is possible."""

from __future__ import annotations

import contextlib
import math
import operator
import os
from collections.abc import Iterator
from typing import Any, Optional, Union

import numpy as np

from . import _landauer
from ._errors import UsageError

Path = Union[str, "os.PathLike[str]"]
LARGEST = 2**64 - 1
"""The largest whole number that the native half takes."""


def whole(value: Any, name: str, least: int = 0, most: int = LARGEST, hint: str = "") -> int:
    """A whole number in a range; 1e5 is one too. ``hint`` is put behind the range."""
    number = _whole_number(value)
    if number is not None and least <= number <= most:
        return number
    shown = repr(value) if number is None else str(number)
    unlimited = most == LARGEST and (number is None or number < least)
    limit = "2**64 - 1" if most == LARGEST else str(most)
    span = f"of at least {least}" if unlimited else f"from {least} to {limit}"
    raise UsageError(f"{name} is {shown}: a whole number {span} is needed{hint}")


def _whole_number(value: Any) -> Optional[int]:
    if isinstance(value, (bool, np.bool_)):
        return None
    with contextlib.suppress(TypeError):
        return operator.index(value)
    number = _number(value)
    return int(number) if number is not None and number.is_integer() else None


def _number(value: Any) -> Optional[float]:
    """A real number, which text and arrays are not."""
    if isinstance(value, (bool, np.bool_, str, bytes)) or (isinstance(value, np.ndarray) and value.ndim > 0):
        return None
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        return float(value)
    return None


def real(value: Any, name: str, hint: str = "") -> float:
    """A real number, in whatever range: the native half knows that."""
    number = _number(value)
    if number is None:
        raise UsageError(f"{name} is {value!r}: a number is needed{hint}")
    return number


def threads(value: Any) -> Optional[int]:
    """A number of threads, or None for one a core."""
    if value is None:
        return None
    return whole(value, "threads", 1, _landauer.MAX_THREADS, ", or None for one a core")


def bias(value: Any, without: str = "None for no bias") -> Optional[float]:
    """A bias, or None for none; ``without`` says how to ask for that."""
    if value is None:
        return None
    number = real(value, "bias", f", or {without}")
    if not 0 < number < math.inf:
        raise UsageError(f"bias is {number:g}: give a positive, finite number in units of t, or {without}")
    return number


def path(value: Any, name: str, example: str) -> str:
    """A path. An empty one would mean the current folder, in which nobody wants loose files."""
    try:
        text = os.fsdecode(value)
    except TypeError:
        raise UsageError(f"{name} is {value!r}: a path is needed, as in {name}={example!r}") from None
    if not text:
        raise UsageError(f"{name} is empty: give a path, as in {name}={example!r}")
    return text


def names(value: Any, name: str) -> list[str]:
    """A name or a list of names, each once."""
    try:
        listed = [value] if isinstance(value, str) else list(value)
    except TypeError:
        raise UsageError(f"{name} is {value!r}: a name or a list of names is needed") from None
    for place, one in enumerate(listed):
        if not isinstance(one, str):
            raise UsageError(f"{name}[{place}] is {one!r}: a name is needed")
        if one in listed[:place]:
            raise UsageError(f"{name} has {one!r} twice: give it once")
    return listed


@contextlib.contextmanager
def needs(what: str, package: str) -> Iterator[None]:
    """Around the import of a package that not everybody has: without it, a `UsageError` says what needs it."""
    try:
        yield
    except ImportError as error:
        raise UsageError(f"{what} needs {package}, which cannot be imported: {error}") from error


def counted(number: int, noun: str, nouns: str = "") -> str:
    """``1 strip``, ``2 strips``; ``nouns`` is an irregular plural."""
    return f"{number} {noun}" if number == 1 else f"{number} {nouns or noun + 's'}"
