"""Keys of the random bits of samples and updates, shared by all executors."""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import Stream, draw, random_key


def epoch_order(seed: int, epoch: int, n_samples: int) -> np.ndarray:
    """Return the order in which ``epoch`` visits the samples, int64 ``(N,)``."""
    with np.errstate(over="ignore"):
        bits = draw(
            random_key(seed, Stream.SHUFFLE, 0, epoch), np.arange(n_samples, dtype=np.uint64)
        )
    return np.argsort(bits, kind="stable")


def train_keys(seed: int, epoch: int, samples: np.ndarray) -> np.ndarray:
    """Return the encoding keys of ``samples`` in ``epoch``, uint64."""
    return random_key(seed, Stream.ENCODE_TRAIN, samples, epoch)


def eval_keys(seed: int, n_samples: int) -> np.ndarray:
    """Return the encoding keys of samples ``0 .. n_samples - 1`` for evaluation, uint64."""
    return random_key(seed, Stream.ENCODE_TEST, np.arange(n_samples))


def update_key(seed: int, layer: int, updates: int) -> np.uint64:
    """Return the key of the stochastic rounding in a layer's update number ``updates``."""
    return random_key(seed, Stream.ROUND, layer, updates)
