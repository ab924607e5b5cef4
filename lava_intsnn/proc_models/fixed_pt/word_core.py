"""The core of dense layers whose spike trains fit words. They learn as in the engine."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import words
from lava_intsnn.engine.graded import accumulate
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.proc_models.fixed_pt import bits
from lava_intsnn.proc_models.fixed_pt.layer_core import LayerCore
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.proc_models.shared_memory import LayerMemory


class WordCore(LayerCore):
    """A dense layer in the popcount form."""

    def __init__(self, spec: LayerSpec, memory: LayerMemory, kernel: LayerKernel) -> None:
        super().__init__(spec, memory, kernel)
        batch, t, n_in = spec.network.batch, spec.network.steps, spec.layer.n_in
        self._words = np.zeros((batch, n_in), np.uint32)
        self._gates = np.zeros((batch, kernel.p), np.uint32)
        self._q = np.zeros((t + 1, kernel.p), kernel.delta_dtype)

    def _add_up(self, s_in: np.ndarray, t: int) -> None:
        accumulate(np.ascontiguousarray(s_in), self.kernel.w, self._a)

    def _record(self, s_in: np.ndarray, t: int) -> None:
        bits.put_step(s_in, t, self._words)
        bits.put_step(self._g, t, self._gates[:, : self._g.shape[1]])

    def _accumulate(self, v_fb: np.ndarray, active: np.ndarray, delta: np.ndarray) -> None:
        steps = self.spec.network.steps
        words.delta_words(self._words, self._gates, v_fb, steps, active, self._q, delta)
