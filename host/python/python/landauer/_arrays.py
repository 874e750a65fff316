"""Whatever a user has, as the arrays that the native half takes."""

from __future__ import annotations

import math
import os
from typing import Any, Union

import numpy as np
import numpy.typing as npt

from ._arguments import counted
from ._errors import InputError

Floats = npt.NDArray[np.float64]
Onsite = npt.ArrayLike
"""On-site energies: anything that NumPy makes an array of."""
Energies = Union[float, npt.ArrayLike]


def numbers(values: Any, name: str) -> npt.NDArray[Any]:
    """`values` as an array of real numbers, as they are; refused if they are none."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise InputError(f"{name} has masked elements: fill them first, as in {name}.filled(0.0)")
    if not isinstance(values, (np.ndarray, list, tuple, float, int)):
        _refuse_others(values, name)
    try:
        array = np.asarray(values)
    except Exception as error:
        raise InputError(
            f"{name} is not an array of numbers ({error}): rows of one length are needed, in the computer's memory"
        ) from error
    if array.dtype.kind in "biuf":
        return array
    if array.dtype.kind == "c":
        cure = f"on-site energies and energies are real: give {name}.real if the imaginary part is 0"
    elif array.dtype.kind == "O":
        cure = f"give rows of one length, or convert it with numpy.asarray({name}, dtype=float)"
    else:
        cure = f"convert it with numpy.asarray({name}, dtype=float)"
    raise InputError(f"{name} has the type {array.dtype}, and real numbers are needed: {cure}")


def _refuse_others(values: Any, name: str) -> None:
    """What is no array, but something that has one."""
    from ._dataset import Dataset
    from ._ensemble import Ensemble

    if isinstance(values, Ensemble):
        raise InputError(f"{name} is an Ensemble, which has no last sample: give some, as in ensemble[0:1000]")
    if isinstance(values, Dataset):
        raise InputError(f"{name} is a Dataset: give its on-site energies, as in data.onsite[:]")
    if isinstance(values, (str, os.PathLike)):
        raise InputError(
            f"{name} is the text {os.fspath(values)!r}, and an array of numbers is needed: read a file first, as in "
            f"numpy.load({os.fspath(values)!r})"
        )


def check_shape(shape: tuple[int, ...], name: str) -> tuple[int, int]:
    """The length and the width of strips of this shape, [..., x, y]."""
    if len(shape) < 2:
        raise InputError(
            f"{name} has {counted(len(shape), 'axis', 'axes')}, and [..., x, y] is needed (x along transport): a chain of sites is "
            f"numpy.reshape({name}, (-1, 1))"
        )
    length, width = shape[-2:]
    if length == 0 or width == 0:
        raise InputError(
            f"{name} has the shape {shape}: its last two axes are the length and the width of a strip, "
            "which has at least one site"
        )
    return length, width


def strips(onsite: Any, name: str = "onsite") -> tuple[Floats, tuple[int, ...]]:
    """`onsite` as [sample, x, y] in C order, copied only if it is not so already; and its leading axes."""
    array = numbers(onsite, name)
    length, width = check_shape(array.shape, name)
    lead = array.shape[:-2]
    with np.errstate(over="ignore"):  # What becomes infinite is refused with its index.
        plain = np.ascontiguousarray(array, dtype=np.float64)
    if not plain.flags.aligned:
        plain = plain.copy()
    return plain.reshape((math.prod(lead), length, width)), lead


def energy_list(energies: Any, name: str = "energies") -> tuple[Floats, tuple[int, ...]]:
    """Energies as [energy], and their shape: () of a single one."""
    array = numbers(energies, name)
    if array.ndim > 1:
        raise InputError(
            f"{name} has {array.ndim} axes, and a number or [energy] is needed: give numpy.ravel({name})"
        )
    with np.errstate(over="ignore"):
        plain = np.ascontiguousarray(array, dtype=np.float64).reshape(-1)
    if not np.isfinite(plain).all():
        place = int(np.flatnonzero(~np.isfinite(plain))[0])
        index = f"[{place}]" if array.ndim else ""
        raise InputError(f"{name}{index} is {plain[place]}: energies are finite numbers, in units of the hopping t")
    return plain, array.shape
