"""A layer in float32: the equations of the integer layer without rounding or saturation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from lava_intsnn.floating.synapses import synapses_of
from lava_intsnn.network import Conv, Dense, Network

#: A layer's ``clip`` from here on limits nothing.
NO_CLIP = (1 << 30) - 1


class LayerCore:
    """Synapses, neurons, traces and learning rule of one layer, for a whole batch, step by step.

    Weights keep the unit of the integer layer's shadow weights, ``w = w_shadow * 2**-w_shift``, so
    the same constants fit. Guard bits have no meaning here.

    Parameters
    ----------
    network : Network
        Gives T, B, precision and feedback; the layer may be one of several.
    layer : Dense or Conv
    w_shadow : float32 (rows, columns)
        Learned in place.

    Attributes
    ----------
    v : float32 (B, O)
        Membrane potentials.
    w : float32 (rows, columns)
        Inference weights.
    """

    spike_dtype = np.float32

    def __init__(self, network: Network, layer: Dense | Conv, w_shadow: np.ndarray) -> None:
        self.network, self.layer, self.w_shadow = network, layer, w_shadow
        self.recurrence = layer.recurrence if isinstance(layer, Dense) else None
        steps, batch = network.steps, network.batch
        self.vth = np.float32(layer.neuron.vth)
        self.v = np.zeros((batch, layer.n_out), np.float32)
        self.w = np.zeros(layer.weight_shape, np.float32)
        self._synapses = synapses_of(layer, batch=batch, steps=steps)
        self._w_rec = np.zeros((layer.n_out, layer.n_out if self.recurrence else 0), np.float32)
        self._u = np.zeros((batch, self._w_rec.shape[1]), np.float32)
        # what learning needs; allocated when a sample is first recorded
        self._t_pre = np.zeros((0, batch, layer.n_in), np.float32)
        self._u_trace = np.zeros((0, batch, self._w_rec.shape[1]), np.float32)
        self._g = np.zeros((0, batch, layer.n_out), np.bool_)
        self.load()

    # ---- weights

    def load(self) -> None:
        """Take the shadow weights as they are now."""
        self.w[:] = self.network.precision.inference(self.w_shadow)
        fan_in = self.layer.fan_in
        self._synapses.load(self.w[:, :fan_in])
        if self.recurrence:
            self._w_rec[:] = self.w[:, fan_in:]

    def set_vth(self, vth: float) -> None:
        """Change the threshold."""
        self.vth = np.float32(vth)

    # ---- forward

    def step(self, s_in: np.ndarray, t: int, *, record: bool) -> np.ndarray:
        """Advance by step ``t`` of the sample.

        Parameters
        ----------
        s_in : float32 (B, I)
            Spikes or counts.
        record : bool
            Keep what learning needs.

        Returns
        -------
        float32 (B, O)
            Spikes, a new array.
        """
        neuron, recurrence = self.layer.neuron, self.recurrence
        if t == 0:
            self.v[:], self._u[:] = 0, 0
        a = self._synapses.forward(s_in, t)
        if recurrence:
            a += (self._u @ self._w_rec.T) * half_power(recurrence.shift)  # (3.23)
        if neuron.decay_shift:
            self.v *= half_power(neuron.decay_shift)
        self.v += a  # (3.2)
        if record:
            self._record(s_in, t)
        spikes = self.v > self.vth
        s_out = spikes.astype(np.float32)
        if recurrence and recurrence.source == "voltage":
            self._u[:] = self.v * half_power(recurrence.b16_shift)
        elif recurrence:
            self._u[:] = s_out
        self.v[spikes] = 0
        return s_out

    def _record(self, s_in: np.ndarray, t: int) -> None:
        steps = self.network.steps
        if len(self._g) != steps:
            for name in ("_t_pre", "_u_trace", "_g"):
                old = getattr(self, name)
                setattr(self, name, np.zeros((steps, *old.shape[1:]), old.dtype))
        keep = half_power(self.layer.trace_shift)
        _advance(self._t_pre, s_in, t, keep)  # (3.4)
        if self.recurrence and self.recurrence.learned:
            _advance(self._u_trace, self._u, t, keep)
        np.less(np.abs(self.v - self.vth), self.layer.neuron.window, out=self._g[t])

    # ---- feedback and learning

    def from_error(self, err: np.ndarray) -> np.ndarray:
        """Return ``err (B, O)`` as the output layer's feedback voltage ``(1, B, O)``."""
        return err[None].astype(np.float32)

    def from_messages(self, messages: Iterable[np.ndarray]) -> np.ndarray:
        """Return the feedback voltage ``(T or 1, B, O)`` from that many messages ``(B, O)``."""
        per_step = self.network.steps if self.network.feedback.time_gated else 1
        v_fb = np.empty((per_step, *self.v.shape), np.float32)
        scale = half_power(self.layer.fb_shift)
        for t, message in zip(range(per_step), messages):
            np.multiply(message, scale, out=v_fb[t])
        return v_fb

    def feedback(self, v_fb: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the messages for the layer below, ``(B, I)``: T if time-gated, else one."""
        if not self.network.feedback.time_gated:
            yield self._synapses.backward(v_fb[0])
            return
        for t in range(self.network.steps):
            yield self._synapses.backward(v_fb[min(t, len(v_fb) - 1)] * self._g[t])

    def learn(self, v_fb: np.ndarray, *, lr_boost: int = 0) -> None:
        """Update the weights from the recorded sample and ``v_fb (T or 1, B, O)``."""
        layer, recurrence = self.layer, self.recurrence
        q = v_fb * self._g
        fan_in = layer.fan_in
        delta = self._synapses.delta(q, self._t_pre)
        self._descend(slice(0, fan_in), delta, layer.lr_shift + lr_boost)
        if recurrence and recurrence.learned:
            n = layer.n_out
            delta = q.reshape(-1, n).T @ self._u_trace.reshape(-1, n)
            self._descend(slice(fan_in, None), delta, recurrence.lr_shift + lr_boost)
        self.load()

    def _descend(self, part: slice, delta: np.ndarray, lr_shift: int) -> None:
        layer, w = self.layer, self.w_shadow[:, part]
        d = delta * half_power(lr_shift)  # (3.17)
        if layer.clip < NO_CLIP:
            np.clip(d, -layer.clip, layer.clip, out=d)
        if layer.weight_decay_shift is not None:
            d += w * half_power(layer.weight_decay_shift)
        w -= d  # (3.18)


def half_power(shift: int) -> np.float32:
    """Return ``2**-shift``, what a right shift is in floating point."""
    return np.float32(2.0**-shift)


def _advance(traces: np.ndarray, x: np.ndarray, t: int, keep: np.float32) -> None:
    """Write the trace of step ``t`` into ``traces (T, B, n)``."""
    if t == 0:
        traces[0] = x
        return
    np.multiply(traces[t - 1], keep, out=traces[t])
    traces[t] += x
