"""Popcount form of a network: a worker's buffers around the kernels of :mod:`.words`."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from lava_intsnn.engine import arcs, words
from lava_intsnn.engine.encode import encode_words
from lava_intsnn.engine.layer import LayerKernel
from lava_intsnn.engine.output import error, needs_spikes, unpack
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.network.bounds import WORD_BITS


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
                f"steps in 1..{WORD_BITS} and every trace_shift >= 1: use the general form"
            )
        self.network = network
        self.layers = layers
        steps = network.steps
        low_discrepancy = network.encoder.kind == "low_discrepancy"
        self._arc_code = arcs.arc_code(steps) if low_discrepancy else None
        self._arc_bounds = np.zeros((rows, 2), np.int64)
        # the first entry holds arcs where the encoder is low-discrepancy
        self._words = [np.zeros((rows, network.n_in), np.uint32)]
        self._words += [np.zeros((rows, layer.p), np.uint32) for layer in layers]
        self._gates = [np.zeros((rows, layer.p), np.uint32) for layer in layers]
        self._v = [np.zeros((rows, layer.p), np.int32) for layer in layers]
        self._partial = [np.zeros((steps + 2, layer.p), layer.w_dtype) for layer in layers]
        self._a = [np.zeros((steps, layer.p), np.int32) for layer in layers]
        self._q = [np.zeros((steps + 1, layer.p), layer.delta_dtype) for layer in layers]
        per_step = steps if network.feedback.time_gated else 1
        self._v_fb = [np.zeros((rows, per_step, layer.p), np.int32) for layer in layers[:-1]]
        self._v_fb.append(np.zeros((rows, 1, layers[-1].p), np.int32))
        self._total = [
            np.zeros(layer.layer.n_in, below.total_dtype) for below, layer in pairwise(layers)
        ]

    def infer(self, images: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encode and run ``images (n, I)``; return spike counts and final potentials ``(n, O)``."""
        network = self.network
        n = len(images)
        if self._arc_code:
            arcs.encode_arcs(
                images, keys, self._arc_code.table, self._words[0][:n], self._arc_bounds[:n]
            )
        else:
            encode_words(images, keys, network.steps, self._words[0][:n])
        for index, layer in enumerate(self.layers):
            buffers = (
                layer.w,
                layer.chunk,
                layer.neuron,
                self._partial[index],
                self._a[index],
                self._v[index][:n],
                self._words[index + 1][:n],
                self._gates[index][:n],
            )
            if index == 0 and self._arc_code:
                arcs.forward_arcs(
                    self._words[0][:n], self._arc_bounds[:n], self._arc_code.order, *buffers
                )
            else:
                words.forward_words(self._words[index][:n], *buffers)
        count = np.empty((n, network.n_classes), np.int32)
        words.count_words(self._words[-1][:n], count)
        return count, self._v[-1][:n, : network.n_classes].copy()

    def learn(
        self,
        count: np.ndarray,
        labels: np.ndarray,
        keys: np.ndarray,
        w_rows: list[np.ndarray],
        deltas: list[np.ndarray],
    ) -> None:
        """Add the updates of the samples just inferred to ``deltas``, one ``(I, P)`` a layer.

        ``w_rows`` are the inference weights of all layers but the first, int32 ``(O, I)``.
        """
        network = self.network
        n = len(count)
        spikes = None
        if needs_spikes(network):
            spikes = np.empty((n, network.steps, network.n_classes), np.uint8)
            unpack(self._words[-1][:n], spikes)
        err, active = error(network, count, labels, keys, spikes)
        if not active.any():
            return
        self._v_fb[-1][:n, 0, : network.n_classes] = err
        for index in range(len(self.layers) - 1, -1, -1):
            layer = self.layers[index]
            v_fb, gates = self._v_fb[index][:n], self._gates[index][:n]
            if index > 0:
                words.feedback_words(
                    gates,
                    v_fb,
                    w_rows[index - 1],
                    network.feedback.time_gated,
                    self.layers[index - 1].fb_shift,
                    layer.v_fb_lim,
                    active,
                    self._total[index - 1],
                    self._v_fb[index - 1][:n],
                )
            words_in, q, delta = self._words[index][:n], self._q[index], deltas[index]
            if index == 0 and self._arc_code:
                arcs.delta_arcs(
                    words_in,
                    self._arc_bounds[:n],
                    self._arc_code.order,
                    gates,
                    v_fb,
                    active,
                    q,
                    delta,
                )
            else:
                words.delta_words(words_in, gates, v_fb, network.steps, active, q, delta)
