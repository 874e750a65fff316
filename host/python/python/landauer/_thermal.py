"""Warm strips and currents."""

from __future__ import annotations

from typing import Any, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _arguments, _landauer
from ._arguments import counted
from ._arrays import Energies, Floats, Onsite, energy_list, strips
from ._errors import InputError


class Thermal:
    """Thermoelectric properties of strips, and currents, with estimates of their errors: made by `thermal`.

    The leading axes of all arrays are those of the on-site energies; the axis of a Fermi energy, temperature or voltage
    is missing where one number was given for it.

    Examples
    --------
    >>> import numpy as np
    >>> import landauer
    >>> thermal = landauer.thermal(np.zeros((10, 4)), [0.01, 0.1], fermi_energy=1.0, voltage=0.2)
    >>> thermal
    <landauer.Thermal of 1 strip of 10 x 4 sites at 1 Fermi energy, 2 temperatures and 1 voltage>
    >>> thermal.conductance.shape, thermal.current.shape
    ((2,), (2,))
    >>> bool((thermal.conductance_error < 1e-6).all())
    True
    """

    def __init__(
        self,
        native: _landauer.Thermal,
        sides: tuple[int, int],
        lead: tuple[int, ...],
        asked: tuple[tuple[Floats, tuple[int, ...]], ...],
        has_voltage: bool,
    ) -> None:
        (self._fermi, fermi_shape), (self._temperature, temperature_shape), (self._voltage, voltage_shape) = asked
        self._shapes = (fermi_shape, temperature_shape, voltage_shape)
        self._sides = sides
        self._samples = int(np.prod(lead, dtype=int))
        self._has_voltage = has_voltage
        linear = lead + fermi_shape + temperature_shape
        shapes = dict.fromkeys(("conductance", "seebeck", "thermal_conductance", "lorenz"), linear)
        if has_voltage:
            shapes["current"] = linear + voltage_shape
        self._arrays: dict[str, tuple[Floats, Floats]] = {}
        for name, shape in shapes.items():
            values, errors = getattr(native, name)()
            self._arrays[name] = (values.reshape(shape), errors.reshape(shape))
        self._solves = native.solves().reshape(lead)
        self._solver = native.solver()

    def _array(self, name: str, part: int) -> Any:
        found = self._arrays.get(name)
        if found is None:
            raise InputError("there is no voltage: give some, as in landauer.thermal(onsite, 0.01, voltage=0.1)")
        values = found[part]
        return values if values.shape else values[()]

    @property
    def fermi_energy(self) -> Union[Floats, float]:
        """The Fermi energies that were given, a number or ``[fermi_energy]``, in units of t."""
        return self._fermi.copy() if self._shapes[0] else float(self._fermi[0])

    @property
    def temperature(self) -> Union[Floats, float]:
        """The temperatures kT that were given, a number or ``[temperature]``, in units of t."""
        return self._temperature.copy() if self._shapes[1] else float(self._temperature[0])

    @property
    def voltage(self) -> Union[Floats, float, None]:
        """The voltages eV that were given, a number or ``[voltage]``, in units of t; None without."""
        if not self._has_voltage:
            return None
        return self._voltage.copy() if self._shapes[2] else float(self._voltage[0])

    @property
    def conductance(self) -> Any:
        """The conductance, the integral of T (-df/dE), ``[..., fermi_energy, temperature]``, in 2e²/h."""
        return self._array("conductance", 0)

    @property
    def conductance_error(self) -> Any:
        """The estimate of its error, in 2e²/h; 0 at kT = 0, where it is T itself."""
        return self._array("conductance", 1)

    @property
    def seebeck(self) -> Any:
        """The Seebeck coefficient -L1/(eT L0), ``[..., fermi_energy, temperature]``, in k_B/e = 86.17 µV/K. Negative
        where electrons above the Fermi energy carry more than holes below it; 0 at kT = 0; NaN where nothing is
        transmitted that is larger than the conductance's error."""
        return self._array("seebeck", 0)

    @property
    def seebeck_error(self) -> Any:
        """The estimate of its error, in k_B/e."""
        return self._array("seebeck", 1)

    @property
    def thermal_conductance(self) -> Any:
        """The electronic thermal conductance (L2 - L1²/L0)/T, ``[..., fermi_energy, temperature]``, in
        (π²/3)(k_B/e)² G0 T: equal to the conductance in 2e²/h where the law of Wiedemann and Franz holds."""
        return self._array("thermal_conductance", 0)

    @property
    def thermal_conductance_error(self) -> Any:
        """The estimate of its error, in the same unit."""
        return self._array("thermal_conductance", 1)

    @property
    def lorenz(self) -> Any:
        """The Lorenz number, thermal by electric conductance and T, ``[..., fermi_energy, temperature]``, in
        (π²/3)(k_B/e)²; NaN where `seebeck` is."""
        return self._array("lorenz", 0)

    @property
    def current(self) -> Any:
        """The current, the integral of T (f_L - f_R), ``[..., fermi_energy, temperature, voltage]``, in (2e²/h) t/e. It
        has the sign of the voltage.

        Raises
        ------
        InputError
            If `thermal` got no ``voltage``.
        """
        return self._array("current", 0)

    @property
    def current_error(self) -> Any:
        """The estimate of its error, in (2e²/h) t/e."""
        return self._array("current", 1)

    @property
    def solves(self) -> Any:
        """At how many energies each strip was solved, ``[...]``."""
        return self._solves if self._solves.shape else int(self._solves)

    @property
    def solver(self) -> str:
        """The method and its version: equal ones give equal bits on every machine."""
        return self._solver[0]

    def __repr__(self) -> str:
        length, width = self._sides
        parts = [
            counted(len(self._fermi), "Fermi energy", "Fermi energies"),
            counted(len(self._temperature), "temperature"),
        ]
        if self._has_voltage:
            parts.append(counted(len(self._voltage), "voltage"))
        conditions = ", ".join(parts[:-1]) + f" and {parts[-1]}"
        return f"<landauer.Thermal of {counted(self._samples, 'strip')} of {length} x {width} sites at {conditions}>"


def thermal(
    onsite: Onsite,
    temperature: Union[float, npt.ArrayLike] = 0.0,
    fermi_energy: Energies = 0.0,
    voltage: Union[float, npt.ArrayLike, None] = None,
    *,
    tolerance: float = 1e-6,
    relative_tolerance: float = 0.0,
    max_solves: int = 50_000,
    solver: str = "auto",
    threads: Optional[int] = None,
) -> Thermal:
    """Conductance, Seebeck coefficient and electronic thermal conductance of warm strips, and the current at a voltage.

    T(E) is integrated over the Fermi window by an adaptive rule, at as many energies as it takes. Electrons do not
    interact. A voltage puts the chemical potentials of the leads at E_F + eV/2 (left) and E_F - eV/2 (right) and leaves
    the on-site energies as they are.

    Parameters
    ----------
    onsite : array_like, ``[..., x, y]``
        On-site energies in units of the hopping t, x along transport with 0 at the left lead.
    temperature : float or array_like, ``[temperature]``
        Temperatures kT in units of t: 0, or at least 1e-8.
    fermi_energy : float or array_like, ``[fermi_energy]``
        Fermi energies in units of t.
    voltage : float or array_like, ``[voltage]``, optional
        Voltages eV in units of t, for `Thermal.current`.
    tolerance : float
        The largest estimated error of the conductance and of the current by voltage, in 2e²/h.
    relative_tolerance : float
        The same as a part of the conductance: the larger one of both counts. For strips that hardly conduct, give this
        one and ``tolerance=0``.
    max_solves : int
        What needs more energies of a strip than this is an error.
    solver, threads
        As in `solve`; always f64.

    Returns
    -------
    Thermal

    Raises
    ------
    InputError
        On-site energies that are no finite real numbers, or have the wrong number of axes.
    UsageError
        Temperatures, voltages or tolerances that are impossible; a tolerance that is not reached.
    SystemError
        Too little memory.

    Examples
    --------
    The band of a clean chain ends at 2 t, and its conductance is tanh(1/kT):

    >>> import numpy as np
    >>> import landauer
    >>> thermal = landauer.thermal(np.zeros((5, 1)), [0.0, 0.5, 1.0])
    >>> bool(np.allclose(thermal.conductance[1:], np.tanh(1 / thermal.temperature[1:]), rtol=0, atol=1e-6))
    True
    """
    values, lead = strips(onsite)
    fermi = energy_list(fermi_energy, "fermi_energy")
    temperatures = energy_list(temperature, "temperature")
    none = (np.zeros(0), (0,))
    voltages = none if voltage is None else energy_list(voltage, "voltage")
    native = _landauer.thermal(
        values,
        list(lead),
        fermi[0].tolist(),
        temperatures[0].tolist(),
        voltages[0].tolist(),
        (_arguments.real(tolerance, "tolerance"), _arguments.real(relative_tolerance, "relative_tolerance")),
        _arguments.whole(max_solves, "max_solves", 1),
        solver,
        _arguments.threads(threads),
    )
    _, length, width = values.shape
    return Thermal(native, (length, width), lead, (fermi, temperatures, voltages), voltage is not None)
