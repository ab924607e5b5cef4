"""Learning in the general form: the layers below a readout, from its error."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.answers import answers
from lava_intsnn.engine.cache_lines import aligned_zeros
from lava_intsnn.engine.delays import LANES
from lava_intsnn.engine.error_neurons import error
from lava_intsnn.engine.layer_steps import LayerSteps
from lava_intsnn.engine.long_arcs import Arcs
from lava_intsnn.engine.point_errors import PointErrors
from lava_intsnn.engine.random_feedback import random_feedback, random_weights
from lava_intsnn.network import Branch, Network
from lava_intsnn.sample_batch import Batch

#: Samples that learn together, so that what they send back stays in cache.
LEARNED = LANES
#: Some samples: neighbours, or any.
Chosen = slice | np.ndarray


class StepBranch:
    """The layers from the input to a readout, which learn from its error."""

    def __init__(self, branch: Branch, layers: list[LayerSteps]) -> None:
        network = branch.network
        self.network = network
        self._members, self._layers = branch.members, layers
        self._points = PointErrors(network)
        per_step = network.steps if network.feedback.time_gated else len(self._points.points)
        self._random = random_weights(network)
        self._v_fb = {  # of the layers that hear of the error
            here: aligned_zeros((LEARNED, per_step, network.layers[here].n_out), np.int32)
            for here in range(network.first_plastic, len(layers) - 1)
        }

    def answer(self, n: int) -> np.ndarray:
        """Run the readout on the spikes of the ``n`` samples below it; return its answers."""
        *_, below, output = self._layers
        output.run(below.spikes[:n])
        return step_answers(self.network, output, n)

    def learn(
        self,
        encoded: np.ndarray | Arcs,
        count: np.ndarray,
        batch: Batch,
        w_rows: dict[int, np.ndarray],
        deltas: list[np.ndarray],
    ) -> None:
        """Add the updates of this branch to ``deltas``; see :meth:`.StepForm.learn`.

        ``encoded`` is the input of the samples just inferred.
        """
        n = len(count)
        if self.network.first_plastic == len(self._layers):
            return
        said, at = self._layers[-1].said[:n], None
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
            self._learn_some(encoded, which, v_fb[which], at_part, w_rows, deltas)

    def _learn_some(
        self,
        encoded: np.ndarray | Arcs,
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
        for here in range(len(self._layers) - 1, lowest - 1, -1):
            layer, index = self._layers[here], self._members[here]
            x = self._layers[here - 1].spikes if here > 0 else encoded
            if layer.kernel.layer.plastic:
                at_steps = v_fb
                if not self.network.feedback.time_gated:
                    at_steps = self._points.at_steps(v_fb, at)
                layer.learn(x[which], which, at_steps, active, deltas[index])
            at = None  # of the readout alone
            if here > lowest:
                heard = self._v_fb[here - 1][:n]
                if here - 1 in self._random:
                    self._hear(here - 1, e, active, heard)
                else:
                    layer.feedback(which, v_fb, w_rows[index], active, heard)
                v_fb = heard

    def _hear(self, here: int, e: np.ndarray, active: np.ndarray, heard: np.ndarray) -> None:
        """Give a layer the errors ``e (n, P, O)`` through its random feedback weights."""
        kernel = self._layers[here].kernel
        to = kernel.fb_shift, kernel.v_fb_lim
        for p in range(e.shape[1]):
            error_p, heard_p = np.ascontiguousarray(e[:, p]), heard[:, p : p + 1]
            random_feedback(error_p, self._random[here], *to, active, heard_p)


def step_answers(network: Network, output: LayerSteps, n: int) -> np.ndarray:
    """Return the spike counts, or answers, of ``n`` samples just run, int32 ``(n, O)``."""
    if network.readout:
        return answers(network, output.said[:n])
    return output.spikes[:n].sum(axis=1, dtype=np.int32)
