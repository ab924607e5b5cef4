"""From a sample's bytes to the network's input at each step."""

import numpy as np

from lava_intsnn.arithmetic import draw_byte
from lava_intsnn.network.encoders import (
    LOW_DISCREPANCY_STEP,
    Encoder,
    FrameEncoder,
    NeuronEncoder,
)
from lava_intsnn.reference.membrane import advance, resting


def encode(encoder: Encoder, sample: np.ndarray, *, key: np.uint64, steps: int) -> np.ndarray:
    """Return the input ``(T, I)`` of one sample: spikes, or with frames counts.

    Parameters
    ----------
    sample : uint8 array (I,), or with frames (T * I,)
    key : uint64
        ``random_key(seed, Stream.ENCODE_*, sample, epoch)``.
    """
    if isinstance(encoder, FrameEncoder):
        return np.minimum(sample.reshape(steps, -1), encoder.max_count)
    pixel = sample.astype(np.int64)
    if isinstance(encoder, NeuronEncoder):
        return _input_spikes(encoder, encoder.current(pixel), steps)
    i = np.arange(len(pixel), dtype=np.uint64)
    spikes = np.zeros((steps, len(pixel)), np.uint8)
    with np.errstate(over="ignore"):
        for t in range(steps):
            if encoder.kind == "low_discrepancy":
                r = (draw_byte(key, i).astype(np.int64) + LOW_DISCREPANCY_STEP * t) & 255
            else:
                r = draw_byte(key, i * np.uint64(steps) + np.uint64(t)).astype(np.int64)
            spikes[t] = pixel > r
    return spikes


def _input_spikes(encoder: NeuronEncoder, a: np.ndarray, steps: int) -> np.ndarray:
    """Return the spikes ``(T, I)`` of input neurons with the same sums ``a (I,)`` at every step."""
    states = resting(encoder.neuron, len(a))
    spikes = np.zeros((steps, len(a)), np.uint8)
    for t in range(steps):
        states, _, spikes[t], _ = advance(encoder.neuron, states, a)
    return spikes
