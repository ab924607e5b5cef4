"""The neurons of some samples of a batch in float32, kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lava_intsnn.arithmetic import DECAY_UNITY
from lava_intsnn.floating.float_weights import half_power
from lava_intsnn.network import ALIF, CUBA, AdaptiveCUBA, LeakyReadout, Neuron, NeuronKind
from lava_intsnn.network.adaptation import Adaptation
from lava_intsnn.network.cuba import spread
from lava_intsnn.network.neuron_kind import GUARD_BITS


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
        self._kept = _half_powers(neuron.decay_shift, self.v.shape[1])
        self.set_vth(neuron.vth)

    def set_vth(self, vth: Any) -> None:
        """Change the threshold: a number, or some that the neurons share out."""
        each = np.atleast_1d(np.asarray(vth, np.float32))
        alike = len(each) == 1
        self.vth = each[0] if alike else np.tile(each, self.v.shape[1] // len(each))

    def start(self) -> None:
        """Bring the neurons to rest before a sample."""
        for state in self.states.values():
            state[:] = 0

    def integrate(self, a: np.ndarray) -> None:
        """Decay, then add the synaptic sums ``a (R, O)`` (3.2)."""
        if self.neuron.decay_shift:
            self.v *= self._kept
        self.v += a

    def threshold(self) -> np.float32 | np.ndarray:
        """Return the threshold of this step, one for all neurons or ``(O,)``."""
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
        spikes = super().fire()
        adapt(self.neuron, self.states["adaptation"], spikes)
        return spikes


class FloatIntegrator:
    """Neurons of a readout, which never fire.

    Parameters
    ----------
    neuron : LeakyReadout
    states : dict of float32 (R, O)
        Where to keep the potential.
    """

    def __init__(self, neuron: LeakyReadout, states: dict[str, np.ndarray]) -> None:
        self.neuron, self.states, self.v = neuron, states, states["v"]

    def set_vth(self, vth: Any) -> None:
        """Do nothing: there is no threshold to change."""

    def start(self) -> None:
        """Bring the neurons to rest before a sample."""
        self.v[:] = 0

    def integrate(self, a: np.ndarray) -> None:
        """Decay, then add the synaptic sums ``a (R, O)``."""
        self.v *= half_power(self.neuron.decay_shift)
        self.v += a

    def gate(self, out: np.ndarray) -> None:
        """Write the gates, which are open, into ``out`` bool ``(R, O)``."""
        out[:] = True

    def fire(self) -> np.ndarray:
        """Return no spikes, bool ``(R, O)``."""
        return np.zeros(self.v.shape, np.bool_)


class FloatCuba:
    """Loihi's neurons, without rounding, wrap or saturation; states keep the scale of guard bits.

    Parameters
    ----------
    neuron : CUBA
    states : dict of float32 (R, O)
        Where to keep what the kind declares, by name.
    """

    def __init__(self, neuron: CUBA, states: dict[str, np.ndarray]) -> None:
        self.neuron, self.states, self.v, self.u = neuron, states, states["v"], states["u"]
        n = self.v.shape[1]
        self._keep_u = _kept(neuron.current_decay, n)
        self._keep_v = _kept(neuron.voltage_decay, n)
        self._bias = (spread(neuron.bias_mant, n) << neuron.bias_exp).astype(np.float32)
        self._window = np.float32(neuron.window << GUARD_BITS)
        self._wait = states.get("refractory", np.zeros((1, 1), np.float32))
        self.set_vth(neuron.vth)

    def set_vth(self, vth: Any) -> None:
        """Change the threshold: a number, or some for all neurons."""
        each = np.atleast_1d(np.asarray(vth, np.float32)) * np.float32(1 << GUARD_BITS)
        self.vth = np.tile(each, self.v.shape[1] // len(each))

    def start(self) -> None:
        """Bring the neurons to rest before a sample."""
        for state in self.states.values():
            state[:] = 0

    def integrate(self, a: np.ndarray) -> None:
        """Decay, then add the synaptic sums ``a (R, O)``; refractory neurons keep their voltage."""
        self.u *= self._keep_u
        self.u += a * np.float32(1 << GUARD_BITS)
        self.v[:] = np.where(self._wait > 0, self.v, self.v * self._keep_v + self.u + self._bias)

    def threshold(self) -> np.ndarray:
        """Return the threshold of this step, ``(O,)`` or ``(R, O)``."""
        return self.vth

    def gate(self, out: np.ndarray) -> None:
        """Write the surrogate gates into ``out`` bool ``(R, O)``."""
        np.less(np.abs(self.v - self.threshold()), self._window, out=out)
        out &= self._wait <= 0

    def fire(self) -> np.ndarray:
        """Return the spikes, bool ``(R, O)``, and reset."""
        vth = self.threshold()
        spikes: np.ndarray = (self.v > vth) & (self._wait <= 0)
        self.v[:] = np.where(spikes, self.v - vth if self.neuron.reset == "soft" else 0, self.v)
        if self.neuron.refractory > 1:
            waits = np.maximum(self._wait - 1, 0)
            self._wait[:] = np.where(spikes, self.neuron.refractory - 1, waits)
        return spikes


class FloatAdaptiveCuba(FloatCuba):
    """Loihi's neurons with a threshold that adapts."""

    neuron: AdaptiveCUBA

    def threshold(self) -> np.ndarray:
        """Return the threshold of this step, float32 ``(R, O)``."""
        return self.vth + self.states["adaptation"] * np.float32(1 << GUARD_BITS)

    def fire(self) -> np.ndarray:
        """Return the spikes, reset, and adapt."""
        spikes = super().fire()
        adapt(self.neuron, self.states["adaptation"], spikes)
        return spikes


def adapt(neuron: Adaptation, adaptation: np.ndarray, spikes: np.ndarray) -> None:
    """Let an adaptation decay, and grow where there are spikes, in place."""
    n = adaptation.shape[1]
    adaptation *= np.float32(1) - _half_powers(neuron.adapt_shift, n)
    if isinstance(neuron.adapt_step, tuple):
        adaptation += spikes * spread(neuron.adapt_step, n).astype(np.float32)
    else:
        adaptation[spikes] += np.float32(neuron.adapt_step)


def _kept(decay: int | tuple[int, ...], n: int) -> np.ndarray:
    return ((DECAY_UNITY - spread(decay, n)) / DECAY_UNITY).astype(np.float32)


def _half_powers(shift: int | tuple[int, ...], n: int) -> np.float32 | np.ndarray:
    """Return ``2**-shift``: one number for all of ``n`` neurons, or float32 ``(n,)``."""
    if not isinstance(shift, tuple):
        return half_power(shift)
    return np.array([half_power(each) for each in spread(shift, n).tolist()], np.float32)


FLOAT_NEURONS: Mapping[str, Any] = {
    "lif": FloatLif,
    "alif": FloatAlif,
    "cuba": FloatCuba,
    "adaptive_cuba": FloatAdaptiveCuba,
    "readout": FloatIntegrator,
}
FloatNeurons = FloatLif | FloatCuba | FloatIntegrator


def float_neurons(neuron: NeuronKind, states: dict[str, np.ndarray]) -> FloatNeurons:
    """Return the neurons of a kind, which keep their state in ``states``."""
    found: FloatNeurons = FLOAT_NEURONS[neuron.kind](neuron, states)
    return found
