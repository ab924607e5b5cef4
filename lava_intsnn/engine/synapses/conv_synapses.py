"""Convolutional synapses: filters shared by all positions."""

from __future__ import annotations

from typing import cast

import numpy as np

from lava_intsnn.engine import conv_steps
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.synapses.step_synapses import Recorded, StepSynapses
from lava_intsnn.engine.trace_updates import delta_traces
from lava_intsnn.network import Conv


class ConvSynapses(StepSynapses):
    """Adds the filters' columns at the positions that see an input that is not 0."""

    def __init__(self, kernel: LayerKernel, *, steps: int, graded: bool) -> None:
        super().__init__(kernel, steps=steps, graded=graded)
        layer = cast(Conv, kernel.layer)
        self._fan = conv_steps.fan(layer)
        positions = layer.n_out // layer.channels
        self._sums = np.zeros((positions, kernel.p), np.int32)
        self._q = np.zeros((steps, positions, kernel.p), np.int32)

    def sums(self, x: np.ndarray, a: np.ndarray) -> None:
        """Write the synaptic sums of whole samples."""
        conv_steps.sums_conv(x, self.w, self._fan, self._sums, a)

    def delta(self, seen: Recorded, delta: np.ndarray) -> None:
        """Add the updates of samples, summed over positions."""
        x, gates, v_fb, active = seen
        delta_traces(x, gates, v_fb, self.trace, active, self._fan, self._q, delta)
