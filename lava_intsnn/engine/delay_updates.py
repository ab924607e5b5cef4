"""Delays that learn: slopes of synaptic sums over a delay, and the update of shadow delays.

The slope of a trace between neighbouring steps, ``t_pre(t - 1) - t_pre(t)``, is laid out in lanes
as :mod:`.delays` lays out traces, so a synapse of delay ``d`` sees it as it sees traces.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import Stream
from lava_intsnn.engine.delays import LANES
from lava_intsnn.engine.jit import draw, fold_key, kernel, round_shift, saturate
from lava_intsnn.engine.trace_updates import NARROW, next_trace

_STREAM = np.uint64(int(Stream.DELAY_ROUND))


class DelayRule(NamedTuple):
    """How the delays of a layer change, whatever the update.

    ``rounding`` is a :class:`~lava_intsnn.arithmetic.Rounding` value; shadow delays saturate at 0
    and ``d_max``.
    """

    rounding: int
    clip: np.int64
    d_max: np.int64


@kernel
def slopes_to_lanes(x, max_delay, rule, lanes):
    """Write the slopes of the traces of ``x (B, T, I)`` into ``lanes (I, (D + T) * LANES)`` int32.

    ``rule`` says how traces decay. ``B <= LANES``; return the largest magnitude.
    """
    lanes[:] = 0
    most = np.int64(0)
    for b in range(x.shape[0]):
        for i in range(x.shape[2]):
            lane = lanes[i]
            before = np.int32(0)
            for t in range(x.shape[1]):
                now = next_trace(before, x[b, t, i], rule)
                slope = np.int32(before - now)
                lane[(max_delay + t) * LANES + b] = slope
                most = max(most, abs(np.int64(slope)))
                before = now
    return most


@kernel
def slope_lanes(max_delay, steps, lanes):
    """Turn traces, which :func:`~.delay_pairs.trace_lanes` wrote, into their slopes, in place.

    Traces that fit int16 are not negative, so their differences fit, too.
    """
    for i in range(lanes.shape[0]):
        lane = lanes[i]
        for t in range(steps - 1, -1, -1):
            now = lane[(max_delay + t) * LANES : (max_delay + t + 1) * LANES]
            if t == 0:
                for b in range(LANES):
                    now[b] = -now[b]
            else:
                before = lane[(max_delay + t - 1) * LANES : (max_delay + t) * LANES]
                for b in range(LANES):
                    now[b] = before[b] - now[b]


@kernel
def add_slopes(lanes, most, offsets, gates, v_fb, active, q, slope):
    """Add the sums ``v_fb g`` times slope of up to LANES samples to ``slope (I, P)``.

    Parameters
    ----------
    lanes : int32
        Slopes, as :func:`slopes_to_lanes` wrote them.
    most : int
        Their largest magnitude.
    offsets : int64 (O, I)
        Where each synapse's piece of ``lanes`` begins.
    gates, v_fb, active
        As in :func:`~.trace_updates.delta_traces`, of these samples.
    q : int32 scratch (T * LANES,)
    """
    n_out, n_in = offsets.shape
    steps, length = gates.shape[1], q.shape[0]
    last = v_fb.shape[1] - 1
    for h in range(n_out):
        q[:] = 0
        size = np.int64(0)
        for b in range(gates.shape[0]):
            if active[b]:
                for t in range(steps):
                    if gates[b, t, h]:
                        q[t * LANES + b] = v_fb[b, min(t, last), h]
                        size += abs(np.int64(v_fb[b, min(t, last), h]))
        if size == 0:
            continue
        # these values themselves prove that int32 will do
        narrow = float(size) * float(most) < NARROW
        for i in range(n_in):
            seen = lanes[i, offsets[h, i] : offsets[h, i] + length]
            if narrow:
                small = np.int32(0)
                for k in range(length):
                    small = np.int32(small + np.int32(q[k] * seen[k]))
                slope[i, h] += small
            else:
                wide = np.int64(0)
                for k in range(length):
                    wide += np.int64(q[k]) * np.int64(seen[k])
                slope[i, h] += wide


@kernel
def update_delays(first, last, slope, d_shadow, w, lr_shift, rule, key):
    """Update the delays of inputs ``first .. last - 1`` and clear their ``slope``.

    Parameters
    ----------
    slope : int32 or int64 (K, I, P)
        Terms to add up, one per thread; zeroed.
    d_shadow : int32 (I, rows), in place
        Shadow delays.
    w : int16 or int32 (>= I, P)
        Inference weights, from before their own update.
    lr_shift : int64
    rule : DelayRule
    key : uint64
        That of the weights' update, from which the rounding has a stream of its own; row ``o`` of
        input ``i`` draws at index ``i * rows + o``.
    """
    own_key = fold_key(key, _STREAM)
    n_out = d_shadow.shape[1]
    for i in range(first, last):
        for o in range(n_out):
            total = np.int64(0)
            for k in range(slope.shape[0]):
                total += slope[k, i, o]
                slope[k, i, o] = 0
            if total == 0:  # rounds to 0 in every mode
                continue
            random = draw(own_key, np.uint64(i * n_out + o))
            step = round_shift(total * np.int64(w[i, o]), lr_shift, rule.rounding, random)
            new = np.int64(d_shadow[i, o]) - saturate(step, rule.clip)
            d_shadow[i, o] = min(max(new, np.int64(0)), rule.d_max)
