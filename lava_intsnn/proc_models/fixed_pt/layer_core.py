"""Base class of the integer cores: weights, potentials, messages and the update."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np

from lava_intsnn.arithmetic import limit, saturate, shift_floor
from lava_intsnn.engine import firing
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.point_errors import PointErrors
from lava_intsnn.engine.population import Population
from lava_intsnn.engine.random_feedback import random_feedback
from lava_intsnn.engine.transposed_feedback import TransposedFeedback
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.proc_models.shared_memory import LayerMemory

#: Feedback is sent as raw sums. The receiving layer applies its own shift and width.
RAW_SHIFT, RAW_LIM = np.int64(0), np.int64(limit(63))


class LayerCore:
    """Synapses, neurons, traces and learning rule of one layer, for single steps.

    Parameters
    ----------
    spec : LayerSpec
    memory : LayerMemory
        Weights are read from it and written back after each update.
    kernel : LayerKernel

    Attributes
    ----------
    v : int32 (B, O)
        Membrane potentials, guard bits included.
    states : dict of int32 (B, O)
        All states of the neurons, including ``v``, by the names that their kind declares.
    w : int, of the layer's weight shape
        Inference weights.
    """

    spike_dtype = np.uint8

    #: Gates of the sample, in the format of the core.
    _gates: np.ndarray

    def __init__(self, spec: LayerSpec, memory: LayerMemory, kernel: LayerKernel) -> None:
        network, layer = spec.network, spec.layer
        self.spec, self.memory, self.kernel = spec, memory, kernel
        batch, gated = network.batch, network.feedback.time_gated
        self._random = network.feedback.weights == "random"
        self._gated, self._messages = gated, spec.messages
        self._points = PointErrors(network)
        self._at: np.ndarray | None = None
        self._neurons = Population(kernel, rows=batch, steps=network.steps)
        self.v, self.states = self._neurons.v, self._neurons.states
        self.w = kernel.w[:, : kernel.rows].T
        self._a = np.zeros((batch, kernel.width), np.int32)
        self._s = np.zeros((batch, layer.n_out), np.uint8)
        self._g = np.zeros((batch, layer.n_out), np.uint8)
        self._v_fb = np.zeros((batch, self._messages, kernel.width), np.int32)
        wide = np.dtype(np.int64)
        self._feedback = TransposedFeedback(layer, gated=gated, total_dtype=wide)
        self._delta = kernel.new_delta()
        self._raw: np.ndarray | None = None
        self.load()

    def load(self) -> None:
        """Load weights, and delays of the state, from memory."""
        self.kernel.load(self.memory.w_shadow, self.memory.delays)

    def set_vth(self, vth: int | tuple[int, ...]) -> None:
        """Change the threshold."""
        layer = self.spec.layer
        if not layer.neuron.fires:
            return
        neuron = replace(cast(Any, layer.neuron), vth=vth)
        self.kernel.neuron = firing.constants(neuron, layer.n_out)

    def step(self, s_in: np.ndarray, t: int, *, record: bool) -> np.ndarray:
        """Advance by step ``t`` of the sample.

        Parameters
        ----------
        s_in : uint8 (B, I)
            Spikes, or counts.
        record : bool
            Record the data for learning.

        Returns
        -------
        uint8 (B, O)
            Spikes, in a buffer that the next step overwrites.
        """
        if t == 0:
            self._neurons.start()
        self._add_up(s_in, t)
        self._neurons.advance(self._a[:, None], self._s[:, None], self._g[:, None], first=0, t=t)
        if record:
            self._record(s_in, t)
        return self._s

    def from_error(self, err: np.ndarray, at: np.ndarray | None = None) -> np.ndarray:
        """Return the output layer's feedback voltage ``(B, T or P, width)``.

        ``err`` is the error ``(B, O)``, or those of all points ``(B, P, O)``; then ``at (P, B, O)``
        are the steps of maxima.
        """
        self._e = err = err.reshape(len(err), -1, err.shape[-1])
        self._at = at
        v_fb = np.zeros((*err.shape[:2], self.kernel.width), np.int32)
        v_fb[:, :, : err.shape[2]] = err
        return self._points.at_steps(v_fb, at) if self._gated else v_fb

    def from_messages(self, messages: Iterator[np.ndarray]) -> np.ndarray:
        """Return the feedback voltage ``(B, T or P, width)`` from T or P messages ``(B, O)``.

        Random feedback has a message for each of P points, the output's error ``(B, n_classes)``.
        """
        if self._random:
            return self._from_distant_errors(messages)
        for t, message in zip(range(self._messages), messages):
            shifted = shift_floor(message, self.kernel.fb_shift)
            self._v_fb[:, t, : message.shape[1]] = saturate(shifted, self.kernel.v_fb_lim)
        return self._v_fb

    def feedback(self, v_fb: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the messages for the layer below, int64 ``(B, I)``: T if time-gated, else P.

        Random feedback passes on the errors ``(B, n_classes)``.
        """
        if self._random:
            for p in range(self._messages):
                yield self._e[:, p].astype(np.int64)
            return
        if self._raw is None:
            shape = (len(v_fb), self._messages, self.spec.layer.n_in)
            self._raw = np.zeros(shape, np.int64)
        active = v_fb.any(axis=(1, 2))
        self._raw[~active] = 0
        w_rows = self.kernel.w_rows()
        self._feedback.propagate(
            self._gates, v_fb, w_rows, active, self._raw, shift=RAW_SHIFT, lim=RAW_LIM
        )
        for t in range(self._messages):
            yield self._raw[:, t]

    def learn(self, v_fb: np.ndarray) -> None:
        """Update the weights from the recorded sample and ``v_fb (B, T or P, width)``.

        A frozen layer counts the update alone.
        """
        memory = self.memory
        if not self.spec.layer.plastic:
            memory.updates[0] += 1
            return
        if not self._gated:
            v_fb = self._points.at_steps(v_fb, self._at)
        self._accumulate(v_fb, v_fb.any(axis=(1, 2)), self._delta[0])
        boost = int(memory.lr_shift[0]) - self.spec.layer.lr_shift
        key = self.spec.update_key(int(memory.updates[0]))
        self.kernel.update(self._delta, lr_boost=boost, key=key)
        memory.w_shadow[:] = self.kernel.w_shadow.T
        if self.spec.layer.learns_delays and memory.delays is not None:
            self.kernel.take_delays()
            memory.delays[:] = self.kernel.shadow_delays()
        memory.updates[0] += 1

    def _from_distant_errors(self, messages: Iterator[np.ndarray]) -> np.ndarray:
        errors = [message.astype(np.int32) for _, message in zip(range(self._messages), messages)]
        self._e = np.stack(errors, axis=1)
        self._v_fb[:] = 0
        for p, e in enumerate(errors):
            random_feedback(
                e,
                self.memory.feedback_weights,
                self.kernel.fb_shift,
                self.kernel.v_fb_lim,
                e.any(axis=1),
                self._v_fb[:, p : p + 1],
            )
        return self._v_fb

    # ---- implemented by subclasses

    def _add_up(self, s_in: np.ndarray, t: int) -> None:
        """Write the synaptic sums of step ``t`` into ``_a``."""
        raise NotImplementedError

    def _record(self, s_in: np.ndarray, t: int) -> None:
        """Record ``s_in`` and the gates ``_g`` of step ``t``."""
        raise NotImplementedError

    def _accumulate(self, v_fb: np.ndarray, active: np.ndarray, delta: np.ndarray) -> None:
        """Add the sample's updates to ``delta (columns, P)``."""
        raise NotImplementedError
