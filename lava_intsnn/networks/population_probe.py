"""What the layers of a network do on a few samples, in plain numpy with the reference's steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.arithmetic import Stream, draw_below, random_key
from lava_intsnn.network import Conv, Dense, FrameEncoder, Network, NetworkError, NeuronKind
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference import encode
from lava_intsnn.reference.forward import run_layer
from lava_intsnn.reference.membrane import advance, resting
from lava_intsnn.reference.synaptic_sum import pooled, seen, synaptic_sum

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.network.encoders import Encoder

#: Largest number of values of one layer, over samples and steps, that a probe keeps at a time.
_VALUES = 1 << 22


def probe_samples(data: Dataset, most: int, *, values: int) -> np.ndarray:
    """Return up to ``most`` samples, spread over the data, uint8 ``(N, n_values)``.

    Each is drawn from its own part of the data, since evenly spaced ones could all have one class.
    ``values`` is how many a layer has in a sample, all steps together; fewer samples if many.
    """
    n = max(1, min(most, len(data), _VALUES // values))
    ends = np.arange(n + 1) * len(data) // n
    with np.errstate(over="ignore"):
        parts, sizes = np.arange(n, dtype=np.uint64), np.diff(ends).astype(np.uint64)
        drawn = draw_below(random_key(0, Stream.PROBE), parts, sizes)
    return data.images[ends[:-1] + drawn.astype(np.int64)]


def encoded(encoder: Encoder, images: np.ndarray, *, steps: int, seed: int) -> np.ndarray:
    """Return the input of the first layer, int64 ``(N, T, I)``."""
    if isinstance(encoder, FrameEncoder) and images.shape[1] % steps:
        raise NetworkError(
            f"samples of {images.shape[1]} values in {steps} frames: must be a multiple; set steps "
            "to the number of frames"
        )
    keys = eval_keys(seed, len(images))
    shown = [encode(encoder, x, key=k, steps=steps) for x, k in zip(images, keys)]
    return np.array(shown).astype(np.int64)


def sums_of(
    layer: Dense | Conv, w: np.ndarray, inputs: np.ndarray, delays: np.ndarray | None = None
) -> np.ndarray:
    """Return the feed-forward sums ``(N, T, O)`` of ``inputs (N, T, I)`` and weights ``w``.

    ``delays`` are those of the state.
    """
    if isinstance(layer, Dense) and not layer.max_delay and not layer.pool:
        return inputs @ w[:, : layer.n_in].T
    steps = range(inputs.shape[1])
    shown = (pooled(layer, x) for x in inputs)
    return np.array(
        [[synaptic_sum(layer, w, seen(layer, x, t, delays)) for t in steps] for x in shown]
    )


def fired(neuron: NeuronKind, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return spikes and gates, bool ``(N, T, O)``, of neurons that receive ``sums``."""
    n, steps, width = sums.shape
    states = resting(neuron, n * width)
    spikes, gates = (np.zeros((steps, n * width), bool) for _ in range(2))
    for t in range(steps):
        states, _, spikes[t], gates[t] = advance(neuron, states, sums[:, t].ravel())
    form = (steps, n, width)
    return spikes.reshape(form).swapaxes(0, 1), gates.reshape(form).swapaxes(0, 1)


def respond(
    layer: Dense | Conv, w: np.ndarray, inputs: np.ndarray, delays: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return spikes and gates, ``(N, T, O)``, of a layer on ``inputs (N, T, I)``."""
    if layer.recurrence:
        records = [run_layer(layer, w, x, delays) for x in inputs]
        return np.array([r.s for r in records]) > 0, np.array([r.g for r in records]) > 0
    return fired(layer.neuron, sums_of(layer, w, inputs, delays))


def per_million(flags: np.ndarray) -> int:
    """Return how many of a million would be set."""
    return int(np.count_nonzero(flags)) * 1_000_000 // max(1, flags.size)


def widest(network: Network) -> int:
    """Return the most values that a layer of ``network`` has in a sample."""
    return network.steps * max(network.shape)
