"""Popcount form of a network: whole spike trains, layer by layer."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_intsnn.engine import words
from lava_intsnn.engine.error_neurons import error, needs_spikes
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.random_feedback import random_feedback, random_weights
from lava_intsnn.engine.word_layers import word_layers
from lava_intsnn.network import Branch, Network, NetworkError
from lava_intsnn.network.popcount_form import WORD_BITS
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
        self._input, *built = word_layers(network, layers, rows)
        self._layers = built[: len(network.layers)]
        self._branches = [
            WordBranch(branch, [built[index] for index in branch.members])
            for branch in network.branches
        ]

    def features(self, images: np.ndarray, keys: np.ndarray, *, layers: int) -> np.ndarray:
        """Encode ``images (n, I)`` and run the first ``layers``, at least one.

        Return the spike words of the last of them, uint32 ``(n, O)``, valid until the next call.
        """
        n = len(images)
        self._input.encode(images, keys)
        for layer in self._layers[:layers]:
            layer.forward(n)
        last = self._layers[layers - 1]
        return last.words[:n, : last.layer.layer.n_out]

    def infer(self, images: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encode and run ``images (n, I)``; return spike counts and final potentials ``(n, O)``."""
        n, n_classes = len(images), self.network.n_classes
        self.features(images, keys, layers=len(self._layers))
        output = self._layers[-1]
        return _counts(output, n, n_classes), output.v[:n, :n_classes].copy()

    def learn(
        self,
        count: np.ndarray,
        batch: Batch,
        w_rows: dict[int, np.ndarray],
        deltas: list[np.ndarray],
    ) -> None:
        """Add the updates of the samples just inferred to ``deltas``, one ``(columns, P)`` a layer.

        ``w_rows`` are the weights that feedback reads, by layer, int32 ``(rows, fan_in)``.
        """
        *local, output = self._branches
        for branch in local:
            branch.learn(branch.answer(len(count)), batch, w_rows, deltas)
        output.learn(count, batch, w_rows, deltas)


class WordBranch:
    """The layers from the input to a readout, which learn from its error."""

    def __init__(self, branch: Branch, layers: list[Any]) -> None:
        self.network = branch.network
        self._members, self._layers = branch.members, layers
        self._random = random_weights(branch.network)

    def answer(self, n: int) -> np.ndarray:
        """Run the readout on the spikes of the ``n`` samples below it; return its counts."""
        output = self._layers[-1]
        output.forward(n)
        return _counts(output, n, self.network.n_classes)

    def learn(
        self,
        count: np.ndarray,
        batch: Batch,
        w_rows: dict[int, np.ndarray],
        deltas: list[np.ndarray],
    ) -> None:
        """Add the updates of this branch; see :meth:`WordForm.learn`."""
        network = self.network
        n, lowest = len(count), network.first_plastic
        if lowest == len(self._layers):
            return
        output = self._layers[-1]
        spikes = None
        if needs_spikes(network):
            spikes = np.empty((n, network.steps, network.n_classes), np.uint8)
            words.unpack(output.words[:n], spikes)
        err, active = error(network, count, batch.labels, batch.keys, spikes)
        if not active.any():
            return
        output.v_fb[:n, 0, : network.n_classes] = err
        for here, f in self._random.items():
            layer = self._layers[here]
            if not layer.plastic:
                continue
            to = layer.layer.fb_shift, layer.layer.v_fb_lim
            random_feedback(err, f, *to, active, layer.v_fb[:n])
        for here in range(len(self._layers) - 1, lowest - 1, -1):
            layer, index = self._layers[here], self._members[here]
            if index in w_rows:
                layer.feedback(n, w_rows[index], active)
            if layer.plastic:
                layer.learn(n, active, deltas[index])


def _counts(output: Any, n: int, n_classes: int) -> np.ndarray:
    count = np.empty((n, n_classes), np.int32)
    words.count_words(output.words[:n], count)
    return count
