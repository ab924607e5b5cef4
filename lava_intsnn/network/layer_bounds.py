"""Largest magnitudes in one layer: its sums, states, traces and updates."""

from __future__ import annotations

import numpy as np

from lava_intsnn.network.bounds import LayerBounds
from lava_intsnn.network.container_check import contained_states, require_held
from lava_intsnn.network.conv import Conv
from lava_intsnn.network.dense import Dense
from lava_intsnn.network.encoders import FrameEncoder
from lava_intsnn.network.network import Network
from lava_intsnn.network.update_bounds import update_sums


def layer_bounds(network: Network, index: int, v_fb_sum: int, v_fb: int) -> LayerBounds:
    """Return the bounds of layer ``index``, whose feedback has the bounds ``v_fb_sum``, ``v_fb``.

    Raises
    ------
    NetworkError
        Where a bound leaves its container.
    """
    layer = network.layers[index]
    w = network.precision.w_max
    encoder = network.encoder
    x = encoder.max_count if index == 0 and isinstance(encoder, FrameEncoder) else 1
    x *= layer.seen_max
    a = layer.fan_in * w * x
    require_held("synaptic sum a", a, np.int32, index, "lower n_in or inference_bits")
    if layer.pool and layer.pool.shift:
        a = (a >> layer.pool.shift) + 1
    recurrence = layer.recurrence
    r = 0
    if recurrence:
        r_sum = layer.n_out * w * recurrence.u_max
        require_held("recurrent sum", r_sum, np.int64, index, "lower n_out or inference_bits")
        r = (r_sum >> recurrence.shift) + 1
    # recurrent sums are wide, so neurons with recurrence integrate in 64 bits
    dtype = np.int64 if recurrence else np.int32
    fix = "lower n_in or inference_bits"
    states = contained_states(layer.neuron, a + r, dtype, f"layer {index}", fix)
    t_pre, t_corr = _trace_bounds(layer, x, network.steps) if layer.plastic else (0, 0)
    require_held("presynaptic trace", t_pre, np.int32, index, "lower trace_bits or steps")
    t_pre_recurrent = t_corr_recurrent = 0
    if recurrence and layer.learns_recurrence:
        u_max, steps = recurrence.u_max, network.steps
        t_pre_recurrent, t_corr_recurrent = _trace_bounds(layer, u_max, steps)
    require_held("recurrent trace", t_pre_recurrent, np.int32, index, "lower trace_bits or steps")
    pushes = network.loss.pushes
    require_held(
        "feedback of all points", pushes * v_fb, np.int32, index, "lower points or v_fb_bits"
    )
    pushed = network.batch * v_fb * pushes
    delta = pushed * max(layer.sharing * t_corr, t_corr_recurrent)
    # each trace stands in two differences of neighbouring steps
    slope = 2 * pushed * t_corr if layer.learns_delays else 0
    for what, (most, fix) in update_sums(layer, delta, slope * w).items():
        require_held(what, most, np.int64, index, f"lower batch, v_fb_bits or alpha{fix}")
    return LayerBounds(
        w=w,
        a=a,
        r=r,
        states=states,
        t_pre=t_pre,
        t_corr=t_corr,
        t_pre_recurrent=t_pre_recurrent,
        t_corr_recurrent=t_corr_recurrent,
        v_fb=v_fb,
        v_fb_sum=v_fb_sum,
        delta=delta,
        slope=slope,
    )


def _trace_bounds(layer: Dense | Conv, x: int, steps: int) -> tuple[int, int]:
    """Return the largest magnitude of a trace, and of its sum, over all neurons' traces."""
    each = [rule.bounds(x, steps) for rule in layer.traces]
    return max(t_pre for t_pre, _ in each), max(t_corr for _, t_corr in each)
