"""Any layer by the reference's own functions, sample by sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lava_intsnn.arithmetic import limit, saturate, shift_floor
from lava_intsnn.network import Conv
from lava_intsnn.proc_models.shared import LayerMemory
from lava_intsnn.proc_models.spec import LayerSpec
from lava_intsnn.reference import LayerRecord, sample_delta, update
from lava_intsnn.reference.neuron import fire, integrate
from lava_intsnn.reference.recurrence import recurrent_input, recurrent_term
from lava_intsnn.reference.synapses import backward, per_weight, seen, synaptic_sum


class SlowCore:
    """Interface of the cores."""

    spike_dtype = np.uint8

    def __init__(self, spec: LayerSpec, memory: LayerMemory) -> None:
        network, layer = spec.network, spec.layer
        self.spec, self.memory = spec, memory
        self.neuron = layer.neuron
        batch, t = network.batch, network.steps
        self.v = np.zeros((batch, layer.n_out), np.int32)
        self._u = np.zeros((batch, layer.n_out), np.int64)
        self._u_trace = np.zeros((batch, layer.n_out), np.int64)
        self.w = np.zeros(layer.weight_shape, np.int64)
        self._s_in = np.zeros((batch, t, layer.n_in), np.int64)
        self._trace = np.zeros((batch, t, layer.n_in), np.int64)
        self._g = np.zeros((batch, t, layer.n_out), np.int64)
        self._t_pre: list[list[np.ndarray]] = [[] for _ in range(batch)]
        per_step = t if network.feedback.time_gated else 1
        self._v_fb = np.zeros((batch, per_step, layer.n_out), np.int64)
        self.load()

    def load(self) -> None:
        self.w[:] = self.spec.network.precision.inference(self.memory.w_shadow)

    def set_vth(self, vth: int) -> None:
        self.neuron = replace(self.neuron, vth=vth)

    def step(self, s_in: np.ndarray, t: int, *, record: bool) -> np.ndarray:
        layer = self.spec.layer
        recurrence = getattr(layer, "recurrence", None)
        if t == 0:
            self.v[:], self._u[:], self._u_trace[:] = 0, 0, 0
            self._t_pre = [[] for _ in range(len(self.v))]
        self._s_in[:, t] = s_in
        last = self._trace[:, t - 1] if t else 0
        self._trace[:, t] = shift_floor(last, layer.trace_shift) + s_in
        s_out = np.zeros(self.v.shape, np.uint8)
        for b in range(len(s_in)):
            a = synaptic_sum(layer, self.w, seen(layer, self._s_in[b], t))
            if recurrence:
                a = a + recurrent_term(recurrence, self.w[:, layer.n_in :], self._u[b])
            v_before = integrate(self.neuron, self.v[b].astype(np.int64), a)
            self.v[b], s, self._g[b, t] = fire(self.neuron, v_before)
            s_out[b] = s
            t_pre = seen(layer, self._trace[b], t)
            if recurrence:
                self._u_trace[b] = shift_floor(self._u_trace[b], layer.trace_shift) + self._u[b]
                rows = np.broadcast_to(self._u_trace[b], (len(t_pre), layer.n_out))
                t_pre = np.concatenate([t_pre, rows], axis=1)
                self._u[b] = recurrent_input(recurrence, v_before, s)
            self._t_pre[b].append(t_pre)
        return s_out

    def from_error(self, err: np.ndarray) -> np.ndarray:
        return err[:, None].astype(np.int64)

    def from_messages(self, messages: Iterator[np.ndarray]) -> np.ndarray:
        shift, lim = self.spec.layer.fb_shift, limit(self.spec.network.feedback.v_fb_bits)
        for t, message in zip(range(self._v_fb.shape[1]), messages):
            self._v_fb[:, t] = saturate(shift_floor(message, shift), lim)
        return self._v_fb

    def feedback(self, v_fb: np.ndarray) -> Iterator[np.ndarray]:
        gated = self.spec.network.feedback.time_gated
        for t in range(self.spec.network.steps if gated else 1):
            q = v_fb[:, min(t, v_fb.shape[1] - 1)]
            if gated:
                q = q * self._g[:, t]
            yield np.array([backward(self.spec.layer, self.w, row) for row in q])

    def learn(self, v_fb: np.ndarray) -> None:
        network, layer, memory = self.spec.network, self.spec.layer, self.memory
        delta = np.zeros(layer.weight_shape, np.int64)
        for b in range(len(v_fb)):
            full = np.broadcast_to(v_fb[b], self._g[b].shape)
            t_corr = 0
            for t, t_pre in enumerate(self._t_pre[b]):
                columns = t_pre[:, None, :] if isinstance(layer, Conv) else t_pre
                t_corr = t_corr + per_weight(layer, self._g[b, t]) * columns
            record = LayerRecord(None, self._g[b], self._t_pre[b], t_corr, None)
            delta += sample_delta(network, layer, record, full)
        boost = int(memory.lr_shift[0]) - layer.lr_shift
        key = self.spec.update_key(int(memory.updates[0]))
        memory.w_shadow[:] = update(network, layer, memory.w_shadow, delta, lr_boost=boost, key=key)
        memory.updates[0] += 1
        self.load()
