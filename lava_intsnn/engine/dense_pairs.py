"""Dense synapses in products of int16: two inputs, or two steps, at a time.

Only pairs that are not both 0 are visited.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.delay_pairs import DIGIT_BITS, DIGITS
from lava_intsnn.engine.jit import compiled, kernel
from lava_intsnn.engine.pair_products import add_rows, load_at, store_at
from lava_intsnn.engine.trace_updates import (
    NARROW,
    add_wide,
    dense_fan,
    gate_feedback,
    traces,
    widen,
)
from lava_intsnn.engine.vector import BLOCK, splat
from lava_intsnn.network.trace import TraceRule

_LOW, _UP = np.int32(0xFFFF), np.int32(16)
_ZERO, _HALF, _REST = np.int32(0), np.int32(1 << 13), np.int32((1 << 14) - 1)
#: Columns whose sums stay in registers.
HELD = 4 * BLOCK


@compiled
def pair(lower, upper):
    """Return two int16 in an int32, the first in its lower half."""
    return np.int32((np.int32(lower) & _LOW) | np.int32(np.int32(upper) << _UP))


@kernel
def pair_rows(w, pairs):
    """Write the weights ``w (I, P)`` of two inputs at a time into ``pairs ((I + 1) // 2, P)``."""
    n_in = w.shape[0]
    for k in range(n_in // 2):
        lower, upper, row = w[2 * k], w[2 * k + 1], pairs[k]
        for h in range(w.shape[1]):
            row[h] = pair(lower[h], upper[h])
    if n_in % 2 != 0:
        for h in range(w.shape[1]):
            pairs[n_in // 2, h] = np.int32(w[n_in - 1, h]) & _LOW


@kernel
def sums_of_pairs(x, pairs, a):
    """Write the synaptic sums ``a (B, P)`` int32 of one step's activity ``x (B, I)``.

    ``pairs`` are the weights of :func:`pair_rows`; neither they nor ``x`` leave int16.
    """
    n_in, width = x.shape[1], pairs.shape[1]
    index, value = np.empty(pairs.shape[0], np.int64), np.empty(pairs.shape[0], np.int32)
    for b in range(x.shape[0]):
        x_b, n = x[b], 0
        for k in range(n_in // 2):  # written always, kept only if it is not 0
            both = pair(x_b[2 * k], x_b[2 * k + 1])
            index[n] = k * width
            value[n] = both
            n += both != 0
        if n_in % 2 != 0 and x_b[n_in - 1] != 0:
            index[n] = (n_in // 2) * width
            value[n] = np.int32(x_b[n_in - 1]) & _LOW
            n += 1
        first, to = 0, b * width
        while first + HELD <= width:
            s0 = s1 = s2 = s3 = splat(_ZERO)
            for k in range(n):
                at, both = index[k] + first, value[k]
                s0 = add_rows(s0, load_at(pairs, at), both)
                s1 = add_rows(s1, load_at(pairs, at + 32), both)
                s2 = add_rows(s2, load_at(pairs, at + 64), both)
                s3 = add_rows(s3, load_at(pairs, at + 96), both)
            store_at(a, to + first, s0)
            store_at(a, to + first + 32, s1)
            store_at(a, to + first + 64, s2)
            store_at(a, to + first + 96, s3)
            first += HELD
        while first + BLOCK <= width:
            s0 = splat(_ZERO)
            for k in range(n):
                s0 = add_rows(s0, load_at(pairs, index[k] + first), value[k])
            store_at(a, to + first, s0)
            first += BLOCK
        for h in range(first, width):
            a[b, h] = 0
        for k in range(n if first < width else 0):  # few neurons: see layer_kernel.padded
            row = pairs[index[k] // width]
            lower, upper = np.int32(np.int16(value[k])), value[k] >> _UP
            for h in range(first, width):
                a[b, h] += np.int32(np.int16(row[h])) * lower + (row[h] >> _UP) * upper


@kernel
def _pair_steps(q, low, high, silent):
    """Write ``q (T, 1, P)`` two steps at a time into ``low (S, P)``, in digits if need be.

    Then ``q = low + (high << DIGIT_BITS)``. Return the voltages' magnitudes, all their ones
    together; ``silent (S,)`` says where both steps are 0.
    """
    steps, width = q.shape[0], q.shape[2]
    none = np.zeros(width, np.int32)
    widest = np.int32(0)
    for s in range(low.shape[0]):
        x, y = q[2 * s, 0], q[2 * s + 1, 0] if 2 * s + 1 < steps else none
        ones = np.int32(0)
        for h in range(width):
            ones = np.int32(ones | abs(x[h]) | abs(y[h]))
        silent[s] = ones == 0
        widest = np.int32(widest | ones)
    for s in range(low.shape[0]):
        x, y = q[2 * s, 0], q[2 * s + 1, 0] if 2 * s + 1 < steps else none
        if widest <= 32767:
            for h in range(width):
                low[s, h] = pair(x[h], y[h])
        else:
            for h in range(width):
                x_rest = np.int32(((x[h] + _HALF) & _REST) - _HALF)
                y_rest = np.int32(((y[h] + _HALF) & _REST) - _HALF)
                low[s, h] = pair(x_rest, y_rest)
                high[s, h] = pair((x[h] - x_rest) >> DIGIT_BITS, (y[h] - y_rest) >> DIGIT_BITS)
    return widest


@kernel
def _list_steps(t_pre, silent, width, index, value, count):
    """List each input's pairs of traces that are not 0, where anything listens."""
    steps, n_in = t_pre.shape
    none = np.zeros(n_in, np.int32)
    count[:] = 0
    for s in range(silent.shape[0]):
        if silent[s]:
            continue
        x, y = t_pre[2 * s], t_pre[2 * s + 1] if 2 * s + 1 < steps else none
        for i in range(n_in):
            both, n = pair(x[i], y[i]), count[i]
            index[i, n] = s * width
            value[i, n] = both
            count[i] = n + (both != 0)


@kernel
def _add_block(steps, traces_, n, low, high, digits, narrow, first, to):
    sums = splat(_ZERO)
    if digits:
        for k in range(n):
            sums = add_rows(sums, load_at(high, steps[k] + first), traces_[k])
        sums = sums << DIGIT_BITS
    sums = sums + load_at(narrow, to)
    for k in range(n):
        sums = add_rows(sums, load_at(low, steps[k] + first), traces_[k])
    store_at(narrow, to, sums)


@kernel
def _add_wide_block(steps, traces_, n, low, high, digits, narrow, first, to):
    a = b = c = d = splat(_ZERO)
    if digits:
        for k in range(n):
            at, x = steps[k] + first, traces_[k]
            a = add_rows(a, load_at(high, at), x)
            b = add_rows(b, load_at(high, at + 32), x)
            c = add_rows(c, load_at(high, at + 64), x)
            d = add_rows(d, load_at(high, at + 96), x)
        a, b, c, d = a << DIGIT_BITS, b << DIGIT_BITS, c << DIGIT_BITS, d << DIGIT_BITS
    a, b = a + load_at(narrow, to), b + load_at(narrow, to + 32)
    c, d = c + load_at(narrow, to + 64), d + load_at(narrow, to + 96)
    for k in range(n):
        at, x = steps[k] + first, traces_[k]
        a = add_rows(a, load_at(low, at), x)
        b = add_rows(b, load_at(low, at + 32), x)
        c = add_rows(c, load_at(low, at + 64), x)
        d = add_rows(d, load_at(low, at + 96), x)
    store_at(narrow, to, a)
    store_at(narrow, to + 32, b)
    store_at(narrow, to + 64, c)
    store_at(narrow, to + 96, d)


@kernel
def _add_listed(index, value, count, low, high, digits, narrow):
    """Add each input's products, modulo ``2**32``, to ``narrow (I, P)`` int32."""
    width = low.shape[1]
    first = 0
    while first < width:
        held = first + HELD <= width
        for i in range(count.shape[0]):
            n, to = count[i], i * width + first
            if n == 0:
                continue
            steps, traces_ = index[i], value[i]
            if held:
                _add_wide_block(steps, traces_, n, low, high, digits, narrow, first, to)
            else:
                _add_block(steps, traces_, n, low, high, digits, narrow, first, to)
        first += HELD if held else BLOCK


@kernel
def _delta_pairs(x, gates, v_fb, rule, active, fan, scratch, narrow, proven, delta):
    t_pre, q, low, high, silent, index, value, count = scratch
    held = 0.0
    for b in range(x.shape[0]):
        if not active[b]:
            continue
        most = traces(x[b], rule, t_pre)
        bound = float(gate_feedback(gates[b], v_fb[b], q)) * float(most)
        if bound == 0:
            continue
        widest = _pair_steps(q, low, high, silent)
        if not proven and held + bound >= NARROW:
            if held > 0:
                widen(narrow, delta)
            held = 0.0
        if most > 32767 or widest >= DIGITS or (not proven and bound >= NARROW):
            add_wide(t_pre, q, fan, delta)
            continue
        held += bound
        _list_steps(t_pre, silent, low.shape[1], index, value, count)
        _add_listed(index, value, count, low, high, widest > 32767, narrow)
    if held > 0 and not proven:
        widen(narrow, delta)


class PairUpdates:
    """Updates of dense synapses: :func:`~.trace_updates.delta_traces` with scratch of its own."""

    def __init__(self, n_in: int, width: int, steps: int) -> None:
        width = -(-width // BLOCK) * BLOCK
        twos = (steps + 1) // 2
        self._fan = dense_fan(n_in)
        self._scratch = (
            np.zeros((steps, n_in), np.int32),
            np.zeros((steps, 1, width), np.int32),
            np.zeros((twos, width), np.int32),
            np.zeros((twos, width), np.int32),
            np.zeros(twos, np.bool_),
            np.zeros((n_in, twos + 1), np.int64),
            np.zeros((n_in, twos + 1), np.int32),
            np.zeros(n_in, np.int64),
        )
        self._shape = n_in, width
        self._narrow: np.ndarray | None = None

    def add(
        self,
        x: np.ndarray,
        gates: np.ndarray,
        v_fb: np.ndarray,
        rule: TraceRule,
        active: np.ndarray,
        delta: np.ndarray,
    ) -> None:
        """Add the updates of samples to ``delta (I, P)``; parameters as in ``delta_traces``."""
        proven = delta.dtype == np.int32 and delta.shape == self._shape
        if not proven and self._narrow is None:
            self._narrow = np.zeros(self._shape, np.int32)
        narrow = delta if proven else self._narrow
        _delta_pairs(x, gates, v_fb, rule, active, self._fan, self._scratch, narrow, proven, delta)
