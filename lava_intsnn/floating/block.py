"""A layer in float32 for some samples of a batch, step by step."""

from __future__ import annotations

import numpy as np

from lava_intsnn.floating.float_neurons import float_neurons
from lava_intsnn.floating.float_synapses import FloatConv, synapses_of
from lava_intsnn.floating.float_weights import Weights, half_power
from lava_intsnn.network.trace import TraceRule


class LayerBlock:
    """State and traces of R samples in one layer.

    Parameters
    ----------
    weights : Weights
        Of the layer; only read.
    states : dict of float32 (R, O)
        Where to keep what the neurons declare, by name.
    """

    def __init__(self, weights: Weights, states: dict[str, np.ndarray]) -> None:
        layer, steps, rows = weights.layer, weights.network.steps, len(states["v"])
        self.weights, self.layer = weights, layer
        self.neurons = float_neurons(layer.neuron, states)
        self.recurrence = layer.recurrence
        self._synapses = synapses_of(weights, rows=rows, steps=steps)
        n_rec = weights.recurrent.shape[1]
        self._u = np.zeros((rows, n_rec), np.float32)
        # what learning needs; allocated when a sample is first recorded
        self._t_pre = [np.zeros((0, rows, layer.n_in), np.float32) for _ in layer.traces]
        self._u_trace = [np.zeros((0, rows, n_rec), np.float32) for _ in layer.traces]
        self._g = np.zeros((0, rows, layer.n_out), np.bool_)

    def step(self, s_in: np.ndarray, t: int, *, record: bool) -> np.ndarray:
        """Advance by step ``t`` of the sample; see :meth:`.FloatLayer.step`."""
        neurons, recurrence = self.neurons, self.recurrence
        if t == 0:
            neurons.start()
            self._u[:] = 0
        a = self._synapses.forward(s_in, t)
        if recurrence:
            a += (self._u @ self.weights.recurrent.T) * half_power(recurrence.shift)  # (3.23)
        neurons.integrate(a)
        if record:
            self._record(s_in, t)
        if recurrence and recurrence.source == "voltage":
            limit = np.float32(recurrence.u_max)  # B16 of (3.23), without which the loop diverges
            np.clip(neurons.v * half_power(recurrence.b16_shift), -limit, limit, out=self._u)
        s_out = neurons.fire().astype(np.float32)
        if recurrence and recurrence.source == "spikes":
            self._u[:] = s_out
        return s_out

    def _record(self, s_in: np.ndarray, t: int) -> None:
        steps = self.weights.network.steps
        if len(self._g) != steps:
            if self.layer.plastic:
                self._t_pre = [_for_steps(trace, steps) for trace in self._t_pre]
                self._u_trace = [_for_steps(trace, steps) for trace in self._u_trace]
            self._g = _for_steps(self._g, steps)
        for rule, t_pre, u_trace in zip(self.layer.traces, self._t_pre, self._u_trace):
            if self.layer.plastic:
                _advance(t_pre, s_in, t, rule)  # (3.4)
            if self.layer.learns_recurrence:
                _advance(u_trace, self._u, t, rule)
        self.neurons.gate(self._g[t])

    def message(self, v_fb: np.ndarray, t: int) -> np.ndarray:
        """Return message ``t`` for the layer below, ``(R, I)``, from ``v_fb (T or P, R, O)``."""
        above = v_fb[t] if len(v_fb) > 1 else v_fb[0]
        if self.weights.network.feedback.time_gated:
            above = above * self._g[t]
        return self._synapses.backward(above)

    def deltas(self, v_fb: np.ndarray) -> list[np.ndarray]:
        """Return the samples' terms of ``delta``, for each part of :meth:`.Weights.learned`.

        Those of the slope, from which delays learn, follow where they do.
        """
        if not self.layer.plastic:
            return []
        q = v_fb * self._g
        several, rule_of = len(self.layer.traces) > 1, self.layer.trace_of()
        total: list[np.ndarray] = []
        for k, (t_pre, u_trace) in enumerate(zip(self._t_pre, self._u_trace)):
            mine = q * (rule_of == k) if several else q  # what the neurons with this trace learn
            found = [self._synapses.delta(mine, t_pre)]
            if self.layer.learns_recurrence:
                n = self.layer.n_out
                found.append(mine.reshape(-1, n).T @ u_trace.reshape(-1, n))
            if self.layer.learns_delays:
                assert not isinstance(self._synapses, FloatConv)  # which has no delays
                found.append(self._synapses.slope(mine, t_pre))
            total = [a + b for a, b in zip(total, found)] if total else found
        return total


def _for_steps(a: np.ndarray, steps: int) -> np.ndarray:
    return np.zeros((steps, *a.shape[1:]), a.dtype)


def _advance(traces: np.ndarray, x: np.ndarray, t: int, rule: TraceRule) -> None:
    """Write the trace of step ``t`` into ``traces (T, R, n)``."""
    seen = x * np.float32(1 << rule.bits) if rule.bits else x
    if t == 0:
        traces[0] = seen
        return
    np.multiply(traces[t - 1], rule.keep * half_power(rule.shift), out=traces[t])
    traces[t] += seen
