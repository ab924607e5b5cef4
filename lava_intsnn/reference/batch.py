"""A batch, sample by sample: the oracle every executor is compared with."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lava_intsnn.contract import BatchResult
from lava_intsnn.network import Network
from lava_intsnn.random_keys import update_key
from lava_intsnn.reference.answer import answer
from lava_intsnn.reference.delay_learning import update_delays
from lava_intsnn.reference.forward import (
    LayerRecord,
    forward,
    forward_local,
    inference_weights,
    predict,
    said,
)
from lava_intsnn.reference.learn import LearnedTerms, branch_deltas, update
from lava_intsnn.reference.rate_coding import encode
from lava_intsnn.state import State


def infer_sample(
    network: Network,
    w: list[np.ndarray],
    image: np.ndarray,
    key: np.uint64,
    delays: Sequence[np.ndarray | None] = (),
) -> list[LayerRecord]:
    """Encode one image with ``key`` and run it."""
    spikes = encode(network.encoder, image, key=key, steps=network.steps)
    return forward(network, w, spikes, delays)


def infer_batch(
    network: Network, state: State, images: np.ndarray, keys: np.ndarray
) -> BatchResult:
    """Run ``images (B, n_values)`` without learning."""
    w = inference_weights(network, state)
    outputs = [
        infer_sample(network, w, image, key, state.delays)[-1] for image, key in zip(images, keys)
    ]
    return _result(network, outputs)


def train_batch(
    network: Network,
    state: State,
    images: np.ndarray,
    labels: np.ndarray,
    keys: np.ndarray,
    *,
    lr_boost: int = 0,
) -> tuple[State, BatchResult]:
    """Make one update from a batch.

    Parameters
    ----------
    images : uint8 array (B, n_values)
    labels : integer array (B,)
    keys : uint64 array (B,)
        Encoding keys of the samples.
    lr_boost : int
        Added to every layer's ``lr_shift``.
    """
    w = inference_weights(network, state)
    sums = [LearnedTerms.none(layer) for layer in network.all_layers]
    outputs = []
    for image, label, key in zip(images, labels, keys):
        records = infer_sample(network, w, image, key, state.delays)
        outputs.append(records[-1])
        records = forward_local(network, w, records, state.delays)
        found = branch_deltas(network, w, records, int(label), key, state.delays)
        for index, (delta, slope) in found.items():
            sums[index].delta[:] += delta
            sums[index].slope[:] += slope
    weights = tuple(
        update(
            network,
            layer,
            state.weights[index],
            sums[index].delta,
            lr_boost=lr_boost,
            key=update_key(state.seed, index, state.updates),
        )
        for index, layer in enumerate(network.all_layers)
    )
    delays = list(state.delays)
    for index, (layer, d) in enumerate(zip(network.all_layers, state.delays)):
        if d is None or not layer.learns_delays:
            continue
        delays[index] = update_delays(
            network,
            layer,
            d,
            sums[index].slope,
            w[index],
            lr_boost=lr_boost,
            key=update_key(state.seed, index, state.updates),
        )
    new = replace(state, weights=weights, delays=tuple(delays), updates=state.updates + 1)
    return new, _result(network, outputs)


def _result(network: Network, outputs: list[LayerRecord]) -> BatchResult:
    shape = len(outputs), network.n_classes
    counts = [answer(network.layers[-1].neuron, said(network, output)) for output in outputs]
    return BatchResult(
        predictions=np.array([predict(network, output) for output in outputs], np.int32),
        counts=np.array(counts, np.int32).reshape(shape),
        v=np.array([output.v for output in outputs], np.int32).reshape(shape),
    )
