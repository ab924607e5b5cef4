"""Updates of synapses in the general form: graded activity, any trace, any number of steps.

What reaches a synapse is a matter of its :class:`Fan`, so dense synapses, recurrent ones and
convolutions share the work. Only what is not 0 is visited.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lava_intsnn.engine.jit import compiled, kernel, shift_floor
from lava_intsnn.engine.pair_products import load_at, store_at
from lava_intsnn.engine.vector import BLOCK, cast, load, splat, store, where
from lava_intsnn.network import Layer
from lava_intsnn.network.trace import TraceRule

#: Sums whose floating-point bound is below this fit int32.
NARROW = 2.0**31 - 2.0**20


class Fan(NamedTuple):
    """Where each presynaptic neuron goes.

    Neuron ``i`` is seen by entries ``start[i] .. start[i + 1] - 1``: at ``position[e]`` of the
    output through the weights' column ``column[e]``. All int64.
    """

    start: np.ndarray
    position: np.ndarray
    column: np.ndarray


def dense_fan(n_in: int) -> Fan:
    """Return the fan of all-to-all synapses: a column for each neuron, at the one position."""
    return Fan(np.arange(n_in + 1), np.zeros(n_in, np.int64), np.arange(n_in))


#: Of activity that leaves no trace: the trace is the activity itself, which is never negative.
NOTHING_LASTS = TraceRule(1, 31, 0)


@compiled
def _shifted_trace(trace, x, rule):
    """Return traces that decay by a shift alone: one int32, or vectors of them."""
    return shift_floor(trace, np.int32(rule.shift)) + (x << np.int32(rule.bits))


@compiled
def next_trace(trace, x, rule):
    """Return the presynaptic trace after a step with activity ``x``, int32 (3.4)."""
    if rule.keep == 1:  # vectors of 32 bits will do
        return np.int32(_shifted_trace(trace, np.int32(x), rule))
    kept = shift_floor(np.int64(trace) * rule.keep, rule.shift)
    return np.int32(kept + (np.int64(x) << rule.bits))


@kernel
def traces(x, steps, rule, t_pre):
    """Write one sample's presynaptic traces of ``x (>= T, I)`` into ``t_pre (>= T, >= I)``.

    Both are contiguous. Return their largest magnitude.
    """
    n_in, width, none = x.shape[1], t_pre.shape[1], np.int32(0)
    whole = n_in if rule.keep == 1 and n_in >= BLOCK else 0
    most, row = none, np.empty(BLOCK, np.int32)
    for block in range(0, whole, BLOCK):
        first = min(block, n_in - BLOCK)  # the last block may overlap
        now = top = splat(none)
        for t in range(steps):
            now = _shifted_trace(now, cast(load_at(x, t * n_in + first), t_pre), rule)
            store_at(t_pre, t * width + first, now)
            size = where(now < none, splat(none) - now, now)
            top = where(size > top, size, top)
        store_at(row, 0, top)
        most = max(most, row.max())
    for t in range(steps):
        now, before, x_t = t_pre[t], t_pre[max(t - 1, 0)], x[t]
        for i in range(whole, n_in):
            now[i] = next_trace(before[i] if t > 0 else none, x_t[i], rule)
            most = max(most, abs(now[i]))
    return most


@kernel
def gate_feedback(gates, v_fb, q):
    """Write one sample's ``v_fb g`` as ``q (T, positions, P)``; return the most a row adds up to.

    ``gates`` is ``(T, O)``, ``v_fb (T or 1, >= O)``; a row is a neuron, or a channel.
    """
    steps, positions, width = q.shape
    channels = gates.shape[1] // positions
    size = np.zeros(width, np.int64)
    last = v_fb.shape[0] - 1
    for t in range(steps):
        for p in range(positions):
            here = slice(p * channels, (p + 1) * channels)
            q_t, v_fb_t, g_t = q[t, p], v_fb[min(t, last), here], gates[t, here]
            for c in range(channels):
                q_t[c] = v_fb_t[c] * np.int32(g_t[c])
                size[c] += abs(np.int64(q_t[c]))
    return size.max()


def gates_by_rule(layer: Layer, gates: np.ndarray) -> Iterator[tuple[TraceRule, np.ndarray]]:
    """Yield each rule of a layer's traces with the gates ``(B, T, O)`` of the neurons that have it.

    Those of the other neurons are 0.
    """
    if len(layer.traces) == 1:
        yield layer.traces[0], gates
        return
    rule_of = layer.trace_of()
    for k, rule in enumerate(layer.traces):
        yield rule, gates * (rule_of == k).astype(gates.dtype)


@kernel
def widen(narrow, delta):
    """Add ``narrow`` int32 to ``delta``, and clear it."""
    for i in range(delta.shape[0]):
        row, narrow_row = delta[i], narrow[i]
        for h in range(delta.shape[1]):
            row[h] += narrow_row[h]
            narrow_row[h] = 0


@kernel
def add_wide(t_pre, q, fan, delta):
    """Add one sample's updates in int64: traces ``(>= T, >= I)`` times ``q (T, positions, P)``."""
    start, position, column = fan
    for i in range(start.shape[0] - 1):
        for t in range(q.shape[0]):
            trace = np.int64(t_pre[t, i])
            if trace == 0:
                continue
            for e in range(start[i], start[i + 1]):
                row, q_t = delta[column[e]], q[t, position[e]]
                for h in range(delta.shape[1]):
                    row[h] += np.int64(q_t[h]) * trace


@kernel
def _delta_traces(x, gates, v_fb, rule, active, fan, t_pre, q, narrow, proven, delta):
    """Do the work of :func:`delta_traces`.

    ``q``, and ``narrow`` with one row per column, both int32, are as wide as whole vectors.
    ``narrow`` is 0 before and after; or, where ``proven``, ``delta`` itself.
    """
    start, position, column = fan
    steps, n_in = gates.shape[1], x.shape[2]
    index = np.zeros(steps + 1, np.int64)
    trace = np.zeros(steps + 1, np.int32)
    held = 0.0
    for b in range(x.shape[0]):
        if not active[b]:
            continue
        most = traces(x[b], steps, rule, t_pre)
        bound = float(gate_feedback(gates[b], v_fb[b], q)) * float(most)
        if bound == 0:
            continue
        if not proven:
            if held + bound >= NARROW:
                if held > 0:
                    widen(narrow, delta)
                held = 0.0
            if bound >= NARROW:
                add_wide(t_pre, q, fan, delta)
                continue
            held += bound
        for i in range(n_in):
            n = 0
            for t in range(steps):
                index[n] = t
                trace[n] = t_pre[t, i]
                n += t_pre[t, i] != 0
            if n == 0:
                continue
            for e in range(start[i], start[i + 1]):
                row, p = narrow[column[e]], position[e]
                for first in range(0, q.shape[2], BLOCK):
                    block = slice(first, first + BLOCK)
                    sum_ = load(row[block])
                    for k in range(n):
                        sum_ = sum_ + load(q[index[k], p, block]) * trace[k]
                    store(row[block], sum_)
    if held > 0:
        widen(narrow, delta)


def delta_traces(
    x: np.ndarray,
    gates: np.ndarray,
    v_fb: np.ndarray,
    rule: TraceRule,
    active: np.ndarray,
    fan: Fan,
    q: np.ndarray,
    delta: np.ndarray,
) -> None:
    """Add a batch's updates ``sum v_fb g t_pre`` over steps and positions (3.4, 3.17, 3.22).

    Sums are taken in int32 over as many samples as these samples' own values prove to fit, and
    then widened.

    Parameters
    ----------
    x : integer (B, >= T, I)
        Presynaptic activity.
    gates : uint8 (B, T, O)
    v_fb : int32 (B, T or 1, >= O)
        Feedback voltage; T = 1 where it is the same at every step.
    rule : TraceRule
    active : bool (B,)
        Samples with an error; the others are skipped.
    fan : Fan
    q : int32 scratch (T, positions, P)
        0 in the padding.
    delta : int32 or int64 (columns, P)
    """
    columns, width = delta.shape
    whole = -(-width // BLOCK) * BLOCK
    proven = delta.dtype == np.int32 and whole == width
    narrow = delta if proven else np.zeros((columns, whole), np.int32)
    if whole != width:
        q = np.zeros((*q.shape[:2], whole), np.int32)
    t_pre = np.empty((gates.shape[1], x.shape[2]), np.int32)
    _delta_traces(
        np.ascontiguousarray(x), gates, v_fb, rule, active, fan, t_pre, q, narrow, proven, delta
    )
