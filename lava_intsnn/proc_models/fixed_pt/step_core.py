"""Layers of every kind, on arrays ``(B, T, n)`` of what happened at each step."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import graded, recurrent
from lava_intsnn.engine.firing import neuron_step
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.network import Conv
from lava_intsnn.proc_models.fixed_pt.layer_core import LayerCore
from lava_intsnn.proc_models.fixed_pt.recurrent_step import recurrent_step
from lava_intsnn.proc_models.fixed_pt.step_synapses import synapses_of
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.proc_models.shared_memory import LayerMemory


class StepCore(LayerCore):
    """A layer in the general form: convolution, recurrence, delays, counts, any trace."""

    def __init__(self, spec: LayerSpec, memory: LayerMemory, kernel: LayerKernel) -> None:
        network, layer = spec.network, spec.layer
        width = layer.n_out if isinstance(layer, Conv) else kernel.p
        super().__init__(spec, memory, kernel, width=width)
        batch, t = network.batch, network.steps
        self._synapses = synapses_of(spec, kernel)
        self._x = np.zeros((batch, t, layer.n_in), np.uint8)
        self._gates = np.zeros((batch, t, layer.n_out), np.uint8)
        self._recurrence = layer.recurrence
        if self._recurrence:
            self._constants = recurrent.constants(self._recurrence)
            self._u = np.zeros((batch, t + 1, layer.n_out), np.int16)  # what step t reads
            most = layer.n_out * network.precision.w_max * self._recurrence.u_max
            self._total = np.zeros(kernel.p, np.int32 if most < 2**31 else np.int64)
            self._q = np.zeros((t, kernel.p), np.int32)

    def _advance(self, s_in: np.ndarray, t: int) -> None:
        self._synapses.sums(s_in, t, self._a)
        cell = self.kernel.neuron
        if not self._recurrence:
            neuron_step(self._v, self._a, cell, self._s, self._g)
            return
        if t == 0:
            self._u[:, 0] = 0
        recurrent_step(
            self._a,
            self._u[:, t],
            self.kernel.w[self.spec.layer.fan_in :],
            cell,
            self._constants,
            self._total,
            self._v,
            self._u[:, t + 1],
            self._s,
            self._g,
        )

    def _record(self, s_in: np.ndarray, t: int) -> None:
        self._x[:, t] = s_in
        self._gates[:, t] = self._g

    def _propagate(self, v_fb: np.ndarray, active: np.ndarray, out: np.ndarray) -> None:
        self._synapses.feedback(self._gates, v_fb, self._gated, active, out)

    def _accumulate(self, v_fb: np.ndarray, active: np.ndarray, delta: np.ndarray) -> None:
        fan_in, trace_shift = self.spec.layer.fan_in, self.spec.layer.trace_shift
        self._synapses.delta(self._x, self._gates, v_fb, active, delta[:fan_in])
        if self._recurrence and self._recurrence.learned:
            u, into = self._u[:, :-1], delta[fan_in:]
            graded.delta_traces(u, self._gates, v_fb, trace_shift, active, self._q, into)
