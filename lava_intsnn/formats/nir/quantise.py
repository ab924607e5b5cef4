"""Quantisation of a layer of floats to one of integers.

With ``gain = R dt/tau`` a step is ``v = d v + gain W s``, and a neuron spikes if ``v > theta``.
Only the ratio ``gain / theta`` matters, so neurons of different gains and thresholds are brought to
the first neuron's by scaling their weights. Then

* the decay ``d = 1 - dt/tau`` becomes the nearest ``2**-b``;
* weights become ``rint(scale W)``, where ``scale`` is the largest power of two for which they fit,
  if that makes them whole, and otherwise the factor that brings the largest one to its limit;
* the threshold becomes ``floor(scale theta)``, which an integer exceeds exactly if the float does.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Any

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.formats import exchange
from lava_intsnn.formats.nir.chain import Stage
from lava_intsnn.network import Conv, Dense, NetworkError, Recurrence

#: Shares by which float32 numbers that should be equal may differ.
_CLOSE = 1e-6
_MAX_SHIFT = 30


@dataclass(frozen=True)
class Errors:
    """The largest rounding errors.

    ``weight`` is a share of the layer's largest weight, ``threshold`` of the threshold, and
    ``decay`` of the potential in a step.
    """

    weight: float = 0.0
    threshold: float = 0.0
    decay: float = 0.0

    def __or__(self, other: Errors) -> Errors:
        return Errors(*map(max, astuple(self), astuple(other)))

    def __str__(self) -> str:
        return (
            f"weights by up to {self.weight:.2%} of the layer's largest, thresholds by up to "
            f"{self.threshold:.2%}, decays by up to {self.decay:.2%} of the potential a step"
        )


class Unfit(Exception):
    """The reasons why a layer does not fit, one line each."""


def quantise(
    stage: Stage, *, dt: float, bits: int, decay_tolerance: float
) -> tuple[Dense | Conv, np.ndarray, Errors]:
    """Return layer, inference weights of ``bits`` bits in the layer's order, and errors.

    Raises
    ------
    Unfit
        With everything in the stage that a layer cannot hold.
    """
    unfit: list[str] = []
    w = np.asarray(stage.synapses.weight, np.float64)
    w_rec = None if stage.recurrent is None else np.asarray(stage.recurrent.weight, np.float64)
    conv = type(stage.synapses).__name__ == "Conv2d"
    for node in (stage.synapses, stage.recurrent):
        if np.any(np.asarray(getattr(node, "bias", 0.0))):
            unfit.append("a bias: ours have none; train without")
    if not all(np.isfinite(part).all() for part in (w, w_rec) if part is not None):
        unfit.append("weights that are not finite")
    decay, gain, theta = _constants(stage, dt, len(w), unfit)
    decay_shift = _decay_shift(decay, decay_tolerance, unfit)
    geometry = _geometry(stage, unfit) if conv else {}
    if conv and w_rec is not None:
        unfit.append("recurrent synapses on a convolution: only dense layers have them")
    if not conv and stage.image and not stage.flattened:
        unfit.append("a Linear node on an image: put a Flatten before it")
    if w_rec is not None and w_rec.shape != (len(w), len(w)):
        unfit.append(f"recurrent weights {w_rec.shape}: must be {(len(w), len(w))}")
    if unfit:
        raise Unfit("\n".join(unfit))
    # to one threshold for all, the first neuron's
    columns = w.reshape(len(w), -1) if w_rec is None else np.hstack([w, w_rec])
    columns = columns * (gain / theta * theta[0])[:, None]
    whole, scale = _whole(columns, bits)
    exact = scale * theta[0] * (1 + 1e-12)
    vth = int(np.floor(exact))
    if vth < 1:
        raise Unfit(
            f"a threshold of {theta[0]:.3g} with weights up to {np.abs(columns).max():.3g}: it is "
            f"below the smallest weight of {bits} bits; use more bits"
        )
    errors = Errors(
        weight=float(np.abs(whole / scale - columns).max() / np.abs(columns).max()),
        threshold=(exact - vth) / exact,
        decay=abs(2.0**-decay_shift - decay),
    )
    try:
        rules: dict[str, Any] = {
            "neuron": exchange.imported_neuron(vth=vth, decay_shift=decay_shift),
            "lr_shift": exchange.IMPORTED_LR_SHIFT,
        }
        if conv:
            filters = whole.reshape(w.shape)
            layer = Conv(channels=len(w), **geometry, **rules)
            return layer, exchange.from_filters(filters), errors
        n_in = w.shape[1]
        if stage.image:
            channels, height, width = stage.image
            whole[:, :n_in] = exchange.columns_from((height, width, channels), whole[:, :n_in])
        dense = Dense(
            n_in=n_in,
            n_out=len(w),
            recurrence=None if w_rec is None else Recurrence(source="spikes", shift=0),
            **rules,
        )
    except NetworkError as error:
        raise Unfit(str(error)) from error
    return dense, whole, errors


def _constants(
    stage: Stage, dt: float, rows: int, unfit: list[str]
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the decay, and gain and threshold of each row of weights."""
    node = stage.neurons
    kind = type(node).__name__
    theta = _per_row("v_threshold", node.v_threshold, rows, unfit)
    if (theta <= 0).any():
        unfit.append(f"a threshold of {theta.min():.3g}: must be above 0")
    for name in ("v_reset", "v_leak"):
        if np.any(np.asarray(getattr(node, name, 0.0))):
            unfit.append(f"{name} other than 0: ours is 0")
    r = _per_row("r", node.r, rows, unfit)
    if kind == "IF":
        return 1.0, r, theta
    if kind == "CubaLIF":
        current = 1 - dt / _tau("tau_syn", node.tau_syn, rows, unfit)
        if np.abs(current).max() > _CLOSE:
            unfit.append(
                f"a synaptic current that lasts (decay {current.max():.3g} a step): ours does not; "
                f"use tau_syn = dt = {dt:g}, or an LIF"
            )
        r = r * _per_row("w_in", node.w_in, rows, unfit)
    tau = _tau("tau", node.tau_mem if kind == "CubaLIF" else node.tau, rows, unfit)
    decays = 1 - dt / tau
    if np.ptp(decays) > _CLOSE:
        unfit.append(
            f"decays from {decays.min():.4g} to {decays.max():.4g} in one layer: must be one"
        )
    return float(decays[0]), r * dt / tau, theta


def _tau(name: str, values: Any, rows: int, unfit: list[str]) -> np.ndarray:
    tau = _per_row(name, values, rows, unfit)
    if (tau <= 0).any():
        unfit.append(f"{name} = {tau.min():g}: must be above 0")
        return np.ones(rows)
    return tau


def _per_row(name: str, values: Any, rows: int, unfit: list[str]) -> np.ndarray:
    """Return the value of each neuron, or channel of neurons: one, or one each."""
    values = np.asarray(values, np.float64)
    values = values.reshape(len(values) if values.ndim else 1, -1)
    if not np.isfinite(values).all():
        unfit.append(f"{name} that is not finite")
        return np.ones(rows)
    if len(values) not in (1, rows):
        unfit.append(f"{name} for {len(values)} neurons: must be for 1 or {rows}")
        return np.ones(rows)
    if np.ptp(values, axis=1).max() > _CLOSE * np.abs(values).max():
        unfit.append(f"{name} differs from place to place in a channel: must be one a channel")
    return np.broadcast_to(values[:, 0], rows)


def _decay_shift(decay: float, tolerance: float, unfit: list[str]) -> int:
    shifts = np.arange(_MAX_SHIFT + 1)
    powers = 2.0**-shifts
    nearest = int(shifts[np.argmin(np.abs(powers - decay))])
    if abs(powers[nearest] - decay) > tolerance:
        unfit.append(
            f"a decay of {decay:.4g} a step: ours are powers of two, the nearest is "
            f"{powers[nearest]:g} (tau = {_in_steps(powers[nearest])}); train with that, or raise "
            f"decay_tolerance = {tolerance:g}"
        )
    return nearest


def _in_steps(decay: float) -> str:
    return "infinite" if decay == 1 else f"{1 / (1 - decay):.3g} dt"


def _geometry(stage: Stage, unfit: list[str]) -> dict[str, Any]:
    node = stage.synapses
    kernel = node.weight.shape[2]
    if node.weight.shape[2] != node.weight.shape[3]:
        unfit.append(f"a kernel of {kernel} by {node.weight.shape[3]}: must be square")
    padding = node.padding
    if isinstance(padding, str):
        if padding == "same" and not kernel % 2:
            unfit.append(f"padding 'same' with a kernel of {kernel}: must be odd")
        padding = (kernel - 1) // 2 if padding == "same" else 0
    numbers = {"stride": node.stride, "padding": padding}
    for name, only in (("dilation", node.dilation), ("groups", node.groups)):
        if np.any(np.ravel(only) != 1):
            unfit.append(f"{name} = {only}: must be 1")
    for name, value in numbers.items():
        if np.ptp(np.ravel(value)):
            unfit.append(f"{name} = {value}: must be the same in both directions")
    if stage.image is None:
        unfit.append("an input of unknown shape: give the Input node the shape (C, H, W)")
        return {}
    channels, height, width = stage.image
    if channels != node.weight.shape[1]:
        unfit.append(f"{node.weight.shape[1]} input channels, where {channels} come in")
    return {
        "in_shape": (height, width, channels),
        "kernel": kernel,
        **{name: int(np.ravel(value)[0]) for name, value in numbers.items()},
    }


def _whole(w: np.ndarray, bits: int) -> tuple[np.ndarray, float]:
    """Return whole weights within ``bits`` bits and the scale they come by."""
    top = limit(bits)
    largest = np.abs(w).max(initial=0.0)
    if not largest:
        raise Unfit("all weights are 0")
    scale = 2.0 ** np.floor(np.log2((top + 1) / largest))
    whole = np.rint(w * scale)
    if not np.allclose(whole, w * scale, rtol=0, atol=_CLOSE) or whole.max() > top:
        scale = top / largest
        whole = np.rint(w * scale)
    return whole.astype(np.int64), float(scale)
