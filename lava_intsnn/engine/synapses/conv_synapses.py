"""Convolutional synapses: filters shared by all positions."""

from __future__ import annotations

from typing import cast

import numpy as np

from lava_intsnn.engine import conv_steps
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.synapses.step_synapses import Recorded, StepSynapses
from lava_intsnn.engine.trace_updates import delta_traces
from lava_intsnn.engine.vector import BLOCK
from lava_intsnn.network import Conv


class ConvSynapses(StepSynapses):
    """Adds the filters' columns at the positions that see an input that is not 0."""

    def __init__(self, kernel: LayerKernel, *, steps: int, graded: bool) -> None:
        super().__init__(kernel, steps=steps, graded=graded)
        layer = cast(Conv, kernel.layer)
        self._fan = conv_steps.fan(layer)
        self._groups = _Groups(layer) if layer.groups > 1 else None
        positions = len(layer.patches())
        width = self._groups.width if self._groups else kernel.p
        self._sums = np.zeros((positions, width), np.int32)
        self._q = np.zeros((steps, positions, width), np.int32)

    def sums(self, x: np.ndarray, a: np.ndarray) -> None:
        """Write the synaptic sums of whole samples."""
        w = self._groups.apart(self.w) if self._groups else self.w
        conv_steps.sums_conv(x, w, self._fan, self._sums, a)

    def delta(self, seen: Recorded, delta: np.ndarray) -> None:
        """Add the updates of samples, summed over positions."""
        x, gates, v_fb, active = seen
        into = self._groups.apart(np.zeros_like(delta)) if self._groups else delta
        delta_traces(x, gates, v_fb, self.trace, active, self._fan, self._q, into)
        if self._groups:
            self._groups.join(into, delta)


class _Groups:
    """The columns of each group of filters, one group behind the other.

    Then a group is what a convolution without groups is: columns, and filters from the first on.
    """

    def __init__(self, layer: Conv) -> None:
        self._groups, self._channels = layer.groups, layer.group_channels
        self.width = -(-self._channels // BLOCK) * BLOCK

    def apart(self, columns: np.ndarray) -> np.ndarray:
        """Return ``columns (fan_in, P)`` as ``(groups * fan_in, width)``, 0 in the padding."""
        found = np.zeros((self._groups, len(columns), self.width), columns.dtype)
        found[:, :, : self._channels] = self._of_groups(columns)
        return found.reshape(-1, self.width)

    def join(self, apart: np.ndarray, columns: np.ndarray) -> None:
        """Add what stands ``apart`` to ``columns (fan_in, P)``."""
        found = apart.reshape(self._groups, len(columns), self.width)[:, :, : self._channels]
        self._of_groups(columns)[:] += found

    def _of_groups(self, columns: np.ndarray) -> np.ndarray:
        """Return a view ``(groups, fan_in, channels of a group)``."""
        own = columns[:, : self._groups * self._channels]
        return own.reshape(len(columns), self._groups, -1).swapaxes(0, 1)
