"""What the output layer says of some steps: spike counts, or the answer of a readout."""

import numpy as np

from lava_intsnn.arithmetic import limit, saturate, shift_floor
from lava_intsnn.network import LeakyReadout, NeuronKind


def answer(neuron: NeuronKind, y: np.ndarray) -> np.ndarray:
    """Return the spike counts, or answers, int64 ``(O,)``.

    Parameters
    ----------
    y : int64 (steps, O)
        Spikes, or potentials of a readout, of the steps that are asked about.
    """
    if not isinstance(neuron, LeakyReadout):
        return y.sum(axis=0)
    found = y.max(axis=0) if neuron.answer == "max" else running_sums(neuron, y)[-1]
    return shift_floor(found, neuron.answer_shift)


def running_sums(neuron: LeakyReadout, y: np.ndarray) -> np.ndarray:
    """Return the sums of potentials ``y (steps, O)`` after each step, which saturate."""
    sums = np.zeros_like(y)
    for t in range(len(y)):
        before = sums[t - 1] if t else 0
        sums[t] = saturate(before + y[t], limit(neuron.sum_bits))
    return sums


def answering_gates(neuron: NeuronKind, g: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gates ``(steps, O)`` of the steps through which the answer depends on weights.

    They are the surrogate gates ``g`` themselves, but of a maximum: that of its step, the first of
    several. ``y`` is that of :func:`answer`.
    """
    if not isinstance(neuron, LeakyReadout) or neuron.answer == "sum":
        return g
    steps = np.arange(len(y))[:, None]
    return g * (steps == y.argmax(axis=0))
