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
def slope_lanes(max_delay, steps, lanes):
    """Turn the traces in ``lanes``, int16 or int32, into their slopes, in place.

    Traces of these synapses are not negative, so their differences fit where they do.
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
