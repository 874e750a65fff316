"""Exact transmissions of strips."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _arguments, _landauer
from ._arguments import counted
from ._arrays import Energies, Floats, Onsite, energy_list, strips
from ._errors import InputError
from ._kept import Kept


class Fallbacks(NamedTuple):
    """How many transmissions were recomputed by a fallback solver, because the first one would have lost digits.

    Examples
    --------
    >>> import landauer
    >>> landauer.solve([[5.0, 0.0], [0.0, 1.0]]).fallbacks.total
    0
    """

    promoted: int
    """Solved in f64 where f32 was asked for."""
    mirrored: int
    """Solved for a mirror image of the strip, which transmits the same."""
    recursion: int
    """Solved by the scattering recursion."""
    elimination: int
    """Solved by Gaussian elimination with pivoting."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.promoted + self.mirrored + self.recursion + self.elimination


_ANSWERS = (
    "transmissions",
    "log_transmissions",
    "g_bar",
    "energies",
    "propagating_modes",
    "eigenvalues",
    "fano",
    "fallbacks",
    "solver",
)
"""What the native half says of a solution."""


class Solution:
    """The solution of some strips, made by `solve`.

    Conductances are in units of G0 = 2e²/h, energies in units of the hopping t. The leading axes are those of
    the on-site energies; the energy axis is missing where one number was given for the energies.

    Examples
    --------
    >>> import numpy as np
    >>> import landauer
    >>> solution = landauer.solve(np.zeros((10, 6)), [0.0, 0.5])
    >>> solution
    <landauer.Solution of 1 strip of 10 x 6 sites at 2 energies>
    >>> solution.propagating_modes
    array([6, 5])
    >>> solution.transmission.round(9)
    array([6., 5.])
    """

    def __init__(
        self,
        native: _landauer.Solution,
        onsite: Floats,
        lead: tuple[int, ...],
        energies: Floats,
        energy_shape: tuple[int, ...],
        options: dict[str, Any],
    ) -> None:
        self._native: Any = native
        self._onsite = onsite
        self._sum = None if onsite.size == 0 else _landauer.checksum(onsite)
        self._lead = lead
        self._energies = energies
        self._energy_shape = energy_shape
        self._options = options

    def __getstate__(self) -> dict[str, Any]:
        state = {**self.__dict__, "_native": Kept(self._native, _ANSWERS)}
        if "_details" in state:
            state["_details"] = Kept(state["_details"], _ANSWERS)
        return state

    def _shaped(self, native: Any, flat: npt.NDArray[Any], *last: int) -> Any:
        """`flat` of `native`, [sample, energy, ...], with the caller's axes; only the energies that were given."""
        samples, given = len(self._onsite), len(self._energies)
        count = len(native.energies())
        values = flat.reshape((samples, count, *last))[:, :given]
        shape = self._lead + self._energy_shape + last
        values = np.ascontiguousarray(values).reshape(shape)
        return values if shape else values[()]

    @property
    def energies(self) -> Union[Floats, float]:
        """The energies that were given, a number or ``[energy]``, in units of t."""
        return self._energies.copy() if self._energy_shape else float(self._energies[0])

    @cached_property
    def transmission(self) -> Any:
        """T(E), ``[..., energy]``: the conductance in units of 2e²/h. Below 2e-308 it has fewer digits, or is 0:
        `log_transmission` has them all."""
        return self._shaped(self._native, self._native.transmissions())

    @cached_property
    def log_transmission(self) -> Any:
        """ln T(E), ``[..., energy]``, however small T is; -inf where no mode propagates."""
        return self._shaped(self._native, self._native.log_transmissions())

    @cached_property
    def conductance(self) -> Any:
        """The finite-bias conductance, ``[...]``, in 2e²/h: the mean of T over the bias's ten energies.

        Raises
        ------
        InputError
            If `solve` got no ``bias``.
        """
        values = self._native.g_bar()
        if values is None:
            raise InputError("there is no bias: give one, as in landauer.solve(onsite, bias=0.36)")
        values = values.reshape(self._lead)
        return values if self._lead else values[()]

    @property
    def propagating_modes(self) -> Any:
        """How many modes of a lead propagate ("open modes"), ``[energy]``: no transmission is larger."""
        modes = self._native.propagating_modes()[: len(self._energies)]
        return modes if self._energy_shape else int(modes[0])

    @cached_property
    def _details(self) -> Any:
        if self._native.eigenvalues() is not None:
            return self._native
        # Only now, and by the solver that has them; of these on-site energies and no others.
        if self._sum is not None and _landauer.checksum(self._onsite) != self._sum:
            raise InputError(
                "the on-site energies have changed since they were solved: ask for eigenvalues at once, as in "
                "landauer.solve(onsite, energies, eigenvalues=True), or give a copy"
            )
        energies = self._energies.tolist()
        return _landauer.solve(self._onsite, list(self._lead), energies, None, eigenvalues=True, **self._options)

    def _detail(self, flat: Optional[Floats], *last: int) -> Any:
        if flat is None:
            raise InputError("the solver gave no eigenvalues")
        return self._shaped(self._details, flat, *last)

    @cached_property
    def eigenvalues(self) -> Any:
        """The transmission eigenvalues, ``[..., energy, mode]``, the largest first, zeros behind those of the
        propagating modes.

        They are computed when they are first asked for, unless `solve` got ``eigenvalues=True``.
        """
        return self._detail(self._details.eigenvalues(), self._onsite.shape[2])

    @cached_property
    def fano(self) -> Any:
        """The Fano factor of shot noise, ``[..., energy]``; NaN where nothing is transmitted.

        It is computed when it is first asked for, unless `solve` got ``eigenvalues=True``.
        """
        return self._detail(self._details.fano())

    @property
    def fallbacks(self) -> Fallbacks:
        """How many transmissions a fallback solver has recomputed."""
        return Fallbacks(*self._native.fallbacks())

    @property
    def solver(self) -> str:
        """The method and its version: equal ones give equal bits on every machine."""
        solver: str = self._native.solver()[0]
        return solver

    @property
    def solver_reason(self) -> str:
        """Why this solver was chosen."""
        reason: str = self._native.solver()[1]
        return reason

    def __repr__(self) -> str:
        samples, length, width = self._onsite.shape
        strips = counted(samples, "strip")
        energies = counted(len(self._energies), "energy", "energies")
        return f"<landauer.Solution of {strips} of {length} x {width} sites at {energies}>"


def solve(
    onsite: Onsite,
    energies: Energies = 0.0,
    precision: str = "f64",
    solver: str = "auto",
    threads: Optional[int] = None,
    *,
    bias: Optional[float] = None,
    eigenvalues: bool = False,
) -> Solution:
    """Solve strips exactly: transmissions, propagating modes, eigenvalues, and how they were found.

    Parameters
    ----------
    onsite : array_like, ``[..., x, y]``
        On-site energies in units of the hopping t, x along transport with 0 at the left lead. Any real type and
        memory layout; f64 in C order is not copied.
    energies : float or array_like, ``[energy]``
        Energies in units of t.
    precision : {"f64", "f32"}
        Of the computation; results are f64 always.
    solver : {"auto", "dissection", "recursion", "multifrontal"}
        The method; ``"auto"`` is the dissection, but in ``"f64"`` the multifrontal method for strips with 200 sites or
        more in both directions, and the recursion for strips of one slice or of more than a million sites otherwise.
    threads : int, optional
        As many threads; one for each core without a number. The results have the same bits.
    bias : float, optional
        A bias eV in units of t, over which ``Solution.conductance`` is the mean.
    eigenvalues : bool
        Find transmission eigenvalues and Fano factors at once, and not when they are first asked for.

    Returns
    -------
    Solution

    Raises
    ------
    InputError
        On-site energies or energies that are no finite real numbers, or have the wrong number of axes.
    UsageError
        An unknown solver or precision; eigenvalues by another method than the recursion, which alone has them;
        ``"f32"`` by the multifrontal method.
    SystemError
        Too little memory.

    Examples
    --------
    One impurity of 5 t in a chain transmits 1/(1 + 5²/4) at the band's centre:

    >>> import landauer
    >>> solution = landauer.solve([[5.0]])
    >>> print(round(solution.transmission, 12))
    0.137931034483
    >>> print(round(solution.fano, 12))
    0.862068965517
    """
    values, lead = strips(onsite)
    wanted, shape = energy_list(energies)
    bias = _arguments.bias(bias)
    options: dict[str, Any] = {"precision": precision, "solver": solver, "threads": _arguments.threads(threads)}
    native = _landauer.solve(values, list(lead), wanted.tolist(), bias, eigenvalues=eigenvalues, **options)
    return Solution(native, values, lead, wanted, shape, options)


def transmission(
    onsite: Onsite,
    energies: Energies = 0.0,
    precision: str = "f64",
    solver: str = "auto",
    threads: Optional[int] = None,
) -> Any:
    """The transmission T(E) of strips, exactly: the conductance in units of 2e²/h.

    Parameters
    ----------
    onsite : array_like, ``[..., x, y]``
        On-site energies in units of the hopping t, x along transport with 0 at the left lead.
    energies : float or array_like, ``[energy]``
        Energies in units of t.
    precision, solver, threads
        As in `solve`.

    Returns
    -------
    numpy.ndarray of float64, ``[..., energy]``
        Without the last axis where ``energies`` is one number; a scalar for one strip at one energy. Below 2e-308
        it has fewer digits, or is 0: `Solution.log_transmission` has them all.

    Raises
    ------
    InputError, UsageError, SystemError
        As `solve`.

    Examples
    --------
    >>> import numpy as np
    >>> import landauer
    >>> landauer.transmission(np.zeros((3, 10, 6)), [0.0, 0.5, 10.0]).round(9)
    array([[6., 5., 0.],
           [6., 5., 0.],
           [6., 5., 0.]])
    """
    values, lead = strips(onsite)
    wanted, shape = energy_list(energies)
    pool = _arguments.threads(threads)
    native = _landauer.solve(
        values, list(lead), wanted.tolist(), None, precision=precision, solver=solver, eigenvalues=False, threads=pool
    )
    result = native.transmissions().reshape(lead + shape)
    return result if lead + shape else result[()]


def conductance(
    onsite: Onsite,
    bias: Optional[float] = 0.36,
    precision: str = "f64",
    solver: str = "auto",
    threads: Optional[int] = None,
) -> Any:
    """The conductance of strips at a finite bias, in units of 2e²/h: the mean of T over ten energies.

    Parameters
    ----------
    onsite : array_like, ``[..., x, y]``
        On-site energies in units of the hopping t, x along transport with 0 at the left lead.
    bias : float or None
        The bias eV in units of t: T is averaged over ten energies from -eV/2 to eV/2. ``None`` for no bias: T at
        the band's centre, E = 0.
    precision, solver, threads
        As in `solve`.

    Returns
    -------
    numpy.ndarray of float64, ``[...]``
        A scalar for one strip.

    Raises
    ------
    InputError, UsageError, SystemError
        As `solve`; a bias that is not positive and finite.

    Examples
    --------
    >>> import numpy as np
    >>> import landauer
    >>> print(landauer.conductance(np.zeros((10, 1)), bias=0.36).round(9))
    1.0
    """
    bias = _arguments.bias(bias, "None for T at E = 0")
    if bias is None:
        return transmission(onsite, 0.0, precision, solver, threads)
    values, lead = strips(onsite)
    pool = _arguments.threads(threads)
    native = _landauer.solve(
        values, list(lead), [], bias, precision=precision, solver=solver, eigenvalues=False, threads=pool
    )
    result = native.g_bar()
    if result is None:
        raise InputError("there is no bias")
    return result.reshape(lead) if lead else result[0]
