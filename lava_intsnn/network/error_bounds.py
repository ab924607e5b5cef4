"""Largest errors of a network, and what layers hear of them from the output down."""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.network.container_check import require_held
from lava_intsnn.network.network import Network


def largest_error(network: Network) -> int:
    """Return a bound of the magnitude of an error before it saturates.

    It is that of a label's, the sum of both terms; of spikes it is smaller, as their signs differ.
    """
    loss, points = network.loss, network.error_points
    if loss.kind == "softmax":
        return loss.alpha
    if network.readout:  # answers may be negative, and 64 bits hold the widest times any alpha
        least_shift = min(point.count_shift for point in points)
        return (network.answer_max * loss.alpha >> least_shift) + 1 + loss.alpha
    return _largest_term(network) + loss.alpha


def _largest_term(network: Network) -> int:
    """Return the largest ``(count * alpha) >> floor(log2 T)`` of spikes, of any point."""
    points, alpha = network.error_points, network.loss.alpha
    return max(point.length * alpha >> point.count_shift for point in points)


def _error_bound(network: Network) -> int:
    """Return the largest magnitude of an error before it saturates."""
    loss = network.loss
    if loss.kind == "softmax" or network.readout:
        return largest_error(network)
    scaled = network.steps * loss.alpha
    require_held("count * alpha", scaled, np.int32, len(network.layers) - 1, "lower alpha or steps")
    return max(_largest_term(network), loss.alpha)


def feedback_bounds(network: Network) -> list[tuple[int, int]]:
    """Return ``(v_fb_sum, v_fb)`` of every layer, from the output down."""
    loss = network.loss
    err = min(_error_bound(network), limit(loss.err_bits))
    feedback = network.feedback
    if feedback.propagation != "direct":  # error neurons spike at most once a step
        spikes = 1 if feedback.propagation == "final" else network.steps - feedback.soft_start
        err = spikes << feedback.err_shift
    bounds = [(err, err)]
    for index in range(len(network.layers) - 2, -1, -1):
        if index < network.first_plastic:
            bounds.insert(0, (0, 0))
            continue
        if feedback.weights == "random":
            total = network.n_classes * feedback.random_max * err
        else:
            above = network.layers[index + 1]
            total = above.fan_out * network.precision.w_max * bounds[0][1]
        require_held("feedback sum", total, np.int64, index, "lower v_fb_bits or alpha")
        shifted = (total >> network.layers[index].fb_shift) + 1
        bounds.insert(0, (total, min(shifted, limit(network.feedback.v_fb_bits))))
    return bounds
