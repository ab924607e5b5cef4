"""Rate coding into spike words (one bit per step) or spike arrays; into arcs see :mod:`.arcs`."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import firing
from lava_intsnn.engine.jit import draw, draw_byte, kernel
from lava_intsnn.network.encoders import (
    LOW_DISCREPANCY_STEP,
    Encoder,
    FrameEncoder,
    NeuronEncoder,
)

_STEP = np.int64(LOW_DISCREPANCY_STEP)
_LOW_DISCREPANCY = 0
_RANDOM = 1
_BYTE = np.uint64(255)

#: Kernel codes of :class:`lava_intsnn.network.RateEncoder` kinds.
ENCODER_CODES = {"low_discrepancy": _LOW_DISCREPANCY, "random": _RANDOM}


@kernel
def draw_from(key, index):
    """Return the draw that holds random byte ``index``, which is its lowest byte."""
    return draw(key, np.uint64(index // 8)) >> np.uint64(8 * (index % 8))


@kernel
def encode_words(images, keys, steps, words):
    """Encode ``images (B, I)`` with the random code into ``words (B, I)``, bit ``t`` for step t."""
    n_in = images.shape[1]
    for b in range(images.shape[0]):
        image, key, out = images[b], keys[b], words[b]
        for i in range(n_in):
            pixel = np.int64(image[i])
            word = np.uint32(0)
            if pixel != 0:
                first = np.int64(i) * steps
                bits = draw_from(key, first)
                for t in range(steps):
                    if t > 0 and (first + t) % 8 == 0:
                        bits = draw(key, np.uint64((first + t) // 8))
                    word |= np.uint32(pixel > np.int64(bits & _BYTE)) << np.uint32(t)
                    bits >>= np.uint64(8)
            out[i] = word


@kernel
def encode_spikes(images, keys, steps, code, spikes):
    """Encode ``images (B, I)`` into ``spikes (B, T, I)`` uint8: any number of steps."""
    n_in = images.shape[1]
    for b in range(images.shape[0]):
        key = keys[b]
        for i in range(n_in):
            pixel = np.int64(images[b, i])
            if code == _LOW_DISCREPANCY:
                r = np.int64(draw_byte(key, np.uint64(i)))
                for t in range(steps):
                    spikes[b, t, i] = pixel > ((r + _STEP * t) & np.int64(255))
            else:
                first = np.uint64(i) * np.uint64(steps)
                for t in range(steps):
                    spikes[b, t, i] = pixel > np.int64(draw_byte(key, first + np.uint64(t)))


@kernel
def pack_words(spikes, words):
    """Write ``spikes (B, T, I)`` uint8 as ``words (B, I)``, bit ``t`` for step t."""
    words[:] = 0
    for b in range(spikes.shape[0]):
        for t in range(spikes.shape[1]):
            for i in range(spikes.shape[2]):
                words[b, i] |= np.uint32(spikes[b, t, i]) << np.uint32(t)


def encode_steps(encoder: Encoder, samples: np.ndarray, keys: np.ndarray, out: np.ndarray) -> None:
    """Encode ``samples (B, n_values)`` into ``out (B, T, I)`` uint8: spikes, or frames of counts.

    Frames are taken as they are, cut at ``max_count``. They and input neurons draw nothing from
    ``keys (B,)``.
    """
    if isinstance(encoder, FrameEncoder):
        np.minimum(samples.reshape(out.shape), np.uint8(encoder.max_count), out=out)
    elif isinstance(encoder, NeuronEncoder):
        _run_input(encoder, samples, out)
    else:
        encode_spikes(samples, keys, out.shape[1], ENCODER_CODES[encoder.kind], out)


def frames_as_they_are(
    encoder: Encoder, samples: np.ndarray, like: np.ndarray
) -> np.ndarray | None:
    """Return ``samples (B, n_values)`` as the frames ``(B, T, I)`` they are, if nothing is cut.

    ``like (rows, T, I)`` says how many; memory is shared. Otherwise return None.
    """
    if not isinstance(encoder, FrameEncoder) or encoder.max_count < np.iinfo(np.uint8).max:
        return None
    whole = samples.flags.c_contiguous and samples.flags.writeable  # another type for the kernels
    return samples.reshape(-1, *like.shape[1:]) if whole and samples.dtype == like.dtype else None


def _run_input(encoder: NeuronEncoder, samples: np.ndarray, out: np.ndarray) -> None:
    """Write the spikes of input neurons, sample by sample."""
    _, steps, n = out.shape
    neuron, more = firing.constants(encoder.neuron, n), len(encoder.neuron.states(0)) - 1
    a, gates = np.empty((1, steps, n), np.int32), np.empty((1, steps, n), np.uint8)
    for sample, spikes in zip(samples, out):
        a[:] = encoder.current(sample)
        states = np.zeros((1, n), np.int32), np.zeros((1, more, n), np.int32)
        firing.run_steps(a, neuron, *states, spikes[None], gates)
