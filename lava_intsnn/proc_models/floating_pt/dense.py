"""A dense layer in float32: the equations of the integer layer without rounding or saturation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lava_intsnn.proc_models.shared import LayerMemory
from lava_intsnn.proc_models.spec import LayerSpec


class DenseCore:
    """As :class:`lava_intsnn.proc_models.fixed_pt.dense.DenseCore`, all arrays float32.

    Weights keep the integer layer's unit, ``w = w_shadow * 2**-w_shift``, so the same constants
    fit. Guard bits have no meaning here.
    """

    spike_dtype = np.float32

    def __init__(self, spec: LayerSpec, memory: LayerMemory) -> None:
        network, layer = spec.network, spec.layer
        self.spec, self.memory = spec, memory
        batch, t = network.batch, network.steps
        if not memory.floating[0]:
            memory.w_float[:] = memory.w_shadow
            memory.floating[:] = 1
        self.vth = float(layer.neuron.vth)
        self.v = np.zeros((batch, layer.n_out), np.float32)
        self.w = np.zeros((layer.n_out, layer.n_in), np.float32)
        self._t_now = np.zeros((batch, layer.n_in), np.float32)
        self._t_pre = np.zeros((batch, t, layer.n_in), np.float32)
        self._g = np.zeros((batch, t, layer.n_out), np.float32)
        per_step = t if network.feedback.time_gated else 1
        self._v_fb = np.zeros((batch, per_step, layer.n_out), np.float32)
        self.load()

    def load(self) -> None:
        """Take the weights in memory."""
        self.w[:] = self.memory.w_float * _half_power(self.spec.network.precision.w_shift)

    def set_vth(self, vth: float) -> None:
        """Change the threshold."""
        self.vth = float(vth)

    def step(self, s_in: np.ndarray, t: int, *, record: bool) -> np.ndarray:
        """Advance by step ``t`` of the sample; return the spikes ``(B, O)``."""
        layer = self.spec.layer
        if t == 0:
            self.v[:], self._t_now[:] = 0, 0
        self.v *= _half_power(layer.neuron.decay_shift)
        self.v += s_in @ self.w.T
        spikes = self.v > self.vth
        if record:
            self._t_now *= _half_power(layer.trace_shift)
            self._t_now += s_in
            self._t_pre[:, t] = self._t_now
            self._g[:, t] = np.abs(self.v - self.vth) < layer.neuron.window
        self.v[spikes] = 0
        return spikes.astype(np.float32)

    def from_error(self, err: np.ndarray) -> np.ndarray:
        """Return ``err (B, O)`` as the output layer's feedback voltage ``(B, 1, O)``."""
        return err[:, None, :]

    def from_messages(self, messages: Iterator[np.ndarray]) -> np.ndarray:
        """Return the feedback voltage ``(B, T or 1, O)`` from that many messages ``(B, O)``."""
        scale = _half_power(self.spec.layer.fb_shift)
        for t, message in zip(range(self._v_fb.shape[1]), messages):
            self._v_fb[:, t] = message * scale
        return self._v_fb

    def feedback(self, v_fb: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the messages for the layer below, ``(B, I)``: T if time-gated, else one."""
        if not self.spec.network.feedback.time_gated:
            yield v_fb[:, 0] @ self.w
            return
        gated = v_fb * self._g
        for t in range(gated.shape[1]):
            yield gated[:, t] @ self.w

    def learn(self, v_fb: np.ndarray) -> None:
        """Update the weights from the recorded sample and ``v_fb (B, T or 1, O)``."""
        layer, memory, w = self.spec.layer, self.memory, self.memory.w_float
        error = (v_fb * self._g).reshape(-1, layer.n_out)
        delta = error.T @ self._t_pre.reshape(-1, layer.n_in)
        step = delta * _half_power(int(memory.lr_shift[0]))
        np.clip(step, -layer.clip, layer.clip, out=step)
        if layer.weight_decay_shift is not None:
            step += w * _half_power(layer.weight_decay_shift)
        w -= step
        memory.updates[0] += 1
        self.load()


def _half_power(shift: int) -> np.float32:
    return np.float32(2.0**-shift)
