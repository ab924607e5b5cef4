"""Feed-forward synapses of each kind around the engine's kernels, one time step at a time."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from lava_intsnn.engine import conv_steps, delays, graded, steps
from lava_intsnn.engine.delays import LANES
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.network import Conv, Dense
from lava_intsnn.proc_models.fixed_pt.layer_core import RAW_LIM, RAW_SHIFT
from lava_intsnn.proc_models.layer_spec import LayerSpec


class Synapses(Protocol):
    """What a core asks of its feed-forward synapses.

    ``x (B, T, I)`` and ``gates (B, T, O)``, both uint8, are what happened at each step; ``v_fb (B,
    T or 1, >= O)`` int32 and ``active (B,)`` come from the error.
    """

    def sums(self, s_in: np.ndarray, t: int, a: np.ndarray) -> None:
        """Write the synaptic sums of step ``t`` for ``s_in (B, I)`` into ``a (B, width)``."""

    def delta(
        self,
        x: np.ndarray,
        gates: np.ndarray,
        v_fb: np.ndarray,
        active: np.ndarray,
        delta: np.ndarray,
    ) -> None:
        """Add the sample's updates to ``delta (fan_in, P)``."""

    def feedback(
        self,
        gates: np.ndarray,
        v_fb: np.ndarray,
        gated: bool,
        active: np.ndarray,
        out: np.ndarray,
    ) -> None:
        """Write raw feedback sums into ``out (B, T or 1, I)`` int64."""


def synapses_of(spec: LayerSpec, kernel: LayerKernel) -> Synapses:
    """Return the synapses of the layer."""
    if isinstance(spec.layer, Conv):
        return ConvSynapses(spec, kernel)
    return DelayedSynapses(spec, kernel) if spec.layer.max_delay else DenseSynapses(spec, kernel)


class DenseSynapses:
    """All to all."""

    def __init__(self, spec: LayerSpec, kernel: LayerKernel) -> None:
        self.kernel, self._trace_shift = kernel, spec.layer.trace_shift
        self._w = kernel.w[: spec.layer.fan_in]
        self._sums = graded.accumulate_counts if spec.max_count > 1 else steps.accumulate
        self._q = np.zeros((spec.network.steps, kernel.p), np.int32)
        self._total = np.zeros(spec.layer.n_in, np.int64)

    def sums(self, s_in: np.ndarray, t: int, a: np.ndarray) -> None:
        """Add up the rows of the inputs that are not 0."""
        self._sums(s_in, self._w, a)

    def delta(
        self,
        x: np.ndarray,
        gates: np.ndarray,
        v_fb: np.ndarray,
        active: np.ndarray,
        delta: np.ndarray,
    ) -> None:
        """Add the sample's updates."""
        graded.delta_traces(x, gates, v_fb, self._trace_shift, active, self._q, delta)

    def feedback(
        self,
        gates: np.ndarray,
        v_fb: np.ndarray,
        gated: bool,
        active: np.ndarray,
        out: np.ndarray,
    ) -> None:
        """Multiply with the transposed weights; delays and recurrent columns take no part."""
        w_rows = self.kernel.w_rows()
        steps.feedback_steps(
            gates, v_fb, w_rows, gated, RAW_SHIFT, RAW_LIM, active, self._total, out
        )


class DelayedSynapses(DenseSynapses):
    """All to all, each with a fixed delay: activity lies in lanes, as in the engine."""

    def __init__(self, spec: LayerSpec, kernel: LayerKernel) -> None:
        super().__init__(spec, kernel)
        layer, batch, t = spec.layer, spec.network.batch, spec.network.steps
        assert isinstance(layer, Dense)
        self._max_delay = layer.max_delay
        self._parts = [slice(k, min(k + LANES, batch)) for k in range(0, batch, LANES)]
        shape = (len(self._parts), layer.n_in, (layer.max_delay + t) * LANES)
        self._lanes = np.zeros(shape, np.int32)
        self._traces = np.zeros(shape[1:], np.int32)
        self._offsets = (layer.max_delay - layer.delays()) * LANES
        self._now = np.zeros(LANES, np.int32)
        self._row = np.zeros(t * LANES, np.int32)

    def sums(self, s_in: np.ndarray, t: int, a: np.ndarray) -> None:
        """Add up what each synapse sees now; steps to come are overwritten before they are seen."""
        first = (self._max_delay + t) * LANES
        for lanes, part in zip(self._lanes, self._parts):
            lanes[:, first : first + part.stop - part.start] = s_in[part].T
            delays.sums_delayed(
                lanes, self._w, self._offsets + t * LANES, self._now, a[part][:, None]
            )

    def delta(
        self,
        x: np.ndarray,
        gates: np.ndarray,
        v_fb: np.ndarray,
        active: np.ndarray,
        delta: np.ndarray,
    ) -> None:
        """Add the sample's updates."""
        for part in self._parts:
            if not active[part].any():
                continue
            most = delays.to_lanes(x[part], self._max_delay, self._trace_shift, self._traces)
            delays.delta_delayed(
                self._traces,
                most,
                self._offsets,
                gates[part],
                v_fb[part],
                active[part],
                self._row,
                delta,
            )


class ConvSynapses:
    """Filters shared by all positions."""

    def __init__(self, spec: LayerSpec, kernel: LayerKernel) -> None:
        layer = spec.layer
        assert isinstance(layer, Conv)
        self.kernel, self._trace_shift = kernel, layer.trace_shift
        self._fan = conv_steps.fan(layer)
        self._q = np.zeros((spec.network.steps, layer.n_out), np.int64)

    def sums(self, s_in: np.ndarray, t: int, a: np.ndarray) -> None:
        """Add the filters' columns at the positions that see an input that is not 0."""
        conv_steps.sums_conv(s_in[:, None], self.kernel.w, self._fan, a[:, None])

    def delta(
        self,
        x: np.ndarray,
        gates: np.ndarray,
        v_fb: np.ndarray,
        active: np.ndarray,
        delta: np.ndarray,
    ) -> None:
        """Add the sample's updates, summed over positions."""
        conv_steps.delta_conv(x, gates, v_fb, self._trace_shift, active, self._fan, self._q, delta)

    def feedback(
        self,
        gates: np.ndarray,
        v_fb: np.ndarray,
        gated: bool,
        active: np.ndarray,
        out: np.ndarray,
    ) -> None:
        """Apply the transposed convolution."""
        conv_steps.feedback_conv(
            gates, v_fb, self.kernel.w, self._fan, gated, RAW_SHIFT, RAW_LIM, active, out
        )
