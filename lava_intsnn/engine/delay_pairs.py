"""Dense synapses with a delay each, in products of int16: :mod:`.delays` several times as fast.

Activity of ``LANES`` samples is laid out as ``(I, D + T, LANES)`` int16, after ``D`` steps of
silence, ``D`` being the longest delay. What a synapse of delay ``d`` sees of it is one contiguous
piece that begins at step ``D - d``. Two inputs are multiplied at a time, in sixteen steps whose
sums stay in registers; a few inputs at a time, so that their activity stays in the nearest cache.

Within a step the second and the third quad of samples have changed places (:data:`PLACES`), so that
sums in the order of :func:`~.pair_products.add_interleaved` are in the samples' own order when the
lower and the upper half of each step are joined.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import compiled, kernel
from lava_intsnn.engine.pair_products import (
    SQUARE,
    add_interleaved,
    add_products,
    added_up,
    load_at,
    store_at,
    transpose,
)
from lava_intsnn.engine.trace_updates import NARROW, next_trace
from lava_intsnn.engine.vector import splat

#: Samples side by side.
LANES = SQUARE
#: Where each sample stands within a step.
PLACES = np.array([0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15])
#: Steps come in fours, a sample's last ones being silent.
FOUR = 4
#: Steps whose sums stay in registers, and that are taken before the next inputs.
HELD, AT_A_TIME = 16, 16
#: Outputs whose voltages stay in the second cache while they learn.
OUTPUTS = 4 * SQUARE
#: Bytes of activity that the nearest cache holds beside the sums.
NEAR = 40 << 10
#: What a voltage beyond int16 is divided by: quotient and rest are int16 below ``DIGITS``.
DIGIT_BITS = np.int32(14)
DIGITS = 1 << 29
_ZERO, _HALF = np.int32(0), np.int32(1 << 13)


@kernel
def to_int16_lanes(x, max_delay, lanes):
    """Write ``x (LANES, T, I)``, whose samples stand at their places, into ``lanes (I, row)``.

    ``row`` is at least ``(D + T) * LANES``; only the steps of ``x`` are written.
    """
    _, steps, n_in = x.shape
    row = lanes.shape[1]
    whole = n_in - n_in % SQUARE
    for t in range(steps):
        to = (max_delay + t) * LANES
        for i in range(0, whole, SQUARE):
            transpose(x, t * n_in + i, steps * n_in, 8, lanes, i * row + to, row)
        for i in range(whole, n_in):
            for b in range(LANES):
                lanes[i, to + b] = x[b, t, i]


@kernel
def trace_lanes(max_delay, steps, rule, lanes):
    """Turn activity into presynaptic traces, which must fit int16, in place."""
    for i in range(lanes.shape[0]):
        lane = lanes[i]
        for t in range(steps):
            now = lane[(max_delay + t) * LANES : (max_delay + t + 1) * LANES]
            if t == 0:
                for b in range(LANES):
                    now[b] = next_trace(np.int32(0), now[b], rule)
            else:
                before = lane[(max_delay + t - 1) * LANES : (max_delay + t) * LANES]
                for b in range(LANES):
                    now[b] = next_trace(np.int32(before[b]), now[b], rule)


@kernel
def pair_columns(w, pairs):
    """Write the weights ``w (I, P)`` of two inputs at a time into ``pairs (O, (I + 1) // 2)``."""
    n_in = w.shape[0]
    for k in range(pairs.shape[1]):
        for h in range(pairs.shape[0]):
            upper = np.int32(w[2 * k + 1, h]) if 2 * k + 1 < n_in else np.int32(0)
            pairs[h, k] = (np.int32(w[2 * k, h]) & np.int32(0xFFFF)) | (upper << np.int32(16))


@compiled
def _sixteen_steps(lanes, pairs, begins, h, k0, k1, at, sums, to):
    # written out: sums in an array would not stay in registers
    a = b = c = d = e = f = g = i = splat(_ZERO)
    if k0 > 0:
        a, b = load_at(sums, to), load_at(sums, to + 32)
        c, d = load_at(sums, to + 64), load_at(sums, to + 96)
        e, f = load_at(sums, to + 128), load_at(sums, to + 160)
        g, i = load_at(sums, to + 192), load_at(sums, to + 224)
    for k in range(k0, k1):
        w, x, y = pairs[h, k], begins[h, 2 * k] + at, begins[h, 2 * k + 1] + at
        a = add_interleaved(a, load_at(lanes, x), load_at(lanes, y), w)
        b = add_interleaved(b, load_at(lanes, x + 32), load_at(lanes, y + 32), w)
        c = add_interleaved(c, load_at(lanes, x + 64), load_at(lanes, y + 64), w)
        d = add_interleaved(d, load_at(lanes, x + 96), load_at(lanes, y + 96), w)
        e = add_interleaved(e, load_at(lanes, x + 128), load_at(lanes, y + 128), w)
        f = add_interleaved(f, load_at(lanes, x + 160), load_at(lanes, y + 160), w)
        g = add_interleaved(g, load_at(lanes, x + 192), load_at(lanes, y + 192), w)
        i = add_interleaved(i, load_at(lanes, x + 224), load_at(lanes, y + 224), w)
    store_at(sums, to, a)
    store_at(sums, to + 32, b)
    store_at(sums, to + 64, c)
    store_at(sums, to + 96, d)
    store_at(sums, to + 128, e)
    store_at(sums, to + 160, f)
    store_at(sums, to + 192, g)
    store_at(sums, to + 224, i)


@compiled
def _four_steps(lanes, pairs, begins, h, k0, k1, at, sums, to):
    a = b = splat(_ZERO)
    if k0 > 0:
        a, b = load_at(sums, to), load_at(sums, to + 32)
    for k in range(k0, k1):
        w, x, y = pairs[h, k], begins[h, 2 * k] + at, begins[h, 2 * k + 1] + at
        a = add_interleaved(a, load_at(lanes, x), load_at(lanes, y), w)
        b = add_interleaved(b, load_at(lanes, x + 32), load_at(lanes, y + 32), w)
    store_at(sums, to, a)
    store_at(sums, to + 32, b)


@kernel
def sums_in_lanes(lanes, pairs, begins, first, steps, inputs, sums):
    """Write the synaptic sums of ``steps`` steps, a multiple of four.

    Parameters
    ----------
    lanes : int16
    pairs : int32 (O, K)
        Weights of two inputs at a time.
    begins : int32 or int64 (O, 2 K)
        Where in ``lanes`` each synapse's piece of the first step begins, counted through both axes.
    first : int
        What is added to ``begins``.
    inputs : int
        Pairs of inputs to take before the next ones.
    sums : int32 (>= O, >= steps * LANES), out
        Two steps at a time, in the order of :func:`~.pair_products.add_interleaved`.
    """
    row = sums.shape[1]
    for start in range(0, steps, AT_A_TIME):
        stop = min(start + AT_A_TIME, steps)
        for k0 in range(0, pairs.shape[1], inputs):
            k1 = min(k0 + inputs, pairs.shape[1])
            for h in range(pairs.shape[0]):
                t = start
                while t + HELD <= stop:
                    at, to = first + t * LANES, h * row + t * LANES
                    _sixteen_steps(lanes, pairs, begins, h, k0, k1, at, sums, to)
                    t += HELD
                while t < stop:
                    at, to = first + t * LANES, h * row + t * LANES
                    _four_steps(lanes, pairs, begins, h, k0, k1, at, sums, to)
                    t += FOUR


@kernel
def by_sample(sums, a):
    """Write ``sums``, whose rows are a multiple of 16, as ``a (LANES, T, P)`` int32."""
    _, steps, width = a.shape
    row = sums.shape[1]
    for t in range(steps):
        first = t // 2 * 2 * LANES + t % 2 * 8
        for h in range(0, min(sums.shape[0], width), SQUARE):
            transpose(sums, first + h * row, row, 16, a, t * width + h, steps * width)


@kernel
def gated_voltages(gates, v_fb, places, q):
    """Write ``v_fb g`` of samples into their places of ``q (LANES, T, P)`` int32."""
    last = v_fb.shape[1] - 1
    for b in range(gates.shape[0]):
        for t in range(gates.shape[1]):
            q_t, g_t, v_t = q[places[b], t], gates[b, t], v_fb[b, min(t, last)]
            for h in range(gates.shape[2]):
                q_t[h] = v_t[h] if g_t[h] != 0 else np.int32(0)


@kernel
def _products(x, begins, i, last, y, to, length):
    """Return sums of ``length`` products, a multiple of 64, of four inputs, modulo ``2**32``."""
    a = b = c = d = splat(_ZERO)
    p, q = begins[i], begins[min(i + 1, last)]
    r, s = begins[min(i + 2, last)], begins[min(i + 3, last)]
    for k in range(0, length, 64):
        y0, y1 = load_at(y, to + k), load_at(y, to + k + 32)
        a = add_products(a, load_at(x, p + k), load_at(x, p + k + 32), y0, y1)
        b = add_products(b, load_at(x, q + k), load_at(x, q + k + 32), y0, y1)
        c = add_products(c, load_at(x, r + k), load_at(x, r + k + 32), y0, y1)
        d = add_products(d, load_at(x, s + k), load_at(x, s + k + 32), y0, y1)
    return added_up(a), added_up(b), added_up(c), added_up(d)


@kernel
def delta_in_lanes(lanes, most, begins, q, q_lanes, digits, delta):
    """Add the updates of LANES samples to ``delta (I, P)``.

    Parameters
    ----------
    lanes : int16
        Presynaptic traces.
    most : int
        Their largest magnitude.
    begins : int32 or int64 (O, >= I)
        As in :func:`sums_in_lanes`.
    q : int32 (LANES, T, P)
        Gated voltages, samples at their places; P is a multiple of 16.
    q_lanes : int32 scratch (OUTPUTS, steps * LANES)
        0 beyond T, as are ``digits``, int16 scratch of shape (2, OUTPUTS, steps * LANES).
    """
    n_out, n_in = begins.shape[0], delta.shape[0]
    _, steps, width = q.shape
    length = q_lanes.shape[1]
    low, high = digits[0], digits[1]
    size, widest = np.zeros(OUTPUTS, np.float64), np.zeros(OUTPUTS, np.int64)
    for h0 in range(0, n_out, OUTPUTS):
        outputs = min(OUTPUTS, n_out - h0)
        for j in range(0, outputs, SQUARE):
            for t in range(steps):
                to = j * length + t * LANES
                transpose(q, t * width + h0 + j, steps * width, 8, q_lanes, to, length)
        for j in range(outputs):
            total, top = np.int64(0), np.int64(0)
            for k in range(length):
                magnitude = abs(np.int64(q_lanes[j, k]))
                total += magnitude
                top |= magnitude
            size[j], widest[j] = float(total) * float(most), top
            if top <= 32767:
                for k in range(length):
                    low[j, k] = q_lanes[j, k]
            else:
                for k in range(length):
                    rest = ((q_lanes[j, k] + _HALF) & np.int32(2 * _HALF - 1)) - _HALF
                    low[j, k] = rest
                    high[j, k] = (q_lanes[j, k] - rest) >> DIGIT_BITS
        for i in range(0, n_in, FOUR):  # whose traces stay in the nearest cache
            for j in range(outputs):
                if size[j] == 0:
                    continue
                row = delta[i : i + FOUR, h0 + j]
                # these values themselves prove what will do
                if size[j] < NARROW and widest[j] < DIGITS:
                    at = begins[h0 + j]
                    found = _products(lanes, at, i, n_in - 1, low, j * length, length)
                    if widest[j] > 32767:
                        more = _products(lanes, at, i, n_in - 1, high, j * length, length)
                        for c in range(row.shape[0]):
                            row[c] += np.int32(found[c] + (more[c] << DIGIT_BITS))
                    else:
                        for c in range(row.shape[0]):
                            row[c] += found[c]
                    continue
                for c in range(row.shape[0]):
                    wide, at_c = np.int64(0), begins[h0 + j, i + c]
                    seen, first = lanes[at_c // lanes.shape[1]], at_c % lanes.shape[1]
                    for k in range(length):
                        wide += np.int64(q_lanes[j, k]) * np.int64(seen[first + k])
                    row[c] += wide
