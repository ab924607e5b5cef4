"""General form of a network: everything a description may hold, layer by layer."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.answers import answers
from lava_intsnn.engine.cache_lines import aligned_zeros
from lava_intsnn.engine.delays import LANES
from lava_intsnn.engine.encode import encode_steps, frames_as_they_are
from lava_intsnn.engine.error_neurons import error
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.layer_steps import LayerSteps
from lava_intsnn.engine.long_arcs import Arcs
from lava_intsnn.engine.point_errors import PointErrors
from lava_intsnn.engine.random_feedback import random_feedback, random_weights
from lava_intsnn.engine.synapses import ArcInput, reads_arcs
from lava_intsnn.network import Network
from lava_intsnn.sample_batch import Batch

#: Samples that learn together, so that what they send back stays in cache.
LEARNED = LANES
#: Some samples: neighbours, or any.
Chosen = slice | np.ndarray


class StepForm:
    """Runs and learns up to ``rows`` samples at a time, any number of steps, any trace."""

    def __init__(self, network: Network, layers: list[LayerKernel], rows: int) -> None:
        self.network = network
        self.layers = [
            LayerSteps(network, kernel, rows, below=below)
            for kernel, below in zip(layers, [None, *layers])
        ]
        t = network.steps
        self._arcs = ArcInput(network, rows) if reads_arcs(network) else None
        self._input = np.zeros((0 if self._arcs else rows, t, network.n_in), np.uint8)
        self._points = PointErrors(network)
        per_step = t if network.feedback.time_gated else len(self._points.points)
        self._random = random_weights(network)
        lowest = network.first_plastic
        self._v_fb = [  # of the layers that hear of the error
            aligned_zeros((LEARNED, per_step if index >= lowest else 0, n), np.int32)
            for index, n in enumerate(network.shape[1:-1])
        ]

    def infer(self, images: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encode and run ``images (n, n_values)``.

        Returns
        -------
        int32 (n, O), int32 (n, O)
            Spike counts, or answers of readouts, and final potentials.
        """
        n = len(images)
        x = self._encode(images, keys)
        for layer in self.layers:
            layer.run(x)
            x = layer.spikes[:n]
        output = self.layers[-1]
        if self.network.readout:
            return answers(self.network, output.said[:n]), output.v[:n].copy()
        return output.spikes[:n].sum(axis=1, dtype=np.int32), output.v[:n].copy()

    def _encode(self, images: np.ndarray, keys: np.ndarray) -> np.ndarray | Arcs:
        """Encode samples for the first layer, and keep them to be learned."""
        if self._arcs:
            self._encoded: np.ndarray | Arcs = self._arcs.encode(images, keys)
        else:
            found = frames_as_they_are(self.network.encoder, images, self._input)
            if found is None:
                found = self._input[: len(images)]
                encode_steps(self.network.encoder, images, keys, found)
            self._encoded = found
        return self._encoded

    def learn(
        self,
        count: np.ndarray,
        batch: Batch,
        w_rows: dict[int, np.ndarray],
        deltas: list[np.ndarray],
    ) -> None:
        """Add the updates of the samples just inferred to ``deltas``, ``(columns, P)`` a layer.

        ``w_rows`` are the weights that feedback reads, by layer, int32 ``(rows, fan_in)``.
        """
        n, lowest = len(count), self.network.first_plastic
        if lowest == len(self.layers):
            return
        said, at = self.layers[-1].said[:n], None
        if self._points.several:
            v_fb, at, active = self._points.errors(said, batch.labels, batch.keys)
        else:
            e, active = error(self.network, count, batch.labels, batch.keys, said)
            v_fb = e[:, None, :]
        chosen = np.flatnonzero(active)
        for first in range(0, len(chosen), LEARNED):
            part = chosen[first : first + LEARNED]
            which: Chosen = part if len(chosen) < n else slice(first, first + len(part))
            at_part = None if at is None else at[:, which]
            self._learn_some(which, v_fb[which], at_part, w_rows, deltas)

    def _learn_some(
        self,
        which: Chosen,
        v_fb: np.ndarray,
        at: np.ndarray | None,
        w_rows: dict[int, np.ndarray],
        deltas: list[np.ndarray],
    ) -> None:
        """Add the updates of at most LEARNED samples, all of which have an error."""
        n, lowest = len(v_fb), self.network.first_plastic
        active, e = np.ones(n, np.bool_), v_fb
        if self.network.feedback.time_gated:
            v_fb = self._points.at_steps(v_fb, at)
        for index in range(len(self.layers) - 1, lowest - 1, -1):
            layer = self.layers[index]
            x = self.layers[index - 1].spikes if index > 0 else self._encoded
            if layer.kernel.layer.plastic:
                at_steps = v_fb
                if not self.network.feedback.time_gated:
                    at_steps = self._points.at_steps(v_fb, at)
                layer.learn(x[which], which, at_steps, active, deltas[index])
            at = None  # of the output alone
            if index > lowest:
                heard, below = self._v_fb[index - 1][:n], self.layers[index - 1].kernel
                if self._random:
                    to = below.fb_shift, below.v_fb_lim
                    for p in range(e.shape[1]):
                        error_p, heard_p = np.ascontiguousarray(e[:, p]), heard[:, p : p + 1]
                        random_feedback(error_p, self._random[index - 1], *to, active, heard_p)
                else:
                    layer.feedback(which, v_fb, w_rows[index], active, heard)
                v_fb = heard
