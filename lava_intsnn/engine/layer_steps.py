"""One layer in the general form: synapses and neurons of whichever kinds it has."""

from __future__ import annotations

from typing import cast

import numpy as np

from lava_intsnn.engine.cache_lines import aligned_zeros
from lava_intsnn.engine.delays import LANES
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.long_arcs import Arcs
from lava_intsnn.engine.population import Population
from lava_intsnn.engine.synapses import ArcSynapses, reads_arcs, synapses_of
from lava_intsnn.engine.synapses.step_synapses import Recorded, StepSynapses
from lava_intsnn.engine.transposed_feedback import TransposedFeedback
from lava_intsnn.network import Network

#: Samples whose synaptic sums are held at a time.
BLOCK = LANES


class LayerSteps:
    """A worker's buffers of a layer, for up to ``rows`` samples.

    Parameters
    ----------
    below : LayerKernel or None
        The layer that feedback goes to.

    Attributes
    ----------
    spikes, gates : uint8 (rows, T, O)
    v : int32 (rows, O)
        Final potentials.
    said : uint8 or int32 (rows, T, O)
        What the layer says at each step: its spikes, or the potentials of readouts.
    """

    def __init__(
        self,
        network: Network,
        kernel: LayerKernel,
        rows: int,
        *,
        below: LayerKernel | None,
    ) -> None:
        layer, t = kernel.layer, network.steps
        self.kernel, self.below = kernel, below
        self.spikes = aligned_zeros((rows, t, layer.n_out), np.uint8)
        self.gates = aligned_zeros((rows, t, layer.n_out), np.uint8)
        self.said = self.spikes
        if not layer.neuron.fires:
            self.said = np.zeros((rows, t, layer.n_out), np.int32)
        self._a = aligned_zeros((BLOCK, t, kernel.width), np.int32)
        graded = below is None and network.graded
        if below is None and reads_arcs(network):
            self._synapses: StepSynapses = ArcSynapses(kernel, steps=t)
        else:
            self._synapses = synapses_of(kernel, steps=t, graded=graded)
        self._neurons = Population(kernel, rows=rows, steps=t)
        self.v = self._neurons.v
        if below:
            self._feedback = TransposedFeedback(
                layer, gated=network.feedback.time_gated, total_dtype=below.total_dtype
            )

    def run(self, x: np.ndarray | Arcs) -> None:
        """Run the samples ``x (n, T, I)``: spikes, or counts; or arcs of spikes."""
        self._neurons.start()
        self._synapses.read_weights()
        for first in range(0, len(x), BLOCK):
            part = slice(first, min(first + BLOCK, len(x)))
            a = self._a[: part.stop - first]
            self._synapses.sums(cast(np.ndarray, x[part]), a)
            self._neurons.advance(a, self.spikes[part], self.gates[part], first=first, t=0)
            if self.said is not self.spikes:
                self.said[part] = a[:, :, : self.said.shape[2]]

    def learn(
        self,
        x: np.ndarray | Arcs,
        which: slice | np.ndarray,
        v_fb: np.ndarray,
        active: np.ndarray,
        delta: np.ndarray,
    ) -> None:
        """Add the updates of ``n`` of the samples just run to ``delta (columns, P)``.

        ``which`` samples they are, and what they were given, ``x (n, T, I)``. ``v_fb`` is
        ``(n, T or 1, O)`` int32, ``active (n,)`` says which of them have an error.
        """
        seen = Recorded(cast(np.ndarray, x), self.gates[which], v_fb, active)
        self._synapses.delta(seen, delta)
        self._neurons.delta(seen, delta, which)

    def feedback(
        self,
        which: slice | np.ndarray,
        v_fb: np.ndarray,
        w_rows: np.ndarray,
        active: np.ndarray,
        out: np.ndarray,
    ) -> None:
        """Propagate ``v_fb (n, T or 1, O)`` to the layer below: ``out (n, T or 1, I)``."""
        assert self.below is not None
        gates, to = self.gates[which], self.below
        self._feedback.propagate(
            gates, v_fb, w_rows, active, out, shift=to.fb_shift, lim=to.v_fb_lim
        )
