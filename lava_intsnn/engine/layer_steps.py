"""One layer in the general form: a worker's buffers around the kernels of its kind of synapse."""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine import conv_steps, delays, graded, recurrent, steps
from lava_intsnn.engine.firing import run_steps
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.network import Conv, Dense, Network
from lava_intsnn.network.bounds import LayerBounds

#: Samples whose synaptic sums are held at a time.
BLOCK = delays.LANES


def layer_steps(network: Network, index: int, kernel: LayerKernel, rows: int) -> LayerSteps:
    """Return what runs layer ``index`` of ``network`` on up to ``rows`` samples."""
    layer = network.layers[index]
    if isinstance(layer, Conv):
        return ConvSteps(network, index, kernel, rows)
    return (DelayedSteps if layer.max_delay else DenseSteps)(network, index, kernel, rows)


class LayerSteps:
    """Base of the layers: neurons, and recurrent synapses where there are any.

    Attributes
    ----------
    spikes, gates : uint8 (rows, T, O)
    v : int32 (rows, O)
        Final potentials.
    """

    def __init__(self, network: Network, index: int, kernel: LayerKernel, rows: int) -> None:
        layer, t = kernel.layer, network.steps
        self.kernel = kernel
        self.steps = t
        self.bounds: LayerBounds = network.check().layers[index]
        self.graded = index == 0 and network.graded
        self.gated = network.feedback.time_gated
        self.spikes = np.zeros((rows, t, layer.n_out), np.uint8)
        self.gates = np.zeros((rows, t, layer.n_out), np.uint8)
        self.v = np.zeros((rows, layer.n_out), np.int32)
        width = layer.n_out if isinstance(layer, Conv) else kernel.p
        self._a = np.zeros((BLOCK, t, width), np.int32)
        self._q = np.zeros((t, width), np.int32)
        self.recurrence = layer.recurrence
        if self.recurrence:
            self._recurrent = recurrent.constants(self.recurrence)
            self._u = np.zeros((rows, t, layer.n_out), np.int16)
            sum_ = layer.n_out * self.bounds.w * self.recurrence.u_max
            self._total = np.zeros(kernel.p, np.int32 if sum_ < 2**31 else np.int64)
            self._in_pairs = (
                self.recurrence.source == "voltage"
                and kernel.w.dtype == np.int16
                and self._total.dtype == np.int32
            )

    def run(self, x: np.ndarray) -> None:
        """Run the samples ``x (n, T, I)``: spikes, or counts."""
        kernel = self.kernel
        w_rec = kernel.w[kernel.layer.fan_in :]
        if self.recurrence:  # int16 or, empty, of any dtype
            w_rows = np.ascontiguousarray(w_rec[:, : len(w_rec) if self._in_pairs else 0].T)
        for start in range(0, len(x), BLOCK):
            part = slice(start, min(start + BLOCK, len(x)))
            a = self._a[: part.stop - start]
            self._sums(x[part], a)
            out = (self.v[part], self.spikes[part], self.gates[part])
            if self.recurrence:
                run = (w_rec, w_rows, kernel.neuron, self._recurrent, self._total, self._u[part])
                recurrent.run_recurrent(a, *run, *out)
            else:
                run_steps(a, kernel.neuron, *out)

    def learn(self, x: np.ndarray, v_fb: np.ndarray, active: np.ndarray, delta: np.ndarray) -> None:
        """Add the updates of the samples just run to ``delta (columns, P)``.

        ``v_fb`` is ``(n, T or 1, O)`` int32, ``active (n,)`` says which samples have an error.
        """
        self._delta(x, v_fb, active, delta)
        if self.recurrence and self.recurrence.learned:
            self._dense_delta(self._u[: len(x)], v_fb, active, delta[self.kernel.layer.fan_in :])

    def feedback(
        self,
        v_fb: np.ndarray,
        w_rows: np.ndarray,
        active: np.ndarray,
        below: LayerKernel,
        out: np.ndarray,
    ) -> None:
        """Propagate ``v_fb (n, T or 1, O)`` to the layer ``below``: ``out (n, T or 1, I)``."""
        steps.feedback_steps(
            self.gates[: len(v_fb)],
            v_fb,
            w_rows,
            self.gated,
            below.fb_shift,
            below.v_fb_lim,
            active,
            np.zeros(self.kernel.layer.n_in, below.total_dtype),
            out,
        )

    def _dense_delta(
        self, x: np.ndarray, v_fb: np.ndarray, active: np.ndarray, delta: np.ndarray
    ) -> None:
        """Add the updates of all-to-all synapses with presynaptic activity ``x (n, T, I)``."""
        gates, shift = self.gates[: len(x)], self.kernel.layer.trace_shift
        graded.delta_traces(x, gates, v_fb, shift, active, self._q, delta)

    def _sums(self, x: np.ndarray, a: np.ndarray) -> None:
        raise NotImplementedError

    def _delta(
        self, x: np.ndarray, v_fb: np.ndarray, active: np.ndarray, delta: np.ndarray
    ) -> None:
        raise NotImplementedError


class DenseSteps(LayerSteps):
    """Dense synapses."""

    def _sums(self, x: np.ndarray, a: np.ndarray) -> None:
        layer = self.kernel.layer
        sums = graded.accumulate_counts if self.graded else steps.accumulate
        w = self.kernel.w[: layer.n_in]
        sums(x.reshape(-1, layer.n_in), w, a.reshape(-1, a.shape[2]))

    def _delta(
        self, x: np.ndarray, v_fb: np.ndarray, active: np.ndarray, delta: np.ndarray
    ) -> None:
        self._dense_delta(x, v_fb, active, delta[: self.kernel.layer.n_in])


class DelayedSteps(LayerSteps):
    """Dense synapses with a fixed delay each."""

    def __init__(self, network: Network, index: int, kernel: LayerKernel, rows: int) -> None:
        super().__init__(network, index, kernel, rows)
        layer = network.layers[index]
        assert isinstance(layer, Dense)
        self._max_delay = layer.max_delay
        self._offsets = (layer.max_delay - layer.delays()) * BLOCK
        self._lanes = np.zeros((layer.n_in, (layer.max_delay + self.steps) * BLOCK), np.int32)
        self._row = np.zeros(self.steps * BLOCK, np.int32)

    def _sums(self, x: np.ndarray, a: np.ndarray) -> None:
        delays.to_lanes(x, self._max_delay, 31, self._lanes)
        delays.sums_delayed(self._lanes, self.kernel.w, self._offsets, self._row, a)

    def _delta(
        self, x: np.ndarray, v_fb: np.ndarray, active: np.ndarray, delta: np.ndarray
    ) -> None:
        for start in range(0, len(x), BLOCK):
            part = slice(start, min(start + BLOCK, len(x)))
            if not active[part].any():
                continue
            trace_shift = self.kernel.layer.trace_shift
            most = delays.to_lanes(x[part], self._max_delay, trace_shift, self._lanes)
            delays.delta_delayed(
                self._lanes,
                most,
                self._offsets,
                self.gates[part],
                v_fb[part],
                active[part],
                self._row,
                delta,
            )


class ConvSteps(LayerSteps):
    """Convolutional synapses."""

    def __init__(self, network: Network, index: int, kernel: LayerKernel, rows: int) -> None:
        super().__init__(network, index, kernel, rows)
        layer = network.layers[index]
        assert isinstance(layer, Conv)
        self._fan = conv_steps.fan(layer)
        self._q = np.zeros((self.steps, layer.n_out), np.int64)

    def _sums(self, x: np.ndarray, a: np.ndarray) -> None:
        conv_steps.sums_conv(x, self.kernel.w, self._fan, a)

    def _delta(
        self, x: np.ndarray, v_fb: np.ndarray, active: np.ndarray, delta: np.ndarray
    ) -> None:
        shift = self.kernel.layer.trace_shift
        gates = self.gates[: len(x)]
        conv_steps.delta_conv(x, gates, v_fb, shift, active, self._fan, self._q, delta)

    def feedback(
        self,
        v_fb: np.ndarray,
        w_rows: np.ndarray,
        active: np.ndarray,
        below: LayerKernel,
        out: np.ndarray,
    ) -> None:
        """Propagate ``v_fb`` by the transposed convolution."""
        conv_steps.feedback_conv(
            self.gates[: len(v_fb)],
            v_fb,
            self.kernel.w,
            self._fan,
            self.gated,
            below.fb_shift,
            below.v_fb_lim,
            active,
            out,
        )
