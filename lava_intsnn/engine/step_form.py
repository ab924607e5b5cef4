"""General form of a network: everything a description may hold, layer by layer."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.encode import encode_steps, frames_as_they_are
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.layer_steps import LayerSteps
from lava_intsnn.engine.long_arcs import Arcs
from lava_intsnn.engine.step_branch import StepBranch, step_answers
from lava_intsnn.engine.synapses import ArcInput, reads_arcs
from lava_intsnn.network import Network
from lava_intsnn.sample_batch import Batch


class StepForm:
    """Runs and learns up to ``rows`` samples at a time, any number of steps, any trace."""

    def __init__(self, network: Network, layers: list[LayerKernel], rows: int) -> None:
        self.network = network
        below = [layers[source] if source >= 0 else None for source in network.sources]
        built = [
            LayerSteps(network, kernel, rows, below=source) for kernel, source in zip(layers, below)
        ]
        self.layers = built[: len(network.layers)]
        t = network.steps
        self._arcs = ArcInput(network, rows) if reads_arcs(network) else None
        self._input = np.zeros((0 if self._arcs else rows, t, network.n_in), np.uint8)
        self._branches = [
            StepBranch(branch, [built[index] for index in branch.members])
            for branch in network.branches
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
        return step_answers(self.network, output, n), output.v[:n].copy()

    def _encode(self, images: np.ndarray, keys: np.ndarray) -> np.ndarray | Arcs:
        """Encode samples for the first layer, and keep them to be learned."""
        if self._arcs:
            self._encoded: np.ndarray | Arcs = self._arcs.encode(images, keys)
        else:
            frames = frames_as_they_are(self.network.encoder, images, self._input)
            if frames is None:
                frames = self._input[: len(images)]
                encode_steps(self.network.encoder, images, keys, frames)
            self._encoded = frames
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
        *local, output = self._branches
        for branch in local:
            count_here = branch.answer(len(count))
            branch.learn(self._encoded, count_here, batch, w_rows, deltas)
        output.learn(self._encoded, count, batch, w_rows, deltas)
