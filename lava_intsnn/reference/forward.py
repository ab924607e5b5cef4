"""One sample through the network, step by step (3.1-3.5, 3.19-3.20, 3.23)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lava_intsnn.arithmetic import shift_floor
from lava_intsnn.field_checks import short_repr
from lava_intsnn.network import Conv, Dense, Network
from lava_intsnn.reference.answer import answer
from lava_intsnn.reference.membrane import advance, resting
from lava_intsnn.reference.recurrent_sum import recurrent_input, recurrent_term
from lava_intsnn.reference.synaptic_sum import (
    own_traces,
    per_synapse,
    pooled,
    seen,
    synaptic_sum,
)
from lava_intsnn.state import State


@dataclass
class LayerRecord:
    """What one layer did during a sample.

    ``s`` spikes ``(T, O)``; ``g`` gates ``(T, O)``; ``t_pre`` presynaptic traces as the synapses
    see them, one array a step: ``(1 or O, columns)``, for convolution ``(positions * groups,
    fan_in)``, or of the shape of ``t_corr`` where neurons have traces of their own; ``t_corr``
    eligibility traces at the end: ``(O, columns)``, for convolution ``(positions * groups,
    group_channels, fan_in)``; ``v`` final potential ``(O,)``. Columns are
    those of the weight matrix. ``in_trace (T, I)`` are the traces input by input, or window by
    window of a pool, and with several decays one behind the other; ``u (T, O)`` what recurrent
    synapses read.
    Step by step: ``a (T, O)`` feed-forward sums, ``r (T, O)`` recurrent ones, ``v_before (T, O)``
    potentials before the reset, ``states (T, S, O)`` what the neurons keep, the potential first.
    """

    s: np.ndarray
    g: np.ndarray
    t_pre: list[np.ndarray]
    t_corr: np.ndarray
    v: np.ndarray
    in_trace: np.ndarray
    u: np.ndarray
    a: np.ndarray
    r: np.ndarray
    v_before: np.ndarray
    states: np.ndarray

    __repr__ = short_repr


def inference_weights(network: Network, state: State) -> list[np.ndarray]:
    """Return the inference weights of all layers, int64 ``layer.weight_shape``."""
    layers = range(len(network.all_layers))
    return [state.w(network, index).astype(np.int64) for index in layers]


def forward(
    network: Network,
    w: list[np.ndarray],
    spikes: np.ndarray,
    delays: Sequence[np.ndarray | None] = (),
) -> list[LayerRecord]:
    """Run one sample.

    Parameters
    ----------
    w : list of int64 arrays
        Inference weights, of all layers.
    spikes : array (T, I)
        Input spikes, or counts.
    delays : sequence
        Those of the state: a matrix, or None, a layer.

    Returns
    -------
    list of LayerRecord
        One per layer, from the input to the output.
    """
    records = []
    s_in = spikes.astype(np.int64)
    given = delays or [None] * len(w)
    for layer, w_layer, d in zip(network.layers, w, given):
        records.append(run_layer(layer, w_layer, s_in, d))
        s_in = records[-1].s
    return records


def forward_local(
    network: Network,
    w: list[np.ndarray],
    records: list[LayerRecord],
    delays: Sequence[np.ndarray | None] = (),
) -> list[LayerRecord]:
    """Return ``records``, which :func:`forward` gave, with those of the local readouts added."""
    records = list(records)
    for index in range(len(network.layers), len(network.all_layers)):
        s_in, d = records[network.sources[index]].s, delays[index] if delays else None
        records.append(run_layer(network.all_layers[index], w[index], s_in, d))
    return records


def run_layer(
    layer: Dense | Conv, w: np.ndarray, s_in: np.ndarray, delays: np.ndarray | None = None
) -> LayerRecord:
    """Run one layer on ``s_in``, int64 ``(T, I)``; ``delays`` are those of the state."""
    s_in = pooled(layer, s_in)
    steps = len(s_in)
    recurrence = layer.recurrence
    states = resting(layer.neuron, layer.n_out)
    u = np.zeros(layer.n_out, np.int64)
    rules = len(layer.traces)
    u_trace = np.zeros(rules * layer.n_out, np.int64)
    in_trace = np.zeros((steps, rules * s_in.shape[1]), np.int64)
    s_all, g_all, t_pre_all, u_all = [], [], [], []
    a_all, r_all, v_all, states_all = [], [], [], []
    r = np.zeros(layer.n_out, np.int64)
    t_corr = np.zeros(1, np.int64)
    for t in range(steps):
        a = synaptic_sum(layer, w, seen(layer, s_in, t, delays))
        if recurrence:
            r = recurrent_term(recurrence, w[:, layer.fan_in :], u)  # (3.23)
        states, v_before, s, g = advance(layer.neuron, states, a + r)
        u_all.append(u)
        last = in_trace[t - 1] if t > 0 else np.zeros_like(in_trace[0])
        in_trace[t] = next_trace(layer, last, s_in[t])  # (3.4)
        t_pre = seen_traces(layer, in_trace, t, delays)
        if recurrence:
            u_trace = next_trace(layer, u_trace, u)
            rows = own_traces(layer, np.split(u_trace[None], rules, axis=1))
            rows = np.broadcast_to(rows, (len(t_pre), layer.n_out))
            t_pre = np.concatenate([t_pre, rows], axis=1)
            u = recurrent_input(recurrence, v_before, s)
        t_corr = t_corr + per_synapse(layer, g, t_pre)  # (3.5, 3.20)
        s_all.append(s)
        g_all.append(g)
        a_all.append(a)
        r_all.append(r)
        v_all.append(v_before)
        states_all.append(states)
        t_pre_all.append(t_pre)
    return LayerRecord(
        s=np.array(s_all),
        g=np.array(g_all),
        t_pre=t_pre_all,
        t_corr=t_corr,
        v=states[0],
        in_trace=in_trace,
        u=np.array(u_all),
        a=np.array(a_all),
        r=np.array(r_all),
        v_before=np.array(v_all),
        states=np.array(states_all),
    )


def next_trace(layer: Dense | Conv, trace: np.ndarray, activity: np.ndarray) -> np.ndarray:
    """Return the presynaptic traces after a step with ``activity (I,)`` (3.4).

    ``trace`` holds those of each of the layer's rules, one behind the other.
    """
    each = zip(layer.traces, np.split(trace, len(layer.traces)))
    return np.concatenate(
        [shift_floor(kept * rule.keep, rule.shift) + (activity << rule.bits) for rule, kept in each]
    )


def seen_traces(
    layer: Dense | Conv, in_trace: np.ndarray, t: int, delays: np.ndarray | None = None
) -> np.ndarray:
    """Return the traces that feed-forward synapses see at step ``t``, those of their own neuron.

    ``in_trace`` is that of a :class:`LayerRecord`; :func:`.own_traces` has the shapes.
    """
    each = np.split(in_trace, len(layer.traces), axis=1)
    return own_traces(layer, [seen(layer, trace, t, delays) for trace in each])


def said(network: Network, output: LayerRecord) -> np.ndarray:
    """Return what the output layer says at each step, ``(T, O)``: spikes, or potentials."""
    return output.v_before if network.readout else output.s


def predict(network: Network, output: LayerRecord) -> int:
    """Return the class with the most spikes, or the largest answer.

    Ties are resolved as ``network.tie_break`` says.
    """
    count = answer(network.layers[-1].neuron, said(network, output))
    best = 0
    for o in range(1, len(count)):
        tie = network.tie_break and count[o] == count[best] and output.v[o] > output.v[best]
        if count[o] > count[best] or tie:
            best = o
    return best
