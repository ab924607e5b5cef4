"""All-to-all synapses on low-discrepancy input."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_intsnn.engine import long_arcs
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.long_arcs import Arcs
from lava_intsnn.engine.synapses.step_synapses import Recorded, StepSynapses
from lava_intsnn.network import Network, RateEncoder


def reads_arcs(network: Network) -> bool:
    """Whether the first layer can read spike trains as arcs: then its trace is the spike itself."""
    encoder, first = network.encoder, network.layers[0]
    arcs = isinstance(encoder, RateEncoder) and encoder.kind == "low_discrepancy"
    plain = first.kind == "dense" and not first.max_delay and not first.pool
    spikes = not first.plastic or all(rule.spike_is_trace for rule in first.traces)
    return arcs and plain and spikes


class ArcInput:
    """Encodes up to ``rows`` samples."""

    def __init__(self, network: Network, rows: int) -> None:
        self.code = long_arcs.long_arc_code(network.steps)
        self._spans = np.zeros((rows, network.n_in + 1, 3), np.int32)
        self._counts = np.zeros(rows, np.int64)

    def encode(self, images: np.ndarray, keys: np.ndarray) -> Arcs:
        """Return the arcs of ``images (n, I)``, valid until the next call."""
        found = Arcs(self._spans[: len(images)], self._counts[: len(images)])
        spans = self.code.spans
        long_arcs.encode_long_arcs(images, keys, spans, found.spans, found.counts)
        return found


class ArcSynapses(StepSynapses):
    """Adds the weights of an input where its arc starts, and takes them back where it ends.

    Activity is given as :class:`~lava_intsnn.engine.long_arcs.Arcs`, whole samples at a time.
    """

    def __init__(self, kernel: LayerKernel, *, steps: int) -> None:
        super().__init__(kernel, steps=steps, graded=False)
        self._order = long_arcs.long_arc_code(steps).order
        self._partial = np.zeros((steps + 2, kernel.p), kernel.w_dtype)
        self._q = np.zeros((steps + 1, kernel.p), kernel.delta_dtype)

    def sums(self, x: Any, a: np.ndarray) -> None:
        """Write the synaptic sums of whole samples into ``a (n, T, P)``."""
        partial = self._partial
        long_arcs.sums_long_arcs(
            x.spans, x.counts, self._order, self.w, self.kernel.chunk, partial, a
        )

    def delta(self, seen: Recorded, delta: np.ndarray) -> None:
        """Add the updates of samples."""
        x: Any = seen.x
        arcs, learned = (x.spans, x.counts, self._order), (seen.gates, seen.v_fb, seen.active)
        long_arcs.delta_long_arcs(*arcs, *learned, self._q, delta[: len(self.w)])
