"""What the output says of some steps: spike counts, or the answers of readouts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine.jit import compiled, kernel, saturate, shift_floor
from lava_intsnn.network import Network

_COUNT, _SUM, _MAX = 0, 1, 2


class AnswerRule(NamedTuple):
    """How the answer follows from what the output says at each step; all int64."""

    way: np.int64
    lim: np.int64
    shift: np.int64


def answer_rule(network: Network) -> AnswerRule:
    """Return the rule of the output layer of ``network``."""
    readout = network.readout
    if readout is None:
        return AnswerRule(np.int64(_COUNT), np.int64(0), np.int64(0))
    way = _SUM if readout.answer == "sum" else _MAX
    return AnswerRule(
        np.int64(way), np.int64(limit(readout.sum_bits)), np.int64(readout.answer_shift)
    )


@compiled
def _kept(kept, now, begins, rule):
    """Return sum or maximum after a step with ``now``, int32, and whether it is a new maximum."""
    new = begins or np.int64(now) > np.int64(kept)
    before = np.int64(0) if begins else np.int64(kept)
    if rule.way == _MAX:
        found = np.int64(now) if new else before
    else:
        found = before + np.int64(now)
        if rule.way == _SUM:
            found = saturate(found, rule.lim)
    return np.int32(found), new


@kernel
def advance_answers(y, t, begins, rule, kept, at):
    """Add step ``t`` to sums or maxima.

    Parameters
    ----------
    y : integer (B, O)
        Spikes, or potentials of readouts.
    begins : bool
        Whether it is the first step of those that are asked about.
    rule : AnswerRule
    kept, at : int32 (B, O), in place
        Sum or maximum, and the step of the maximum; ``kept >> rule.shift`` is the answer.
    """
    for b in range(kept.shape[0]):
        for o in range(kept.shape[1]):
            kept[b, o], new = _kept(kept[b, o], y[b, o], begins, rule)
            if new:
                at[b, o] = t


@kernel
def point_answers(y, part, restarts, rule, count, at):
    """Write the answers at the end of each part of samples.

    Parameters
    ----------
    y : integer (B, T, O)
        What the output said at each step.
    part : int
        Steps of a part.
    restarts : bool
        Whether an answer is about its part alone, or about all steps so far.
    rule : AnswerRule
    count, at : int32 (P, B, O), out
        Answers, and the steps of maxima.
    """
    for b in range(y.shape[0]):
        for t in range(y.shape[1]):
            p = t // part
            begins = t == p * part and (restarts or p == 0)
            before = p if t > p * part else max(p - 1, 0)
            for o in range(y.shape[2]):
                kept, new = _kept(count[before, b, o], y[b, t, o], begins, rule)
                count[p, b, o] = kept
                at[p, b, o] = t if new else at[before, b, o]
        for p in range(count.shape[0]):
            for o in range(y.shape[2]):
                count[p, b, o] = shift_floor(np.int64(count[p, b, o]), rule.shift)


def answers(network: Network, y: np.ndarray) -> np.ndarray:
    """Return the answers of whole samples, int32 ``(B, O)``; ``y (B, T, O)`` is what was said."""
    count = np.zeros((1, len(y), y.shape[2]), np.int32)
    point_answers(y, y.shape[1], True, answer_rule(network), count, np.zeros_like(count))
    return count[0]
