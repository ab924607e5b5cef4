"""Updates of dense synapses in products of int16: only what is not 0 is visited.

What a neuron sends back, its gated voltage, is a row of int16 at each step; what an input has left
behind, its traces, is a list of steps. An update is the sum of the listed rows. Voltages beyond
int16 are written in two digits.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.cache_lines import aligned_zeros
from lava_intsnn.engine.delay_pairs import DIGIT_BITS, DIGITS
from lava_intsnn.engine.jit import kernel, lowest_bit
from lava_intsnn.engine.open_steps import BYTE, add_open, mark_open, most_of, stretches
from lava_intsnn.engine.pair_products import SQUARE, apart, load_at, store_at, transpose
from lava_intsnn.engine.sparse_rows import MOST, add_lists, append, chunked, without_lowest
from lava_intsnn.engine.trace_updates import (
    NARROW,
    add_wide,
    delta_traces,
    dense_fan,
    gate_feedback,
    traces,
    widen,
)
from lava_intsnn.engine.vector import BLOCK, not_zero, splat, where
from lava_intsnn.network.trace import TraceRule

_ZERO, _HALF, _REST = np.int32(0), np.int32(1 << 13), np.int32((1 << 14) - 1)
_SHUT = np.uint8(0)
_INT16 = np.iinfo(np.int16).max
#: Steps, on average, of stretches that are worth a product of their own.
STRETCH = 16


@kernel
def _write_rows(gates, v_fb, in_digits, low, high, heard):
    """Write one sample's ``v_fb g`` into rows of int16; return what bounds their sums.

    Parameters
    ----------
    gates : uint8 (T, O)
    v_fb : int32 (T or 1, >= O)
    in_digits : bool
        Write two digits: then ``v_fb g = low + (high << DIGIT_BITS)``. Without it, what is beyond
        int16 is cut.
    low, high : int16, out
        As of :func:`~.sparse_rows.chunked`.
    heard : uint32 (T,), out
        0 where nothing is sent.

    Returns
    -------
    int32, float
        The magnitudes of all, their ones together, and the most a column's add up to.
    """
    (steps, n_out), (_, _, columns) = gates.shape, low.shape
    last, wide = v_fb.shape[0] - 1, v_fb.shape[1]
    row, ones, most = np.zeros(BLOCK, np.int32), np.int32(0), 0.0
    heard[:] = 0
    for first in range(0, n_out, BLOCK):
        any_, size = splat(_ZERO), splat(_ZERO)
        to = first // columns * steps * columns + first % columns
        for t in range(steps):
            s = min(t, last)
            if first + BLOCK <= n_out:
                open_ = load_at(gates, t * n_out + first) > _SHUT
                q = where(open_, load_at(v_fb, s * wide + first), splat(_ZERO))
            else:
                for h in range(first, n_out):
                    row[h - first] = v_fb[s, h] if gates[t, h] != 0 else _ZERO
                q = load_at(row, 0)
            heard[t] |= not_zero(q)
            magnitude = where(q < _ZERO, splat(_ZERO) - q, q)
            any_, size = any_ | magnitude, size + magnitude
            if in_digits:
                rest = ((q + _HALF) & _REST) - _HALF
                store_at(high, to, apart((q - rest) >> DIGIT_BITS))
                q = rest
            store_at(low, to, apart(q))
            to += columns
        store_at(row, 0, any_)
        here = np.int32(0)
        for h in range(BLOCK):
            here = np.int32(here | row[h])
        ones = np.int32(ones | here)
        bound = float(here) * steps
        if bound < 2.0**31:
            store_at(row, 0, size)
            bound = float(row.max())
        most = max(most, bound)
        row[:] = 0
    return ones, most


@kernel
def _list_traces(t_pre, by_input, heard, index, value, count):
    """List the steps at which each input has a trace and anything is sent.

    ``t_pre (>= T, >= I)`` and ``by_input (>= I, >= T)`` int16, scratch, have whole squares;
    ``heard`` has whole blocks.
    """
    row, length = t_pre.shape[1], by_input.shape[1]
    for t in range(0, t_pre.shape[0], SQUARE):
        for i in range(0, row, SQUARE):
            transpose(t_pre, t * row + i, row, 8, by_input, i * length + t, length)
    for i in range(count.shape[0]):
        steps, held, n = index[i], value[i], 0
        for first in range(0, length, BLOCK):
            found = load_at(by_input, i * length + first)
            mask = np.uint32(not_zero(found) & not_zero(load_at(heard, first)))
            n = append(found, mask, first, steps, held, n)
        steps[n], held[n] = 0, 0
        count[i] = n


@kernel
def _list_spikes(x, steps, heard, index, value, count):
    """List the steps at which each input of ``x (>= T, I)`` spikes and anything is sent."""
    n_in = x.shape[1]
    whole = n_in - n_in % BLOCK
    count[:] = 0
    for t in range(steps):
        if heard[t] == 0:
            continue
        for first in range(0, whole, BLOCK):
            mask = not_zero(load_at(x, t * n_in + first))
            while mask != 0:
                i = first + np.int64(lowest_bit(mask))
                index[i, count[i]], value[i, count[i]] = t, 1
                count[i] += 1
                mask = without_lowest(mask)
        for i in range(whole, n_in):
            index[i, count[i]], value[i, count[i]] = t, 1
            count[i] += x[t, i] != 0
    for i in range(n_in):
        index[i, count[i]], value[i, count[i]] = 0, 0


@kernel
def _add_spikes(x, q, narrow):
    """Add the voltages ``q (T, 1, P)`` of few neurons wherever an input of ``x`` spikes."""
    n_in = x.shape[1]
    whole = n_in - n_in % BLOCK
    for t in range(q.shape[0]):
        q_t = q[t, 0]
        for first in range(0, whole, BLOCK):
            mask = not_zero(load_at(x, t * n_in + first))
            while mask != 0:
                row = narrow[first + np.int64(lowest_bit(mask))]
                for h in range(q_t.shape[0]):
                    row[h] += q_t[h]
                mask = without_lowest(mask)
        for i in range(whole, n_in):
            if x[t, i] != 0:
                for h in range(q_t.shape[0]):
                    narrow[i, h] += q_t[h]


@kernel
def _add_samples(
    x, gates, v_fb, rule, as_is, bytes_, active, fan, scratch, spread, narrow, proven, delta
):
    t_pre, by_input, q, low, high, heard, index, pairs, begins, ends, count = scratch
    masks, until, voltages = spread
    value, steps = pairs.view(np.int16), gates.shape[1]
    held = 0.0
    for b in range(x.shape[0]):
        if not active[b]:
            continue
        few = as_is and q.shape[2] <= BLOCK
        most = np.int32(1) if as_is else traces(x[b], steps, rule, t_pre)
        if few:
            bound = float(gate_feedback(gates[b], v_fb[b], q))
            if not proven and held + bound >= NARROW:
                if held > 0:
                    widen(narrow, delta)
                held = 0.0
            if proven or bound < NARROW:
                held += bound
                _add_spikes(x[b], q, narrow)
                continue
        n = stretches(v_fb[b], steps, until, voltages) if bytes_ and most <= BYTE else 0
        if n > 0:
            widest, size = np.int32(0), most_of(until, voltages, n)
        else:
            widest, size = _write_rows(gates[b], v_fb[b], False, low, high, heard)
        bound = size * float(most)
        if bound == 0:
            continue
        if not proven and held + bound >= NARROW:
            if held > 0:
                widen(narrow, delta)
            held = 0.0
        if most > _INT16 or widest >= DIGITS or (not proven and bound >= NARROW):
            traces(x[b], steps, rule, t_pre)
            gate_feedback(gates[b], v_fb[b], q)
            add_wide(t_pre, q, fan, delta)
            continue
        held += bound
        if n > 0:
            heard[:] = 1
        if as_is:
            _list_spikes(x[b], steps, heard, index, value, count)
        else:
            _list_traces(t_pre, by_input, heard, index, value, count)
        if n > 0:
            mark_open(gates[b], masks)
            add_open(index, value, count, masks, until, voltages, narrow)
            continue
        for i in range(count.shape[0]):
            ends[i] = begins[i] + (count[i] + 1) // 2
        lists = begins, ends, index.reshape(-1), pairs.reshape(-1)
        if widest > _INT16:
            _write_rows(gates[b], v_fb[b], True, low, high, heard)
            add_lists(*lists, high, True, DIGIT_BITS, 0, narrow)
        add_lists(*lists, low, True, _ZERO, 0, narrow)
    if held > 0 and not proven:
        widen(narrow, delta)


class DenseUpdates:
    """Updates of dense synapses: :func:`~.trace_updates.delta_traces` with scratch of its own.

    With ``binary``, activity is spikes.
    """

    def __init__(self, n_in: int, width: int, steps: int, *, binary: bool) -> None:
        self._binary, self._steps = binary, steps
        pairs = steps // 2 + BLOCK  # of a list, its end included
        rows, length = -(-n_in // SQUARE) * SQUARE, -(-steps // BLOCK) * BLOCK
        columns = -(-width // BLOCK) * BLOCK
        self._fan = dense_fan(n_in)
        low, high = chunked(steps, width), chunked(steps, width)
        self._scratch = (
            aligned_zeros((-(-steps // SQUARE) * SQUARE, rows), np.int32),
            aligned_zeros((rows, length), np.int16),
            np.zeros((steps, 1, width), np.int32),
            low,
            high,
            aligned_zeros(length, np.uint32),
            np.zeros((n_in, 2 * pairs), np.uint16),
            np.zeros((n_in, pairs), np.int32),
            np.arange(n_in) * pairs,
            np.zeros(n_in, np.int64),
            np.zeros(n_in, np.int64),
        )
        self._spread = (
            aligned_zeros((steps, columns), np.uint8),
            np.zeros(max(1, steps // STRETCH), np.int64),
            aligned_zeros((max(1, steps // STRETCH), columns), np.int32),
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
        proven = delta.dtype == np.int32 and delta.flags.c_contiguous
        if not proven and self._narrow is None:
            self._narrow = aligned_zeros(self._shape, np.int32)
        learned = (np.ascontiguousarray(a) for a in (x, gates, v_fb))
        narrow = delta if proven else self._narrow
        if self._steps > MOST:
            q = np.zeros((self._steps, 1, delta.shape[1]), np.int32)
            delta_traces(x, gates, v_fb, rule, active, self._fan, q, delta)
            return
        as_is = self._binary and rule.spike_is_trace
        _add_samples(
            *learned,
            rule,
            as_is,
            x.dtype == np.uint8,
            active,
            self._fan,
            self._scratch,
            self._spread,
            narrow,
            proven,
            delta,
        )
