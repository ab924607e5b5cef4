"""Quantisation of a layer of floats to one of integers.

A scale turns weights into integers, ``w = rint(scale W)``, clipped to their width; thresholds and
biases are scaled alike, and decays are rounded to 12 bits, those of Loihi's neuron.

* A power of two that makes all weights whole is the scale, if there is one. A layer whose decay is
  a power of two, too, and that has neither biases nor lasting currents, is then one of plain
  neurons, which loses nothing: floors nest, so its potential is the floor of the float.
* Otherwise the scale brings the largest weight to the limit of its width, lowered by as little as
  makes the threshold whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.field_checks import short_repr
from lava_intsnn.formats import exchange
from lava_intsnn.formats.nir.float_stages import CLOSE, FloatStage
from lava_intsnn.formats.nir.linear_nodes import UnfitNode
from lava_intsnn.formats.nir.rounding_report import LayerRounding
from lava_intsnn.network import CUBA, Conv, Dense, NetworkError, Pool, Recurrence

_MAX_SHIFT = 30
#: Numbers beyond this, or the inverse of it, are no weights, thresholds or biases.
_FAR = 1e30
#: A decay that keeps nothing.
UNITY = 1 << 12
_GUARD = 6
#: Highest threshold: a potential of 24 bits then reaches 16 thresholds below 0 before it saturates.
_TOP_THRESHOLD = (1 << 13) - 1
#: A threshold that no potential of 24 bits exceeds.
_NO_THRESHOLD = 1 << 17
#: Largest mantissa of a bias in Loihi's 13 bits, and the largest exponent.
_TOP_BIAS, _TOP_EXPONENT = (1 << 12) - 1, 7


@dataclass(frozen=True, kw_only=True)
class QuantisedStage:
    """A layer of integers.

    ``weights`` int64 in the layer's order, ``delays`` int64 or None.
    """

    layer: Dense | Conv
    weights: np.ndarray
    delays: np.ndarray | None
    rounding: LayerRounding

    __repr__ = short_repr


def quantise(
    floats: FloatStage,
    *,
    bits: int,
    scale: float | None = None,
    decay_tolerance: float | None = None,
) -> QuantisedStage:
    """Return the integers nearest to a layer of floats.

    Parameters
    ----------
    floats : FloatStage
    bits : int
        Width of the weights.
    scale : float or None
        Integers of a weight of 1; None: see the module.
    decay_tolerance : float or None
        A share of the potential a step. A decay within it of a power of two becomes that, and the
        neurons plain ones; one that 12 bits miss by more is refused. None: neither.

    Raises
    ------
    UnfitNode
        With everything that a layer cannot hold.
    """
    columns = floats.columns
    if not columns.any():
        raise UnfitNode("all weights are 0")
    for what, values in (
        ("weights", columns),
        ("thresholds", floats.theta),
        ("biases", floats.steady_bias),
    ):
        largest = np.abs(values).max()
        if largest and not 1 / _FAR < largest < _FAR:  # NaN, too
            raise UnfitNode(
                f"{what} of up to {largest:.3g}: beyond what a scale brings to integers"
            )
    chosen, whole = default_scale(floats, bits)
    scale = chosen if scale is None else scale
    whole = whole and scale == chosen
    shift = _plain_shift(floats, decay_tolerance, whole=whole)
    top = limit(bits)
    rounded = np.rint(columns * scale)
    weights = np.clip(rounded, ~top, top).astype(np.int64)
    if not weights.any():
        most = np.abs(columns).max() / floats.theta.min()
        raise UnfitNode(
            f"weights of at most {most:.3g} thresholds, all of which round to 0, as thresholds end "
            f"at {_TOP_THRESHOLD}: is dt right?"
        )
    weight = float(np.abs(weights / scale - columns).max() / np.abs(columns).max())
    neuron: Any
    if shift is not None:
        exact = scale * floats.theta[0] * (1 + 1e-12)
        vth = np.array([np.floor(exact)])
        _require_threshold(vth, floats, columns, bits)
        neuron = _made(exchange.imported_neuron, vth=int(vth[0]), decay_shift=shift)
        decay = float(np.abs(2.0**-shift - (1 - floats.voltage_leak)).max())
        bias = 0.0
    else:
        left = floats.steady_bias  # what is not given by a neuron that always fires
        if floats.bias_column:
            given = np.clip(np.rint(floats.synapses.w[:, -1] * scale), ~top, top)
            left = left + (floats.synapses.w[:, -1] - given / scale) / floats.current_leak
            at = floats.synapses.w.shape[1] - 1
            weights = np.insert(weights, at, given.astype(np.int64), axis=1)
        neuron, vth, decay, bias = _cuba(floats, scale, columns, left, bits, decay_tolerance)
    exact_theta = floats.theta * scale
    if floats.whole_steps:  # a whole potential above n is one above anything from n to n + 1
        missed = 0.0 if whole else float((np.abs(vth + 0.5 - exact_theta) / exact_theta).max())
    else:
        missed = float((np.abs(vth - exact_theta) / exact_theta).max())
    rounding = LayerRounding(
        name=floats.name,
        neurons=neuron.kind,
        shape=(floats.synapses.n_in, floats.synapses.n_out),
        scale=scale,
        weight=weight,
        clipped=int(((rounded > top) | (rounded < ~top)).sum()),
        threshold=missed,
        decay=decay,
        bias=bias,
        notes=(*floats.synapses.notes, *_notes(floats)),
    )
    layer = _layer(floats, neuron)
    return QuantisedStage(
        layer=layer, weights=weights, delays=floats.synapses.delays, rounding=rounding
    )


def default_scale(floats: FloatStage, bits: int) -> tuple[float, bool]:
    """Return the scale of a layer's weights, and whether it makes them whole."""
    columns, top = floats.columns, limit(bits)
    largest = np.abs(columns).max()
    power = 2.0 ** np.floor(np.log2((top + 1) / largest))
    whole = np.rint(columns * power)
    fits = ~top <= whole.min() and whole.max() <= top and power * floats.theta.max() < _NO_THRESHOLD
    if fits and np.allclose(whole, columns * power, rtol=0, atol=CLOSE):
        return float(power), True
    return snapped(floats, min(top / largest, largest_scale(floats))), False


def largest_scale(floats: FloatStage) -> float:
    """Return the largest scale with which thresholds and biases keep their widths."""
    bias = np.abs(floats.steady_bias).max()
    most = (_TOP_BIAS << _TOP_EXPONENT) / (bias * (1 << _GUARD)) if bias else np.inf
    return float(min(_TOP_THRESHOLD / floats.theta.max(), most))


def snapped(floats: FloatStage, scale: float) -> float:
    """Return the largest scale up to ``scale`` with which the threshold is rounded by nothing."""
    theta = floats.theta[0]
    if np.ptp(floats.theta) or theta * scale < 1:
        return float(scale)
    # whole potentials exceed n as they exceed n + 1/2, and that is the middle between them
    half = 0.5 * floats.whole_steps
    return float(max(np.floor(theta * scale - half) + half, 1) / theta)


def _cuba(
    floats: FloatStage,
    scale: float,
    columns: np.ndarray,
    steady_bias: np.ndarray,
    bits: int,
    tolerance: float | None,
) -> tuple[CUBA, np.ndarray, float, float]:
    """Return neurons, thresholds, and the errors of decays and biases."""
    exact = floats.theta * scale
    vth = np.floor(exact * (1 + 1e-12)) if floats.whole_steps else np.rint(exact)
    _require_threshold(vth, floats, columns, bits)
    leaks = {"current_decay": floats.current_leak, "voltage_decay": floats.voltage_leak}
    decays = {name: np.rint(leak * UNITY) for name, leak in leaks.items()}
    worst = max(float(np.abs(decays[name] / UNITY - leak).max()) for name, leak in leaks.items())
    if tolerance is not None and worst > tolerance:
        raise UnfitNode(
            f"a decay that 12 bits miss by {worst:.2g} of the potential a step: raise "
            f"decay_tolerance = {tolerance:g}, or leave it out"
        )
    biases = steady_bias * scale * (1 << _GUARD)
    largest = np.abs(biases).max()
    exponent = 0
    while np.rint(largest / (1 << exponent)) > _TOP_BIAS and exponent < _TOP_EXPONENT:
        exponent += 1
    mantissas = np.rint(biases / (1 << exponent))
    if np.abs(mantissas).max() > _TOP_BIAS:
        raise UnfitNode(
            f"a bias of {np.abs(steady_bias / floats.theta).max():.3g} thresholds a step: "
            "beyond 12 bits and an exponent of 7; use fewer bits for the weights"
        )
    missed = np.abs(mantissas * (1 << exponent) - biases).max()
    rows = len(columns)
    vths = _few(vth, rows)
    neuron = _made(
        CUBA,
        vth=vths,
        window=2 * int(vth.max()),
        bias_mant=_few(mantissas, rows),
        bias_exp=exponent if largest else 6,
        reset="hard" if floats.hard else "soft",
        **{name: _few(values, rows) for name, values in decays.items()},
    )
    return neuron, vth, worst, float(missed / largest) if largest else 0.0


def _plain_shift(floats: FloatStage, tolerance: float | None, *, whole: bool) -> int | None:
    """Return the decay shift if neurons of one shift are nearest, or near enough; else None."""
    # without a leak the potential is a whole number, whatever the weights were rounded by
    exact = whole or not floats.voltage_leak.any()
    if not exact and tolerance is None:
        return None
    close = CLOSE if tolerance is None else max(tolerance, CLOSE)
    plain = floats.hard and not np.ptp(floats.theta) and not floats.steady_bias.any()
    plain = plain and not floats.bias_column
    if not plain or np.abs(1 - floats.current_leak).max() > close:
        return None
    decays = 1 - floats.voltage_leak
    powers = 2.0 ** -np.arange(_MAX_SHIFT + 1)
    nearest = int(np.argmin(np.abs(powers - decays[0])))
    return nearest if np.abs(powers[nearest] - decays).max() <= close else None


def _require_threshold(vth: np.ndarray, floats: FloatStage, columns: np.ndarray, bits: int) -> None:
    if vth.min() < 1:
        raise UnfitNode(
            f"a threshold of {floats.theta.min():.3g} with weights up to "
            f"{np.abs(columns).max():.3g}: it is below the smallest weight of {bits} bits; use "
            "more bits"
        )


def _few(values: np.ndarray, rows: int) -> int | tuple[int, ...]:
    """Return one number for all neurons, or for each row of weights, or for each neuron."""
    each = values.astype(np.int64).reshape(-1, rows)
    if not np.ptp(each):
        return int(each[0, 0])
    return tuple((each.ravel() if np.ptp(each, axis=0).any() else each[0]).tolist())


def _layer(floats: FloatStage, neuron: Any) -> Dense | Conv:
    synapses = floats.synapses
    rules: dict[str, Any] = {"neuron": neuron, "lr_shift": exchange.IMPORTED_LR_SHIFT}
    if synapses.given:
        rules["plastic"] = False
    if synapses.pool:
        rules["pool"] = _made(Pool, **synapses.pool)
    layer: Dense | Conv
    if synapses.conv:
        layer = _made(Conv, **synapses.conv, **rules)
    else:
        if synapses.delays is not None:
            rules |= {"max_delay": int(synapses.delays.max()), "delay_source": "state"}
        recurrence = None if floats.w_rec is None else Recurrence(source="spikes", shift=0)
        layer = _made(
            Dense, n_in=synapses.n_in, n_out=synapses.n_out, recurrence=recurrence, **rules
        )
    return layer


def _made(kind: Any, /, **fields: Any) -> Any:
    try:
        return kind(**fields)
    except NetworkError as error:
        raise UnfitNode(str(error)) from error


def _notes(floats: FloatStage) -> tuple[str, ...]:
    notes = []
    lasting = (floats.current_leak < 1) & (floats.input_bias != 0)
    if lasting.any():
        notes.append(
            "a bias acts on the potential at once, where the graph's current builds it up over "
            "tau_syn"
        )
    for what, leak in (("current", floats.current_leak), ("potential", floats.voltage_leak)):
        gone = (leak > 1e-12) & (np.rint(leak * UNITY) == 0)
        if gone.any():
            steps = 1 / leak[gone].max()
            notes.append(
                f"a {what} that decays over {steps:,.0f} steps decays over no more than 8192, so "
                "it stays: is dt right?"
            )
    return tuple(notes)
