"""A dense integer layer, step by step: forward, feedback, learning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine import neuron, steps, words
from lava_intsnn.engine.layer import LayerKernel
from lava_intsnn.network.bounds import WORD_BITS
from lava_intsnn.proc_models.fixed_pt import bits
from lava_intsnn.proc_models.shared import LayerMemory
from lava_intsnn.proc_models.spec import LayerSpec

#: Feedback travels as raw sums; the receiving layer knows its own shift and width.
_RAW_SHIFT, _RAW_LIM = np.int64(0), np.int64(limit(63))


class DenseCore:
    """Synapses, neurons, traces and learning rule of one layer.

    Parameters
    ----------
    spec : LayerSpec
    memory : LayerMemory
        Weights are read from it, and written back after each update.

    Attributes
    ----------
    v : int32 (B, O)
        Membrane potentials, guard bits included.
    w : int (O, I)
        Inference weights.
    """

    spike_dtype = np.uint8

    def __init__(self, spec: LayerSpec, memory: LayerMemory) -> None:
        network, layer = spec.network, spec.layer
        self.spec, self.memory = spec, memory
        self.kernel = LayerKernel(
            layer,
            precision=network.precision,
            rounding=network.rounding,
            feedback=network.feedback,
            bounds=spec.bounds,
        )
        self.popcount = network.steps <= WORD_BITS and layer.trace_shift > 0
        batch, t, p = network.batch, network.steps, self.kernel.p
        self._v = np.zeros((batch, p), np.int32)
        self.v, self.w = self._v[:, : layer.n_out], self.kernel.w[:, : layer.n_out].T
        self._a = np.zeros((batch, p), np.int32)
        self._s = np.zeros((batch, layer.n_out), np.uint8)
        self._g = np.zeros((batch, layer.n_out), np.uint8)
        if self.popcount:
            self._words = np.zeros((batch, layer.n_in), np.uint32)
            self._gates = np.zeros((batch, p), np.uint32)
            self._q = np.zeros((t + 1, p), self.kernel.delta_dtype)
        else:
            self._t_now = np.zeros((batch, layer.n_in), np.int32)
            self._t_pre = np.zeros((batch, t, layer.n_in), np.int32)
            self._gates = np.zeros((batch, t, layer.n_out), np.uint8)
        per_step = t if network.feedback.time_gated else 1
        self._v_fb = np.zeros((batch, per_step, p), np.int32)
        self._delta = self.kernel.new_delta()
        self._raw: np.ndarray | None = None
        self.load()

    def load(self) -> None:
        """Take the weights in memory."""
        self.kernel.load(self.memory.w_shadow)

    def set_vth(self, vth: int) -> None:
        """Change the threshold."""
        self.kernel.neuron = neuron.constants(replace(self.spec.layer.neuron, vth=vth))

    def step(self, s_in: np.ndarray, t: int, *, record: bool) -> np.ndarray:
        """Advance by step ``t`` of the sample.

        Parameters
        ----------
        s_in : uint8 (B, I)
            Binary spikes.
        record : bool
            Keep what learning needs.

        Returns
        -------
        uint8 (B, O)
            Spikes, in a buffer that the next step overwrites.
        """
        if t == 0:
            self._v[:] = 0
        steps.accumulate(s_in, self.kernel.w, self._a)
        steps.neuron_step(self._v, self._a, self.kernel.neuron, self._s, self._g)
        if record and self.popcount:
            bits.put_step(s_in, t, self._words)
            bits.put_step(self._g, t, self._gates[:, : self._g.shape[1]])
        elif record:
            if t == 0:
                self._t_now[:] = 0
            steps.trace_step(self._t_now, s_in, self.spec.layer.trace_shift)
            self._t_pre[:, t] = self._t_now
            self._gates[:, t] = self._g
        return self._s

    def from_error(self, err: np.ndarray) -> np.ndarray:
        """Return ``err (B, O)`` as the output layer's feedback voltage ``(B, 1, P)``."""
        v_fb = np.zeros((len(err), 1, self.kernel.p), np.int32)
        v_fb[:, 0, : err.shape[1]] = err
        return v_fb

    def from_messages(self, messages: Iterator[np.ndarray]) -> np.ndarray:
        """Return the feedback voltage ``(B, T or 1, P)`` from that many messages ``(B, O)``."""
        for t, message in zip(range(self._v_fb.shape[1]), messages):
            bits.receive(message, self.kernel.fb_shift, self.kernel.v_fb_lim, self._v_fb[:, t])
        return self._v_fb

    def feedback(self, v_fb: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the messages for the layer below, int64 ``(B, I)``: T if time-gated, else one."""
        network, layer = self.spec.network, self.spec.layer
        gated = network.feedback.time_gated
        if self._raw is None:
            shape = (network.batch, network.steps if gated else 1, layer.n_in)
            self._raw = np.zeros(shape, np.int64)
            self._total = np.zeros(layer.n_in, np.int64)
        active = v_fb.any(axis=(1, 2))
        self._raw[~active] = 0
        propagate = words.feedback_words if self.popcount else steps.feedback_steps
        propagate(
            self._gates,
            v_fb,
            self.kernel.w_rows(),
            gated,
            _RAW_SHIFT,
            _RAW_LIM,
            active,
            self._total,
            self._raw,
        )
        for t in range(self._raw.shape[1]):
            yield self._raw[:, t]

    def learn(self, v_fb: np.ndarray) -> None:
        """Update the weights from the recorded sample and ``v_fb (B, T or 1, P)``."""
        active = v_fb.any(axis=(1, 2))
        if self.popcount:
            words.delta_words(
                self._words,
                self._gates,
                v_fb,
                self.spec.network.steps,
                active,
                self._q,
                self._delta[0],
            )
        else:
            steps.delta_steps(self._t_pre, self._gates, v_fb, active, self._delta[0])
        memory = self.memory
        boost = int(memory.lr_shift[0]) - self.spec.layer.lr_shift
        key = self.spec.update_key(int(memory.updates[0]))
        self.kernel.update(self._delta, lr_boost=boost, key=key)
        memory.w_shadow[:] = self.kernel.w_shadow.T
        memory.updates[0] += 1


def warm_up(spec: LayerSpec) -> None:
    """Compile, or load from numba's cache, every kernel a layer like ``spec`` will call.

    Processes forked afterwards inherit the code instead of compiling it each for itself.
    """
    network, layer = spec.network, spec.layer

    def few(n: int) -> int:
        return min(n, 2)  # not 1 where the layer has more: numba tells memory layouts apart

    popcount = network.steps <= WORD_BITS and layer.trace_shift > 0
    small = replace(layer, n_in=few(layer.n_in), n_out=few(layer.n_out))
    one = replace(
        network,
        layers=(small,),
        steps=few(network.steps) if popcount else network.steps,
        batch=few(network.batch),
    )
    _run_once(replace(spec, network=one, index=0, seed=0))


@lru_cache(maxsize=64)
def _run_once(spec: LayerSpec) -> None:
    layer, network = spec.layer, spec.network
    weights = np.zeros((layer.n_out, layer.n_in), np.int32)
    memory = LayerMemory.of(weights, lr_shift=0, learning=True, updates=0)
    core = DenseCore(spec, memory)
    for t in range(min(network.steps, 2)):
        core.step(np.ones((network.batch, layer.n_in), np.uint8), t, record=True)
    err = np.ones((network.batch, layer.n_out), np.int32)
    total = np.ones((network.batch, layer.n_out), np.int64)
    for v_fb in (core.from_error(err), core.from_messages(iter([total] * network.steps))):
        for _ in core.feedback(v_fb):
            pass
        core.learn(v_fb)
