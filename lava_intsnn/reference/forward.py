"""One sample through the network, step by step (3.1-3.5)."""

from dataclasses import dataclass

import numpy as np

from lava_intsnn.arithmetic import shift_floor
from lava_intsnn.network import Network
from lava_intsnn.reference.neuron import neuron_step


@dataclass
class LayerRecord:
    """What one layer did during a sample.

    ``s`` spikes ``(T, O)``, ``g`` gates ``(T, O)``, ``t_pre`` presynaptic trace ``(T, I)``,
    ``t_corr`` eligibility trace at the end ``(O, I)``, ``v`` final potential ``(O,)``.
    """

    s: np.ndarray
    g: np.ndarray
    t_pre: np.ndarray
    t_corr: np.ndarray
    v: np.ndarray


def forward(network: Network, w: list[np.ndarray], spikes: np.ndarray) -> list[LayerRecord]:
    """Run one sample.

    Parameters
    ----------
    w : list of int64 arrays (O, I)
        Inference weights.
    spikes : array (T, I)
        Input spikes.

    Returns
    -------
    list of LayerRecord
        One per layer.
    """
    records = []
    s_in = spikes.astype(np.int64)
    for layer, w_layer in zip(network.layers, w):
        v = np.zeros(layer.n_out, np.int64)
        t_pre = np.zeros(layer.n_in, np.int64)
        t_corr = np.zeros((layer.n_out, layer.n_in), np.int64)
        s_all, g_all, t_pre_all = [], [], []
        for t in range(network.steps):
            a = w_layer @ s_in[t]
            v, s, g = neuron_step(layer.neuron, v, a)
            t_pre = shift_floor(t_pre, layer.trace_shift) + s_in[t]  # (3.4)
            t_corr = t_corr + g[:, None] * t_pre[None, :]  # (3.5)
            s_all.append(s)
            g_all.append(g)
            t_pre_all.append(t_pre)
        s_in = np.array(s_all)
        records.append(LayerRecord(s_in, np.array(g_all), np.array(t_pre_all), t_corr, v))
    return records


def predict(network: Network, output: LayerRecord) -> int:
    """Return the class with the most spikes; ties as ``network.tie_break`` says."""
    count = output.s.sum(axis=0)
    best = 0
    for o in range(1, len(count)):
        tie = network.tie_break and count[o] == count[best] and output.v[o] > output.v[best]
        if count[o] > count[best] or tie:
            best = o
    return best
