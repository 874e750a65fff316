"""Transmissions that PyTorch differentiates.

>>> import landauer.torch
>>> import torch
>>> onsite = torch.zeros(30, 10, dtype=torch.float64)
>>> onsite[12, 4] = 3.0                                 # an impurity
>>> onsite.requires_grad_()                             # doctest: +ELLIPSIS
tensor(...)
>>> T = landauer.torch.transmission(onsite, 0.1)
>>> T.backward()
>>> onsite.grad.shape                                   # dT / d onsite, [x, y]
torch.Size([30, 10])

PyTorch is loaded when this module is first used. Data sets for PyTorch come from `Dataset.torch`.
"""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from . import _arguments, _arrays, _maps, _solve
from ._arrays import Floats
from ._errors import InputError, UsageError

with _arguments.needs("landauer.torch", "PyTorch"):
    import torch

__all__ = ["transmission"]


def transmission(onsite: torch.Tensor, energies: Any = 0.0, threads: Optional[int] = None) -> torch.Tensor:
    """The transmission T(E) of strips, exactly, with an exact derivative by every on-site energy.

    The values are those of `landauer.transmission`, bit for bit, whether a gradient is asked for or not; the
    derivatives are those of `landauer.maps`, and are computed by ``backward`` alone. Whatever the type and the device
    of ``onsite``, the computation is one in f64 on the CPU; results have that type and lie on that device.

    Parameters
    ----------
    onsite : torch.Tensor, ``[..., x, y]``
        On-site energies in units of the hopping t, x along transport with 0 at the left lead, of a floating-point
        type. Leading axes take the place of ``torch.func.vmap``, which, like the rest of ``torch.func``, is not
        supported.
    energies : float or array_like, ``[energy]``
        Energies in units of t. T is not differentiated by them.
    threads : int, optional
        As many threads; one for each core without a number. The results have the same bits.

    Returns
    -------
    torch.Tensor, ``[..., energy]``
        The conductance in units of 2e²/h, without the last axis where ``energies`` is one number. It can be
        differentiated once.

    Raises
    ------
    InputError
        What is no tensor of real floating-point numbers, or what `landauer.transmission` refuses; energies that
        require a gradient.
    UsageError
        PyTorch is not installed; a second derivative, when ``backward`` comes to it.
    SystemError
        Too little memory.

    Examples
    --------
    One site of energy u between two leads transmits T = 1/(1 + u²/4) at the band's centre; its derivative is -u T²/2:

    >>> import landauer.torch, torch
    >>> onsite = torch.tensor([[2.0]], dtype=torch.float64, requires_grad=True)
    >>> T = landauer.torch.transmission(onsite)
    >>> T.backward()
    >>> round(T.item(), 12), round(onsite.grad.item(), 12)
    (0.5, -0.25)
    """
    if not isinstance(onsite, torch.Tensor):
        raise InputError(
            f"onsite has the type {type(onsite).__name__}, and a tensor is needed: give torch.as_tensor(onsite), or "
            "call landauer.transmission"
        )
    if not onsite.is_floating_point():
        raise InputError(
            f"onsite has the type {onsite.dtype}, and real floating-point numbers are needed: give onsite.double()"
        )
    if isinstance(energies, torch.Tensor):
        if energies.requires_grad:
            raise InputError("energies require a gradient, and T has none by them: give energies.detach()")
        energies = energies.cpu().numpy()
    values, shape = _arrays.energy_list(energies)
    arguments = onsite, values.reshape(shape), _arguments.threads(threads)
    result: torch.Tensor = _Transmission.apply(*arguments)
    return result


class _Transmission(torch.autograd.Function):  # type: ignore[misc, unused-ignore]
    @staticmethod
    def forward(ctx: Any, onsite: torch.Tensor, energies: Floats, threads: Optional[int]) -> torch.Tensor:
        ctx.save_for_backward(onsite)
        ctx.arguments = energies, threads
        return _like(_solve.transmission(_plain(onsite), energies, threads=threads), onsite)

    @staticmethod
    def backward(ctx: Any, weights: torch.Tensor) -> tuple[Optional[torch.Tensor], ...]:
        result = _Gradient.apply(*ctx.saved_tensors, weights, *ctx.arguments)
        return result, None, None


class _Gradient(torch.autograd.Function):  # type: ignore[misc, unused-ignore]
    """The derivative of a weighted sum of transmissions. A function of its own, and so that it can refuse: with
    ``once_differentiable`` PyTorch would take it for a constant wherever the weights are constants."""

    @staticmethod
    def forward(
        ctx: Any, onsite: torch.Tensor, weights: torch.Tensor, energies: Floats, threads: Optional[int]
    ) -> torch.Tensor:
        gradient = _maps.maps(_plain(onsite), energies, "gradient", threads).gradient
        gradient *= _plain(weights)[..., None, None]
        return _like(gradient.sum(axis=-3) if energies.ndim else gradient, onsite)

    @staticmethod
    def backward(ctx: Any, weights: torch.Tensor) -> Any:
        raise UsageError("landauer.torch.transmission can be differentiated once, and a second derivative was asked for")


def _plain(tensor: torch.Tensor) -> Floats:
    values: Floats = tensor.detach().to("cpu", torch.float64).numpy()
    return values


def _like(values: Any, tensor: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.asarray(values)).to(tensor.device, tensor.dtype)
