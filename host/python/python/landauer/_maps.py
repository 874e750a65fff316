"""Maps of the inside of strips."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, Optional, Union

import numpy as np

from . import _arguments, _landauer
from ._arguments import counted
from ._arrays import Energies, Floats, Onsite, energy_list, strips
from ._errors import InputError, UsageError

FIELDS = tuple(_landauer.MAP_FIELDS)
"""What can be mapped."""


class MapFallbacks(NamedTuple):
    """How many maps were computed another way, because the first would have lost digits.

    Examples
    --------
    >>> import landauer
    >>> landauer.maps([[5.0, 0.0], [0.0, 1.0]]).fallbacks
    MapFallbacks(mirrored=0, slices=0)
    """

    mirrored: int
    """For the strip upside down."""
    slices: int
    """Slice by slice, with pivoting."""


class Maps:
    """Where electrons are inside strips, where current flows, and what every site does to T: made by `maps`.

    The leading axes of all arrays are those of the on-site energies; the energy axis is missing where one number was
    given for the energies.

    Examples
    --------
    >>> import numpy as np
    >>> import landauer
    >>> onsite = np.zeros((6, 4))
    >>> onsite[2, 1] = 5.0
    >>> maps = landauer.maps(onsite, 0.1)
    >>> maps
    <landauer.Maps of 1 strip of 6 x 4 sites at 1 energy: ldos, density_left, density_right, current, gradient>

    Every cross-section carries T:

    >>> bool(np.allclose(maps.current_x.sum(axis=-1), maps.transmission))
    True
    """

    def __init__(
        self,
        native: _landauer.Maps,
        sides: tuple[int, int],
        lead: tuple[int, ...],
        energies: Floats,
        energy_shape: tuple[int, ...],
        fields: tuple[str, ...],
    ) -> None:
        length, width = sides
        self._sides = sides
        self._energies = energies
        self._energy_shape = energy_shape
        self._samples = int(np.prod(lead, dtype=int))
        self._shape = lead + energy_shape
        self._fields = fields
        self._transmission = native.transmissions().reshape(self._shape)
        self._arrays: dict[str, Floats] = {}
        shapes = {"current_x": (length - 1, width), "current_y": (length, width - 1)}
        for name in (*FIELDS, *shapes):
            if name == "current":
                continue
            values = native.field(name)
            if values is not None:
                self._arrays[name] = values.reshape(self._shape + shapes.get(name, sides))
        self._fallbacks = MapFallbacks(*native.fallbacks())

    def _array(self, name: str, field: Optional[str] = None) -> Floats:
        values = self._arrays.get(name)
        if values is None:
            raise InputError(f"{field or name} was not asked for: fields has {', '.join(self._fields) or 'nothing'}")
        return values

    @property
    def energies(self) -> Union[Floats, float]:
        """The energies that were given, a number or ``[energy]``, in units of t."""
        return self._energies.copy() if self._energy_shape else float(self._energies[0])

    @property
    def transmission(self) -> Any:
        """T(E), ``[..., energy]``: the conductance in units of 2e²/h. `solve` finds small ones with more digits."""
        return self._transmission if self._shape else self._transmission[()]

    @property
    def ldos(self) -> Floats:
        """The local density of states of one spin, ``[..., energy, x, y]``, in 1/t: -Im G_ii / pi, from both leads."""
        return self._array("ldos")

    @property
    def density_left(self) -> Floats:
        """That of the scattering states that come from the left lead, ``[..., energy, x, y]``, in 1/t."""
        return self._array("density_left")

    @property
    def density_right(self) -> Floats:
        """That of the scattering states that come from the right lead, ``[..., energy, x, y]``, in 1/t."""
        return self._array("density_right")

    @property
    def current_x(self) -> Floats:
        """The particle current from each site to the next slice, ``[..., energy, x, y]``, one slice less than the
        strip has: of all states that come from the left, each mode carrying 1, so that every cross-section sums to
        T."""
        return self._array("current_x", "current")

    @property
    def current_y(self) -> Floats:
        """The same from each site to the next row, ``[..., energy, x, y]``, one row less than the strip has."""
        return self._array("current_y", "current")

    @property
    def gradient(self) -> Floats:
        """The derivative of T by each on-site energy, ``[..., energy, x, y]``, in 1/t."""
        return self._array("gradient")

    @property
    def fallbacks(self) -> MapFallbacks:
        """How many maps were computed another way."""
        return self._fallbacks

    def __repr__(self) -> str:
        length, width = self._sides
        strips = counted(self._samples, "strip")
        energies = counted(len(self._energies), "energy", "energies")
        return f"<landauer.Maps of {strips} of {length} x {width} sites at {energies}: {', '.join(self._fields)}>"


def maps(
    onsite: Onsite,
    energies: Energies = 0.0,
    fields: Union[str, Iterable[str]] = FIELDS,
    threads: Optional[int] = None,
) -> Maps:
    """What is inside strips, exactly: densities of states, currents, and the derivative of T by every on-site energy.

    Parameters
    ----------
    onsite : array_like, ``[..., x, y]``
        On-site energies in units of the hopping t, x along transport with 0 at the left lead.
    energies : float or array_like, ``[energy]``
        Energies in units of t.
    fields : str or list of str
        Which maps: ``"ldos"``, ``"density_left"``, ``"density_right"``, ``"current"``, ``"gradient"``; by default all.
    threads : int, optional
        As many threads; one for each core without a number. The results have the same bits.

    Returns
    -------
    Maps

    Raises
    ------
    InputError
        On-site energies or energies that are no finite real numbers, or have the wrong number of axes.
    UsageError
        An unknown field.
    SystemError
        Too little memory.

    Examples
    --------
    One site of energy u between two leads transmits T = 1/(1 + u²/4) at the band's centre; its derivative is -u T²/2:

    >>> import landauer
    >>> maps = landauer.maps([[2.0]])
    >>> maps.transmission.round(12), maps.gradient.round(12)
    (np.float64(0.5), array([[-0.25]]))
    """
    values, lead = strips(onsite)
    wanted, shape = energy_list(energies)
    names = _names(fields)
    native = _landauer.maps(values, list(lead), wanted.tolist(), list(names), _arguments.threads(threads))
    _, length, width = values.shape
    return Maps(native, (length, width), lead, wanted, shape, names)


def _names(fields: Any) -> tuple[str, ...]:
    try:
        names = (fields,) if isinstance(fields, str) else tuple(dict.fromkeys(fields))
    except TypeError:
        raise UsageError(f"fields is {fields!r}: a list of names is needed, of {', '.join(FIELDS)}") from None
    for name in names:
        if name not in FIELDS:
            raise UsageError(f"there is no map {name!r}: the maps are {', '.join(FIELDS)}")
    return names
