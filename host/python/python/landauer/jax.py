"""Transmissions that JAX differentiates, compiles and vectorises.

>>> import jax
>>> import landauer.jax
>>> import numpy as np
>>> jax.config.update("jax_enable_x64", True)
>>> onsite = np.zeros((30, 10))
>>> onsite[12, 4] = 3.0                                                     # an impurity
>>> step = jax.jit(jax.grad(lambda onsite: landauer.jax.transmission(onsite, 0.1)))
>>> step(onsite).shape                                                      # dT / d onsite, [x, y]
(30, 10)

JAX, 0.4.34 or newer, is loaded when this module is first used.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Optional, Union

import numpy as np

from . import _arguments, _arrays, _landauer, _maps, _solve
from ._errors import InputError, UsageError

with _arguments.needs("landauer.jax", "JAX"):
    import jax
    import jax.numpy as jnp

__all__ = ["transmission"]

_Energies = Union[float, tuple[float, ...]]


def transmission(onsite: Any, energies: Any = 0.0, threads: Optional[int] = None) -> jax.Array:
    """The transmission T(E) of strips, exactly, with an exact derivative by every on-site energy.

    It works under ``jax.jit``, ``jax.grad``, ``jax.jvp``, ``jax.vmap`` and what is made of them, as a callback: the
    values are those of `landauer.transmission`, bit for bit, whether a gradient is asked for or not; the derivatives
    are those of `landauer.maps`. Both are computed in f64 on the CPU, and have the type of ``onsite``.

    Parameters
    ----------
    onsite : jax.Array or array_like, ``[..., x, y]``
        On-site energies in units of the hopping t, x along transport with 0 at the left lead, of a floating-point
        type. f64 needs ``jax.config.update("jax_enable_x64", True)``: without it JAX would round them to f32.
    energies : float or array_like, ``[energy]``
        Energies in units of t: numbers, which JAX does not trace. T is not differentiated by them.
    threads : int, optional
        As many threads; one for each core without a number. The results have the same bits.

    Returns
    -------
    jax.Array, ``[..., energy]``
        The conductance in units of 2e²/h, without the last axis where ``energies`` is one number. It can be
        differentiated once.

    Raises
    ------
    InputError
        What `landauer.transmission` refuses; on-site energies of no floating-point type, or of f64 while JAX rounds
        to f32; energies that are traced. Where ``onsite`` itself is traced, what is wrong with its values is known
        within the callback only, and JAX wraps the error in its own, with the same message.
    UsageError
        JAX is not installed; a second derivative.
    SystemError
        Too little memory.

    Examples
    --------
    One site of energy u between two leads transmits T = 1/(1 + u²/4) at the band's centre; its derivative is -u T²/2:

    >>> import jax, landauer.jax, numpy as np
    >>> jax.config.update("jax_enable_x64", True)
    >>> T, slope = jax.value_and_grad(landauer.jax.transmission)(np.array([[2.0]]))
    >>> print(T.round(12), slope.round(12))
    0.5 [[-0.25]]
    """
    array = _array(onsite)
    _arrays.check_shape(array.shape, "onsite")
    if not isinstance(array, jax.core.Tracer):
        # Here, where the error is not yet JAX's.
        _landauer.check_onsite(*_arrays.strips(np.asarray(array, np.float64)))
    if any(isinstance(part, jax.core.Tracer) for part in jax.tree.leaves(energies)):
        raise InputError(
            "energies are traced by JAX (jit, grad or vmap), and numbers are needed: take them out of its arguments, or "
            "name them in jit's static_argnames"
        )
    values, shape = _arrays.energy_list(energies)
    fixed = tuple(values.tolist()) if shape else float(values[0])
    result: jax.Array = _transmission(array, fixed, _arguments.threads(threads))
    return result


def _array(onsite: Any) -> jax.Array:
    """`onsite` as an array of JAX, of the same floating-point type."""
    if not isinstance(onsite, jax.Array):
        onsite = _arrays.numbers(onsite, "onsite")
        if onsite.dtype == np.float64 and not jax.config.jax_enable_x64:
            raise InputError(
                'onsite is in f64, which JAX would round to f32: call jax.config.update("jax_enable_x64", True) first, '
                "or give numpy.float32(onsite)"
            )
    if not jnp.issubdtype(onsite.dtype, jnp.floating):
        raise InputError(
            f"onsite has the type {onsite.dtype}, and real floating-point numbers are needed: give onsite.astype(float)"
        )
    return jnp.asarray(onsite)


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _transmission(onsite: jax.Array, energies: _Energies, threads: Optional[int]) -> Any:
    def found(onsite: Any) -> Any:
        values = _solve.transmission(np.asarray(onsite, np.float64), energies, threads=threads)
        return np.asarray(values, dtype=onsite.dtype)

    return _callback(found, onsite, onsite.shape[:-2] + np.shape(energies))


@_transmission.defjvp  # type: ignore[untyped-decorator, unused-ignore]
def _transmission_jvp(energies: _Energies, threads: Optional[int], primals: Any, tangents: Any) -> Any:
    ((onsite,), (change,)) = primals, tangents
    if np.ndim(energies):
        change = change[..., None, :, :]
    # Linear in the change: JAX transposes it for gradients.
    change = (_gradient(onsite, energies, threads) * change).sum((-2, -1))
    return _transmission(onsite, energies, threads), change


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _gradient(onsite: jax.Array, energies: _Energies, threads: Optional[int]) -> Any:
    def found(onsite: Any) -> Any:
        gradient = _maps.maps(np.asarray(onsite, np.float64), energies, "gradient", threads).gradient
        return gradient.astype(onsite.dtype)

    return _callback(found, onsite, onsite.shape[:-2] + np.shape(energies) + onsite.shape[-2:])


@_gradient.defjvp  # type: ignore[untyped-decorator, unused-ignore]
def _gradient_jvp(energies: _Energies, threads: Optional[int], primals: Any, tangents: Any) -> Any:
    raise UsageError("landauer.jax.transmission can be differentiated once, and a second derivative was asked for")


def _callback(found: Any, onsite: jax.Array, shape: tuple[int, ...]) -> Any:
    result = jax.ShapeDtypeStruct(shape, onsite.dtype)
    return jax.pure_callback(found, result, onsite, vmap_method="expand_dims")
