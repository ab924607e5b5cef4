"""A NIR graph as layers of floats: synapses, the neurons they reach, and nothing else.

The neurons of every kind are one equation, a step of Euler's method over ``dt``::

    u = (1 - current_leak) u + W x + W_rec s + input_bias
    v = (1 - voltage_leak) v + u + drive
    s = v > theta;  v = 0 where s

NIR's LIF, ``tau dv/dt = (v_leak - v) + R I``, has ``current_leak = 1``, ``voltage_leak = dt / tau``
and the gain ``R dt / tau`` on its input. Its CubaLIF has ``tau_syn dI/dt = -I + w_in S``, too,
hence ``current_leak = dt / tau_syn`` and the gain ``R dt / tau_mem * w_in dt / tau_syn``. Its IF
has no leak and the gain ``R``, and its Threshold keeps nothing. Potentials are counted from
``v_reset``.

Gains go into the weights where a row of them has one gain, and else into thresholds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lava_intsnn.field_checks import short_repr
from lava_intsnn.formats.nir.linear_nodes import Shape, UnfitNode
from lava_intsnn.formats.nir.nir_nodes import NirNode

#: Shares by which float32 numbers that should be equal may differ.
CLOSE = 1e-6


@dataclass(frozen=True, kw_only=True)
class FloatSynapses:
    """Synapses of floats, in our order.

    Parameters
    ----------
    w : float64 (rows, columns)
        As the weights of the layer without recurrence.
    conv : dict or None
        Geometry of a :class:`~lava_intsnn.network.Conv`; None for a dense layer.
    pool : dict or None
        Fields of a :class:`~lava_intsnn.network.Pool`.
    delays : int64 (rows, columns) or None
    bias : float64 (n_out,)
    n_in, n_out : int
    given : bool
        Whether the importer made them, and learning must leave them alone.
    notes : tuple of str
        What the importer did.
    """

    w: np.ndarray
    bias: np.ndarray
    n_in: int
    n_out: int
    conv: dict[str, Any] | None = None
    pool: dict[str, Any] | None = None
    delays: np.ndarray | None = None
    given: bool = False
    notes: tuple[str, ...] = ()

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class FloatStage:
    """A layer of floats; see the module. Arrays of neurons are ``(n_out,)`` in our order.

    ``w_rec`` is ``(n_out, n_out)`` or None, ``hard`` whether potentials reset to 0 or by
    subtraction of the threshold, and ``bias_column`` whether the last column of ``w`` is that of a
    neuron which always fires.
    """

    name: str
    synapses: FloatSynapses
    w_rec: np.ndarray | None
    input_bias: np.ndarray
    drive: np.ndarray
    current_leak: np.ndarray
    voltage_leak: np.ndarray

    __repr__ = short_repr
    theta: np.ndarray
    hard: bool = True
    bias_column: bool = False

    @property
    def steady_bias(self) -> np.ndarray:
        """What biases add to the potential in a step, once their current has built up."""
        return self.drive + self.input_bias / self.current_leak

    @property
    def columns(self) -> np.ndarray:
        """All weights but a column of biases, ``(rows, columns)``, those of recurrence last."""
        w = self.synapses.w[:, :-1] if self.bias_column else self.synapses.w
        return w if self.w_rec is None else np.hstack([w, self.w_rec])

    @property
    def whole_steps(self) -> bool:
        """Whether the potential is a sum of whole weights: nothing decays by a part."""
        leaks = np.concatenate([self.current_leak - 1, self.voltage_leak * (1 - self.voltage_leak)])
        return not leaks.any() and not self.steady_bias.any()


def float_stage(
    node: NirNode,
    shape: Shape,
    order: np.ndarray,
    synapses: FloatSynapses,
    w_rec: np.ndarray | None,
    recurrent_bias: np.ndarray | None,
    *,
    dt: float,
    hard: bool,
) -> FloatStage:
    """Return the layer of ``synapses`` and the neurons of ``node``.

    ``shape`` is that of the neurons in NIR, and ``order`` has NIR's number of each of ours.
    """

    def value(field: str, otherwise: float = 0.0) -> np.ndarray:
        return _each(node, field, shape, otherwise)[order]

    constants: dict[str, Any] = dict(_CONSTANTS[node.kind](node, value, dt))
    theta = constants["theta"]
    if (theta <= 0).any():
        raise UnfitNode(
            f"a threshold of {theta.min():.3g} above v_reset: must be above 0, or the neuron fires "
            "without end"
        )
    if not hard and value("v_reset").any():
        raise UnfitNode("v_reset other than 0 and a soft reset, which has none: use reset='hard'")
    bias = synapses.bias if recurrent_bias is None else synapses.bias + recurrent_bias
    gain = constants.pop("gain")
    layer = FloatStage(
        name=node.name, synapses=synapses, w_rec=w_rec, input_bias=bias, hard=hard, **constants
    )
    return _one_threshold(_scaled(layer, gain))


def _scaled(layer: FloatStage, gain: np.ndarray) -> FloatStage:
    """Return the layer with ``gain (n_out,)`` on its input."""
    by_row = _by_row(layer, gain)
    if by_row is not None:
        return _rows_scaled(layer, by_row, ("input_bias",))
    if (gain <= 0).any():
        raise UnfitNode("a gain of neurons that differs within a channel and is not above 0")
    return replace(layer, drive=layer.drive / gain, theta=layer.theta / gain)


def _one_threshold(layer: FloatStage) -> FloatStage:
    """Return the layer with one threshold for all neurons, if rows of weights can take it."""
    by_row = _by_row(layer, layer.theta)
    if by_row is None:
        return layer
    scaled = _rows_scaled(layer, by_row[0] / by_row, ("input_bias", "drive"))
    return replace(scaled, theta=np.full_like(layer.theta, by_row[0]))


def _by_row(layer: FloatStage, values: np.ndarray) -> np.ndarray | None:
    """Return the value of each row of weights; None where neurons of a row differ."""
    each = values.reshape(-1, len(layer.synapses.w))  # the rows of neurons repeat
    if np.ptp(each, axis=0).max() > CLOSE * np.abs(values).max():
        return None
    return each[0]


def _rows_scaled(layer: FloatStage, by_row: np.ndarray, biases: tuple[str, ...]) -> FloatStage:
    synapses = replace(layer.synapses, w=layer.synapses.w * by_row[:, None])
    w_rec = None if layer.w_rec is None else layer.w_rec * by_row[:, None]
    each = np.tile(by_row, layer.synapses.n_out // len(by_row))
    changed = {name: getattr(layer, name) * each for name in biases}
    return replace(layer, synapses=synapses, w_rec=w_rec, **changed)


def _each(node: NirNode, field: str, shape: Shape, otherwise: float) -> np.ndarray:
    """Return a parameter of each neuron in NIR's order: one for all, for a channel, or each."""
    values = node.fields.get(field)
    n = int(np.prod(shape))
    if values is None:
        return np.full(n, otherwise)
    if values.size == n:
        return values.ravel()
    if values.size == 1:
        return np.full(n, values.item())
    if len(shape) == 3 and values.size == shape[0]:
        return np.repeat(values.ravel(), shape[1] * shape[2])
    raise UnfitNode(f"{field} for {values.size} neurons, where there are {n}")


_Values = Callable[..., np.ndarray]


def _if(node: NirNode, value: _Values, dt: float) -> dict[str, np.ndarray]:
    r, reset = value("r"), value("v_reset")
    zero = np.zeros_like(r)
    return {
        "gain": r,
        "current_leak": zero + 1,
        "voltage_leak": zero,
        "drive": zero,
        "theta": value("v_threshold") - reset,
    }


def _lif(node: NirNode, value: _Values, dt: float) -> dict[str, np.ndarray]:
    leak, reset = _leak("tau", value("tau"), dt), value("v_reset")
    return {
        "gain": value("r") * leak,
        "current_leak": np.ones_like(leak),
        "voltage_leak": leak,
        "drive": leak * (value("v_leak") - reset),
        "theta": value("v_threshold") - reset,
    }


def _cuba(node: NirNode, value: _Values, dt: float) -> dict[str, np.ndarray]:
    leak, reset = _leak("tau_mem", value("tau_mem"), dt), value("v_reset")
    current = _leak("tau_syn", value("tau_syn"), dt)
    return {
        "gain": value("r") * leak * value("w_in", 1.0) * current,
        "current_leak": current,
        "voltage_leak": leak,
        "drive": leak * (value("v_leak") - reset),
        "theta": value("v_threshold") - reset,
    }


def _threshold(node: NirNode, value: _Values, dt: float) -> dict[str, np.ndarray]:
    threshold = value("threshold")
    # a threshold of 0 or less is one above 0 for a potential that is as much higher
    lift = np.where(threshold > 0, 0.0, 1.0 - threshold)
    one = np.ones_like(threshold)
    return {
        "gain": one,
        "current_leak": one,
        "voltage_leak": one,
        "drive": lift,
        "theta": threshold + lift,
    }


def _leak(name: str, tau: np.ndarray, dt: float) -> np.ndarray:
    with np.errstate(over="ignore"):
        leak = dt / tau
    if leak.max() > 1 + CLOSE:
        raise UnfitNode(
            f"{name} = {tau.min():.3g} s, shorter than the step dt = {dt:g} s: the step does not "
            "follow it; give a dt of at most that"
        )
    leak = np.minimum(leak, 1.0)
    return np.where(leak > 1 - CLOSE, 1.0, leak)  # float32 does not know which it is


_CONSTANTS: dict[str, Callable[[NirNode, _Values, float], dict[str, np.ndarray]]] = {
    "IF": _if,
    "LIF": _lif,
    "CubaLIF": _cuba,
    "Threshold": _threshold,
}
