"""Rate coding into spike words (one bit per step) or spike arrays."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from lava_intsnn.engine.jit import draw, draw_byte, kernel
from lava_intsnn.network.rules import LOW_DISCREPANCY_STEP, RateEncoder

_STEP = np.int64(LOW_DISCREPANCY_STEP)
_LOW_DISCREPANCY = 0
_RANDOM = 1

#: Kernel codes of :class:`lava_intsnn.network.RateEncoder` kinds.
ENCODER_CODES = {"low_discrepancy": _LOW_DISCREPANCY, "random": _RANDOM}


class WordCode(NamedTuple):
    """How an encoder fills spike words.

    ``order[k]`` is the step of bit ``k``. The low-discrepancy code sorts the steps by their
    threshold offset ``(158 t) & 255``: a pixel exceeds the thresholds of one arc of that circle, so
    its word has at most two runs of ones (``runs``). ``table[pixel, r]`` is the word of a pixel
    whose random byte is ``r``; the random code has none.
    """

    order: np.ndarray
    runs: bool
    table: np.ndarray


@functools.lru_cache(maxsize=8)
def word_code(encoder: RateEncoder, steps: int) -> WordCode:
    """Return the word code of ``encoder`` for ``steps <= 32``."""
    if encoder.kind == "random":
        return WordCode(np.arange(steps), False, np.zeros((0, 0), np.uint32))
    offset = (LOW_DISCREPANCY_STEP * np.arange(steps)) & 255
    order = np.argsort(offset, kind="stable")
    pixel, r = np.arange(256)[:, None], np.arange(256)[None, :]
    table = np.zeros((256, 256), np.uint32)
    for k, t in enumerate(order):
        table |= (pixel > ((r + offset[t]) & 255)).astype(np.uint32) << np.uint32(k)
    return WordCode(order, True, table)


def encode_words(images: np.ndarray, keys: np.ndarray, code: WordCode, words: np.ndarray) -> None:
    """Encode ``images (B, I)`` into ``words (B, I)``: bit ``k`` is the spike at ``order[k]``."""
    if code.runs:
        _encode_low_discrepancy(images, keys, code.table, words)
    else:
        _encode_random(images, keys, len(code.order), words)


@kernel
def _encode_low_discrepancy(images, keys, table, words):
    n_in = images.shape[1]
    for b in range(images.shape[0]):
        image, key, out = images[b], keys[b], words[b]
        for block in range((n_in + 7) // 8):  # one draw holds the bytes of eight inputs
            bits = draw(key, np.uint64(block))
            for i in range(8 * block, min(8 * block + 8, n_in)):
                out[i] = table[image[i], bits & np.uint64(255)]
                bits >>= np.uint64(8)


@kernel
def _encode_random(images, keys, steps, words):
    n_in = images.shape[1]
    for b in range(images.shape[0]):
        image, key, out = images[b], keys[b], words[b]
        for i in range(n_in):
            pixel = np.int64(image[i])
            word = np.uint32(0)
            if pixel != 0:
                first = np.uint64(i) * np.uint64(steps)
                for t in range(steps):
                    r = np.int64(draw_byte(key, first + np.uint64(t)))
                    word |= np.uint32(pixel > r) << np.uint32(t)
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
