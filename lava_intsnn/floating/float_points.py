"""Answers, and errors at several points of a sample, in float32."""

from __future__ import annotations

import numpy as np

from lava_intsnn.floating.float_weights import half_power
from lava_intsnn.network import Network


def float_answer(network: Network, s: np.ndarray) -> np.ndarray:
    """Return counts, or answers, float32 ``(B, O)``, of what was said: ``s (steps, B, O)``."""
    readout = network.readout
    if readout is None:
        # in the order of the steps, as counts are added up one by one
        found: np.ndarray = np.cumsum(s, axis=0, dtype=np.float32)[-1]
        return found
    total = s.sum(axis=0) if readout.answer == "sum" else s.max(axis=0)
    return total * half_power(readout.answer_shift)


def maxima_at(network: Network, s: np.ndarray) -> np.ndarray | None:
    """Return the steps of maxima of each point, int64 ``(P, B, O)``; None without maxima."""
    readout = network.readout
    if readout is None or readout.answer != "max":
        return None
    points = network.error_points
    return np.stack([p.first + s[p.first : p.last + 1].argmax(axis=0) for p in points])


def spread(network: Network, v_fb: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
    """Return the voltages ``v_fb (P, R, n)`` of points as those of each step, ``(T or 1, R, n)``.

    ``at (P, R, n)`` are the steps of maxima, which alone are then pushed.
    """
    points = network.error_points
    if len(points) == 1 and at is None:
        return v_fb
    out = np.zeros((network.steps, *v_fb.shape[1:]), np.float32)
    for p, point in enumerate(points):
        if at is None:
            out[point.first : point.last + 1] += v_fb[p]
        else:
            steps = np.arange(network.steps)[:, None, None]
            out += v_fb[p] * (steps == at[p])
    return out
