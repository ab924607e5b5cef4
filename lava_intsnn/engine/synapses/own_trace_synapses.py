"""Synapses whose presynaptic traces decay by the constant of their own neuron."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.synapses.step_synapses import Recorded, StepSynapses
from lava_intsnn.engine.trace_updates import gates_by_rule


class OwnTraceSynapses(StepSynapses):
    """Hands ``inner`` the neurons that share a rule, one rule after the other.

    Neurons of the other rules appear to have their gates shut: they learn nothing then.
    """

    def __init__(self, inner: StepSynapses) -> None:
        super().__init__(inner.kernel, steps=inner.steps, graded=inner.graded)
        self._inner = inner

    def read_weights(self) -> None:
        """Take the weights as they are now."""
        self._inner.read_weights()

    def sums(self, x: np.ndarray, a: np.ndarray) -> None:
        """Write the synaptic sums of whole samples: traces take no part in them."""
        self._inner.sums(x, a)

    def step_sums(self, s_in: np.ndarray, t: int, a: np.ndarray) -> None:
        """Write the synaptic sums of step ``t``."""
        self._inner.step_sums(s_in, t, a)

    def delta(self, seen: Recorded, delta: np.ndarray) -> None:
        """Add the updates of samples."""
        for rule, gates in gates_by_rule(self.kernel.layer, seen.gates):
            self._inner.trace = rule
            self._inner.delta(seen._replace(gates=gates), delta)
