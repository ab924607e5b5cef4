"""General form of a network: a worker's buffers around the kernels of :mod:`.steps`."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import steps
from lava_intsnn.engine.encode import ENCODER_CODES, encode_spikes
from lava_intsnn.engine.layer import LayerKernel
from lava_intsnn.engine.output import error
from lava_intsnn.network import Network


class StepForm:
    """Runs and learns up to ``rows`` samples at a time, any number of steps, any trace."""

    def __init__(self, network: Network, layers: list[LayerKernel], rows: int) -> None:
        self.network = network
        self.layers = layers
        t = network.steps
        sizes = network.shape
        self._spikes = [np.zeros((rows, t, n), np.uint8) for n in sizes]
        self._gates = [np.zeros((rows, t, n), np.uint8) for n in sizes[1:]]
        self._t_pre = [np.zeros((rows, t, n), np.int32) for n in sizes[:-1]]
        self._t_now = [np.zeros((rows, n), np.int32) for n in sizes[:-1]]
        self._a = [np.zeros((rows, layer.p), np.int32) for layer in layers]
        self._v = [np.zeros((rows, layer.p), np.int32) for layer in layers]
        per_step = t if network.feedback.time_gated else 1
        self._v_fb = [np.zeros((rows, per_step, n), np.int32) for n in sizes[1:-1]]
        self._total = [np.zeros(n, layer.total_dtype) for n, layer in zip(sizes[1:-1], layers)]

    def infer(self, images: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encode and run ``images (n, I)``; return spike counts and final potentials ``(n, O)``."""
        network = self.network
        n = len(images)
        encode_spikes(
            images, keys, network.steps, ENCODER_CODES[network.encoder.kind], self._spikes[0][:n]
        )
        for index, layer in enumerate(self.layers):
            steps.forward_steps(
                self._spikes[index][:n],
                layer.w,
                layer.neuron,
                layer.layer.trace_shift,
                self._a[index][:n],
                self._v[index][:n],
                self._t_now[index][:n],
                self._t_pre[index][:n],
                self._spikes[index + 1][:n],
                self._gates[index][:n],
            )
        count = self._spikes[-1][:n].sum(axis=1, dtype=np.int32)
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
        err, active = error(network, count, labels, keys, self._spikes[-1][:n])
        v_fb = err[:, None, :]
        for index in range(len(self.layers) - 1, -1, -1):
            gates = self._gates[index][:n]
            steps.delta_steps(self._t_pre[index][:n], gates, v_fb, active, deltas[index])
            if index > 0:
                below = self._v_fb[index - 1][:n]
                steps.feedback_steps(
                    gates,
                    v_fb,
                    w_rows[index - 1],
                    network.feedback.time_gated,
                    self.layers[index - 1].fb_shift,
                    self.layers[index].v_fb_lim,
                    active,
                    self._total[index - 1],
                    below,
                )
                v_fb = below
