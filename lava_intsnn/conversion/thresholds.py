"""Batch norm, ReLU and quantiser of a channel as integer thresholds on its potential.

A channel with a negative gamma has higher counts for lower v. Its weights are negated, so every
potential here is ``u = orientation * v``, and counts never fall as u rises.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.quantised import NUDGE, QuantisedLayer
from lava_intsnn.conversion.spiking_network import INFINITE
from lava_intsnn.field_checks import short_repr

#: Largest number of levels of a table. Counts are 16 bits; trained activations stay far below.
MAX_LEVELS = 4096

#: Largest potential. Larger sums are refused, because float64 would round them.
EXACT_REACH = 1 << 53

#: The authors' factor between potentials and thresholds.
AUTHORS_SCALE = 10_000

_MAX_SCALE = 1 << 20


def orientation(layer: QuantisedLayer) -> npt.NDArray[np.int64]:
    """Return (O,) signs by which weights are multiplied; 0 marks a constant channel.

    Raises
    ------
    ConversionError
        If a variance is not positive, or gamma / s exceeds float64, so that v = mu has no count.
    """
    spread = layer.var + layer.eps
    if (spread <= 0).any():
        channel = int(np.argmax(spread <= 0))
        raise ConversionError(
            f"channel {channel}: var + eps = {spread[channel]}: must be positive; "
            "run the batch norm on data first"
        )
    with np.errstate(over="ignore"):
        slope = layer.gamma / np.sqrt(spread)
    if np.isinf(slope).any():
        channel = int(np.argmax(np.isinf(slope)))
        raise ConversionError(
            f"channel {channel}: gamma = {layer.gamma[channel]} and var + eps = {spread[channel]} "
            "have no finite gamma / sqrt(var + eps); train it again"
        )
    return np.sign(slope).astype(np.int64)


def exact(layer: QuantisedLayer, levels: int, *, reach: int = INFINITE) -> npt.NDArray[np.int64]:
    """Return the smallest potential of every count, found with ``layer.count`` itself.

    Parameters
    ----------
    layer : QuantisedLayer
    levels : int
        M, 1..4096.
    reach : int
        Largest magnitude of a potential. Thresholds beyond it become ``reach`` or ``-reach``.

    Returns
    -------
    (O, M) int64 array
        ``[o, m - 1]`` is the smallest u with ``count(u) >= m``. If gamma is zero, u stays 0 and
        Theta_m = m - n* for the constant count n*.

    Raises
    ------
    ConversionError
        If the levels are out of range, or a variance is not positive.
    """
    check_levels(levels)
    sign = orientation(layer)
    wanted = np.arange(1, levels + 1)[:, None]
    # counts never fall, so bisection finds the threshold without a formula
    below = np.full((levels, layer.channels), -reach - 1, dtype=np.int64)
    reached = np.full_like(below, reach)
    while (reached - below > 1).any():
        middle = (below + reached) // 2
        enough = layer.count(sign * middle) >= wanted
        reached = np.where(enough, middle, reached)
        below = np.where(enough, below, middle)
    table = np.where(sign == 0, wanted - _constant(layer), np.maximum(reached, -reach))
    return np.ascontiguousarray(table.T)


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, eq=False)
class CompactThresholds:
    """Two integers per channel instead of M, for hardware.

    A neuron fires if ``scale * u >= first + (m - 1) * step``. Potentials are ``scale`` times as
    large in this form.

    Parameters
    ----------
    first, step : (O,) int64 array
        Theta_1 and the distance of thresholds, both times the scale.
    scale : int
    """

    first: npt.NDArray[np.int64]
    step: npt.NDArray[np.int64]
    scale: int

    __repr__ = short_repr

    def table(self, levels: int) -> npt.NDArray[np.int64]:
        """Return the same thresholds for potentials that are not scaled, (O, levels).

        ``scale * u >= x`` and ``u >= ceil(x / scale)`` are the same for integers.

        Raises
        ------
        ConversionError
            If the levels are out of range, or a threshold needs more than 63 bits.
        """
        check_levels(levels)
        largest = np.abs(self.first.astype(float)) + self.step.astype(float) * levels
        if largest.max() >= 2.0**62:
            raise ConversionError(
                f"channel {int(largest.argmax())}: its gamma is so small that level {levels} "
                f"needs a threshold of {largest.max():.3g}, beyond 63 bits; use exact thresholds"
            )
        scaled = self.first[:, None] + self.step[:, None] * np.arange(levels)
        return np.clip(-(-scaled // self.scale), -INFINITE, INFINITE)


def compact(layer: QuantisedLayer, *, scale: int = AUTHORS_SCALE) -> CompactThresholds:
    """Return ``round(S theta_1)`` and ``round(S d)`` of the closed form.

    It is exact only if no integer lies between a threshold and its rounded form; see
    :func:`differences`.

    Parameters
    ----------
    layer : QuantisedLayer
    scale : int
        S, 1..2^20.

    Raises
    ------
    ConversionError
        If the scale is out of range or a variance is not positive.
    """
    first, step = _closed_form(layer, nudge=NUDGE)
    return _compact(layer, np.rint(scale * first), np.rint(scale * step), scale)


def use_int(layer: QuantisedLayer, *, scale: int = AUTHORS_SCALE) -> CompactThresholds:
    """Return the thresholds of the authors' switch ``use_int``.

    It rounds Theta_1 to an integer before scaling it, and leaves out the quantiser's nudge. It is
    not exact and serves only for comparison.
    """
    first, step = _closed_form(layer, nudge=0.0)
    return _compact(layer, np.rint(first) * scale, np.rint(scale * step), scale)


def differences(
    wanted: npt.NDArray[np.int64], table: npt.NDArray[np.int64], *, reach: int = INFINITE
) -> npt.NDArray[np.int64]:
    """Return where two tables differ for potentials in ``-reach..reach``.

    If there is none, the tables are equal for every input, without a test on data. The converse
    holds if potentials between the two thresholds occur.

    Parameters
    ----------
    wanted, table : (O, M) int64 array
    reach : int
        Thresholds that differ only beyond it are equal.

    Returns
    -------
    (N, 2) int64 array
        Channel and level m (1..M) of every difference.
    """
    found = np.argwhere(np.clip(wanted, -reach, reach + 1) != np.clip(table, -reach, reach + 1))
    return found + np.array([0, 1])


def smallest_scale(layer: QuantisedLayer, levels: int, *, reach: int = INFINITE) -> int | None:
    """Return the least power of two with an exact compact form, None if there is none up to 2^20.

    None is also returned if a larger scale would need thresholds beyond 63 bits.
    """
    wanted = exact(layer, levels)
    with contextlib.suppress(ConversionError):  # larger scales need more bits still
        for scale in (1 << bits for bits in range(_MAX_SCALE.bit_length())):
            table = compact(layer, scale=scale).table(levels)
            if not len(differences(wanted, table, reach=reach)):
                return scale
    return None


def check_levels(levels: int) -> None:
    """Raise ConversionError unless a table can have this many levels."""
    if not 1 <= levels <= MAX_LEVELS:
        raise ConversionError(f"levels = {levels}: must be in 1..{MAX_LEVELS}")


def _constant(layer: QuantisedLayer) -> npt.NDArray[np.int64]:
    """Return the count of every channel at v = 0: n* where gamma is zero."""
    return layer.count(np.zeros(layer.channels, dtype=np.int64)).astype(np.int64)


def _closed_form(
    layer: QuantisedLayer, *, nudge: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return Theta_1 and the distance of thresholds as real numbers, (O,) each."""
    sign = orientation(layer)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slope = np.sqrt(layer.var + layer.eps) / np.abs(layer.gamma)
        step = slope / (layer.unit * 2.0**layer.level)
        first = (0.5 - nudge - layer.beta * 2.0**layer.level) * step
        first += sign * layer.mean / layer.unit
    return np.where(sign == 0, 1 - _constant(layer), first), np.where(sign == 0, 1, step)


def _compact(
    layer: QuantisedLayer, first: npt.NDArray, step: npt.NDArray, scale: int
) -> CompactThresholds:
    if not 1 <= scale <= _MAX_SCALE:
        raise ConversionError(f"scale = {scale}: must be in 1..{_MAX_SCALE}")
    for name, values in (("Theta_1", first), ("distance of thresholds", step)):
        beyond = ~(np.abs(values) < 2.0**62)
        if beyond.any():
            channel = int(np.argmax(beyond))
            raise ConversionError(
                f"channel {channel}: gamma = {layer.gamma[channel]} makes the scaled {name} "
                f"{values[channel]:.3g}, beyond 63 bits; use exact thresholds"
            )
    return CompactThresholds(first.astype(np.int64), step.astype(np.int64), scale)
