"""Quantisers of weights and activations with straight-through gradients."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from lava_intsnn.conversion.ann_spec import FLOAT_WEIGHTS
from lava_intsnn.conversion.quantised import NUDGE

#: A ternary weight is 0 if the float one is smaller than this share of the mean magnitude.
TERNARY_SHARE = 0.7
#: Fraction bits that hold float weights when they are frozen: sums of them are exact.
FLOAT_BITS = 24


class _Replace(torch.autograd.Function):
    """Returns ``quantised`` forward and passes the gradient to ``x`` backward."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, quantised: Tensor) -> Tensor:
        return quantised

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


def straight_through(x: Tensor, quantised: Tensor) -> Tensor:
    """Return ``quantised`` with the gradient of ``x``."""
    return _Replace.apply(x, quantised)


def weight_codes(w: Tensor, bits: int) -> tuple[Tensor, float]:
    """Return integer codes of ``w`` and the value of a code of 1.

    Two bits are ternary, as in the paper: the sign if ``|w| >= 0.7 mean|w|``, with the value 1,
    since batch norm removes any scale. More bits are ``+-(2^(bits-1) - 1)`` steps of
    ``2 mean|w| / sqrt(2^(bits-1) - 1)``, the initial step of learned step size quantisation.

    Parameters
    ----------
    w : float tensor
    bits : int
        2..8, or 32: multiples of 2^-24, as float64.
    """
    if bits == FLOAT_WEIGHTS:
        limit = 2.0**31 - 1
        return (w.detach().double() * 2.0**FLOAT_BITS).round().clamp(
            -limit, limit
        ), 2.0**-FLOAT_BITS
    codes, unit = _codes(w, bits)
    return codes, float(unit)


def quantised_weight(w: Tensor, bits: int) -> Tensor:
    """Return ``w`` quantised, differentiable; float weights stay as they are."""
    if bits == FLOAT_WEIGHTS:
        return w
    codes, unit = _codes(w, bits)
    return straight_through(w, codes * unit)


def _codes(w: Tensor, bits: int) -> tuple[Tensor, Tensor | float]:
    """Return codes and unit without waiting for a GPU."""
    w = w.detach()
    mean = w.abs().mean()
    if bits == 2:
        return torch.sign(w) * (w.abs() >= TERNARY_SHARE * mean), 1.0
    top = 2 ** (bits - 1) - 1
    step = (2 * mean / math.sqrt(top)).clamp(min=torch.finfo(torch.float32).tiny)
    return torch.clamp(torch.round(w / step), -top, top), step


def quantised_activation(y: Tensor, *, level: int, max_count: int | None) -> Tensor:
    """Return ``round(2^level ReLU(y) + 1e-5) / 2^level``, clipped, differentiable.

    The gradient is ReLU's, and 0 where the count is clipped.
    """
    y = torch.relu(y) if max_count is None else torch.clamp(y, 0.0, max_count / 2.0**level)
    scale = 2.0**level
    return straight_through(y, torch.round(y.detach() * scale + NUDGE) / scale)
