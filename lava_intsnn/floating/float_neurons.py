"""The neurons of some samples of a batch in float32, kind by kind."""

from __future__ import annotations

import numpy as np

from lava_intsnn.floating.float_weights import half_power
from lava_intsnn.network import ALIF, Neuron


class FloatLif:
    """Leaky integrate-and-fire neurons. Guard bits have no meaning here.

    Parameters
    ----------
    neuron : Neuron
    states : dict of float32 (R, O)
        Where to keep what the kind declares, by name.
    """

    def __init__(self, neuron: Neuron, states: dict[str, np.ndarray]) -> None:
        self.neuron, self.states, self.v = neuron, states, states["v"]
        self.vth = np.float32(neuron.vth)

    def start(self) -> None:
        """Bring the neurons to rest before a sample."""
        for state in self.states.values():
            state[:] = 0

    def integrate(self, a: np.ndarray) -> None:
        """Decay, then add the synaptic sums ``a (R, O)`` (3.2)."""
        if self.neuron.decay_shift:
            self.v *= half_power(self.neuron.decay_shift)
        self.v += a

    def threshold(self) -> np.float32 | np.ndarray:
        """Return the threshold of this step."""
        return self.vth

    def gate(self, out: np.ndarray) -> None:
        """Write the surrogate gates into ``out`` bool ``(R, O)``."""
        np.less(np.abs(self.v - self.threshold()), self.neuron.window, out=out)

    def fire(self) -> np.ndarray:
        """Return the spikes, bool ``(R, O)``, and reset (3.3)."""
        spikes = self.v > self.threshold()
        self.v[spikes] = 0
        return spikes


class FloatAlif(FloatLif):
    """Neurons whose threshold adapts."""

    neuron: ALIF

    def threshold(self) -> np.ndarray:
        """Return the threshold of this step, float32 ``(R, O)``."""
        return self.vth + self.states["adaptation"]

    def fire(self) -> np.ndarray:
        """Return the spikes, reset, and adapt."""
        spikes, adaptation = super().fire(), self.states["adaptation"]
        adaptation *= np.float32(1) - half_power(self.neuron.adapt_shift)
        adaptation[spikes] += np.float32(self.neuron.adapt_step)
        return spikes


#: By the kind of the neuron.
FLOAT_NEURONS = {"lif": FloatLif, "alif": FloatAlif}
