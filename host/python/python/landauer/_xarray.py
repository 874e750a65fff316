"""Data sets for xarray, whose large arrays are read when they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import xarray
from xarray.backends import BackendArray
from xarray.core import indexing

if TYPE_CHECKING:
    from ._dataset import Dataset
    from ._lazy import LazyArray

_DIMENSIONS = {
    "onsite": ("sample", "x", "y"),
    "species": ("sample", "x", "y"),
    "transmission": ("sample", "energy"),
}
_UNITS = {"onsite": "t", "energy": "t", "transmission": "1", "g": "2e^2/h", "g_bar": "2e^2/h"}


class _Array(BackendArray):
    def __init__(self, array: LazyArray) -> None:
        self._array = array
        self.shape = array.shape
        self.dtype = array.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        support = indexing.IndexingSupport.OUTER_1VECTOR
        return indexing.explicit_indexing_adapter(key, self.shape, support, self._array.__getitem__)


def to_xarray(data: Dataset) -> xarray.Dataset:
    """What `Dataset.to_xarray` gives."""
    optional = data._native.optional()
    variables: dict[str, Any] = {}
    for name, dimensions in _DIMENSIONS.items():
        if name != "species" or name in optional:
            array = indexing.LazilyIndexedArray(_Array(getattr(data, name)))
            variables[name] = xarray.Variable(dimensions, array, _attributes(name))
    for name in ("g", "g_bar", "concentration", "fallbacks"):
        if name == "fallbacks" or name in optional:
            variables[name] = xarray.Variable(("sample",), getattr(data, name), _attributes(name))
    coordinates = {"energy": xarray.Variable(("energy",), data.energies, _attributes("energy"))}
    attributes: dict[str, Any] = {"path": data.path, "solver": data.solver}
    if data.bias is not None:
        attributes["bias"] = data.bias
    return xarray.Dataset(variables, coordinates, attributes)


def _attributes(name: str) -> dict[str, str]:
    return {"units": _UNITS[name]} if name in _UNITS else {}
