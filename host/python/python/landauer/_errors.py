"""Exceptions: one for each kind of failure, by what can be done about it."""

from __future__ import annotations

from typing import Final


class Error(Exception):
    """What all exceptions of Landauer have in common.

    Its subclasses say what can be done about it; the message says what is wrong, where, and the cure.

    Attributes
    ----------
    category : str
        The kind of failure in one word, as the command line's ``--json`` has it.

    Examples
    --------
    >>> import landauer
    >>> try:
    ...     landauer.transmission([[0.0, float("nan")]], 0.0)
    ... except landauer.Error as error:
    ...     print(error.category, "|", str(error)[:21])
    input | onsite[0, 1] is nan: 
    """

    category: str = "internal"


class InternalError(Error, RuntimeError):
    """Something that should not happen: a defect of Landauer, or a solution lost to rounding."""

    category = "internal"


class UsageError(Error, ValueError):
    """A request for something impossible; nothing was read or written."""

    category = "usage"


class InputError(Error, ValueError):
    """An input has the wrong content: its shape, its type, a number that is not finite."""

    category = "input"


class SystemError(Error, OSError):
    """A path, a permission, a full disk, too little memory."""

    category = "system"


class RefusedError(Error):
    """The request conflicts with what is there: another data set, another writer."""

    category = "refused"


class DamagedError(Error):
    """Stored data are damaged or incomplete; the message says how to have them made again."""

    category = "damaged"


class InterruptedError(Error):
    """Stopped from outside; what was finished is kept. (Ctrl-C itself raises `KeyboardInterrupt`.)"""

    category = "interrupted"


_ALL: Final = (
    InternalError,
    UsageError,
    InputError,
    SystemError,
    RefusedError,
    DamagedError,
    InterruptedError,
)


def of_category(category: str, message: str) -> Error:
    """The exception of a category of the libraries."""
    for kind in _ALL:
        if kind.category == category:
            return kind(message)
    return InternalError(message)
