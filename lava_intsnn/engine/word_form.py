"""Popcount form of a network: whole spike trains, layer by layer."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import words
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.output import error, needs_spikes, unpack
from lava_intsnn.engine.random_feedback import random_feedback, random_weights
from lava_intsnn.engine.word_layers import word_layers
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.network.bounds import WORD_BITS
from lava_intsnn.sample_batch import Batch


class WordForm:
    """Runs and learns up to ``rows`` samples at a time.

    Raises
    ------
    NetworkError
        If the network's spike trains or traces do not fit this form.
    """

    def __init__(self, network: Network, layers: list[LayerKernel], rows: int) -> None:
        if not network.check().popcount:
            raise NetworkError(
                f"network {network.name!r} with steps = {network.steps}: the popcount form needs "
                f"steps in 1..{WORD_BITS}, every trace_shift >= 1 without trace_bits, plain "
                "neurons, and neither recurrence, delays nor frames: use the general form"
            )
        self.network = network
        self._input, *self._layers = word_layers(network, layers, rows)
        self._random = random_weights(network)

    def infer(self, images: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encode and run ``images (n, I)``; return spike counts and final potentials ``(n, O)``."""
        n, n_classes = len(images), self.network.n_classes
        self._input.encode(images, keys)
        for layer in self._layers:
            layer.forward(n)
        output = self._layers[-1]
        count = np.empty((n, n_classes), np.int32)
        words.count_words(output.words[:n], count)
        return count, output.v[:n, :n_classes].copy()

    def learn(
        self, count: np.ndarray, batch: Batch, w_rows: list[np.ndarray], deltas: list[np.ndarray]
    ) -> None:
        """Add the updates of the samples just inferred to ``deltas``, one ``(columns, P)`` a layer.

        ``w_rows`` are the inference weights of all layers but the first, int32 ``(rows, fan_in)``.
        """
        network = self.network
        n = len(count)
        output = self._layers[-1]
        spikes = None
        if needs_spikes(network):
            spikes = np.empty((n, network.steps, network.n_classes), np.uint8)
            unpack(output.words[:n], spikes)
        err, active = error(network, count, batch.labels, batch.keys, spikes)
        if not active.any():
            return
        output.v_fb[:n, 0, : network.n_classes] = err
        for layer, f in zip(self._layers, self._random):
            to = layer.layer.fb_shift, layer.layer.v_fb_lim
            random_feedback(err, f, *to, active, layer.v_fb[:n])
        for index in range(len(self._layers) - 1, -1, -1):
            layer = self._layers[index]
            if index > 0 and not self._random:
                layer.feedback(n, w_rows[index - 1], active)
            layer.learn(n, active, deltas[index])
