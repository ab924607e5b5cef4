"""The core for all kinds of layers, which records each step in arrays ``(B, T, n)``."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.synapses import synapses_of
from lava_intsnn.engine.synapses.step_synapses import Recorded
from lava_intsnn.proc_models.fixed_pt.layer_core import LayerCore
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.proc_models.shared_memory import LayerMemory


class StepCore(LayerCore):
    """A layer in the general form: convolution, recurrence, delays, counts, any trace."""

    def __init__(self, spec: LayerSpec, memory: LayerMemory, kernel: LayerKernel) -> None:
        super().__init__(spec, memory, kernel)
        batch, t, layer = spec.network.batch, spec.network.steps, spec.layer
        self._synapses = synapses_of(kernel, steps=t, graded=spec.max_count > 1)
        self._x = np.zeros((batch, t, layer.n_in), np.uint8)
        self._gates = np.zeros((batch, t, layer.n_out), np.uint8)

    def _add_up(self, s_in: np.ndarray, t: int) -> None:
        self._synapses.step_sums(s_in, t, self._a)

    def _record(self, s_in: np.ndarray, t: int) -> None:
        self._x[:, t] = s_in
        self._gates[:, t] = self._g

    def _accumulate(self, v_fb: np.ndarray, active: np.ndarray, delta: np.ndarray) -> None:
        seen = Recorded(self._x, self._gates, v_fb, active)
        self._synapses.delta(seen, delta)
        self._neurons.delta(seen, delta)
