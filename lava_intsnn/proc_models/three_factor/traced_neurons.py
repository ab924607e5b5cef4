"""Neurons that send gate, error and the end of a sample to learning synapses, as traces."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_intsnn.arithmetic import limit, saturate, shift_ceil
from lava_intsnn.loihi.labels import THIS_CLASS
from lava_intsnn.loihi.learning_engine.tick_schedule import Moment, TickSchedule
from lava_intsnn.network import Network, NeuronKind
from lava_intsnn.reference.membrane import neuron_step
from lava_intsnn.reference.output_error import prediction_error


class LearningNeurons:
    """A population of neurons that advances tick by tick.

    Parameters
    ----------
    neuron : NeuronKind
        Of a kind that keeps nothing but its potential.
    n : int
        H.
    schedule : TickSchedule
    gate, clear : int
        ``y1`` of a neuron whose surrogate gate is open, and ``y3`` of all when a sample ends.
    split : bool
        Send a negative error as ``y2`` and a positive one as ``y3``, and end the sample with a
        postsynaptic spike in place of ``clear``.

    Attributes
    ----------
    v : int64 (H,)
        Membrane potentials, guard bits included.
    v_fb : int64 (H,)
        Feedback voltages of the sample; 0 where nothing is learned.
    s : uint8 (H,)
        Spikes to send: those of the previous step, at the first tick of an epoch, so that the
        synapses of the next layer receive them in the same epoch as the gates they lead to.
    y1, y2, y3 : int32 (H,)
        Traces to send. The rule uses those of the second tick of an epoch.
    bap : bool (H,)
        Postsynaptic spikes to send, which clear the tags of the split rule.
    """

    def __init__(
        self,
        neuron: NeuronKind,
        n: int,
        schedule: TickSchedule,
        *,
        gate: int,
        clear: int,
        split: bool = False,
    ) -> None:
        self.neuron, self.schedule = neuron, schedule
        self._gate, self._clear, self._split = gate, clear, split
        self.bap = np.zeros(n, bool)
        self.v, self.v_fb = np.zeros(n, np.int64), np.zeros(n, np.int64)
        self.s, self._fired = np.zeros(n, np.uint8), np.zeros(n, np.uint8)
        self.y1, self.y2, self.y3 = (np.zeros(n, np.int32) for _ in range(3))

    def tick(self, now: Moment, a: np.ndarray) -> None:
        """Advance by one tick, with the sums ``a (H,)`` from the synapses."""
        if now.first:
            self.s[:], self._fired[:] = self._fired, 0
            self.y1[:] = self.y2[:] = self.y3[:] = 0
            self.bap[:] = False
            return
        self.s[:] = 0
        if 0 <= now.step < self.schedule.steps:
            if now.step == 0:
                self.v[:] = 0
            self.v[:], self._fired[:], g = neuron_step(self.neuron, self.v, a.astype(np.int64))
            self.y1[:] = self._gate * g
        elif now.step == self.schedule.learning_step:
            if self._split:
                self.y2[:] = np.maximum(-self.v_fb, 0)
                self.y3[:] = np.maximum(self.v_fb, 0)
                self.bap[:] = True
            else:
                self.y2[:] = -self.v_fb
                self.y3[:] = self._clear

    def receive_error(self, total: np.ndarray, *, fb_shift: int, v_fb_bits: int) -> None:
        """Compute the error of the sample from the sums ``total (H,)`` of the feedback synapses."""
        self.v_fb[:] = saturate(shift_ceil(total.astype(np.int64), fb_shift), limit(v_fb_bits))


class OutputNeurons(LearningNeurons):
    """Output neurons, which count their spikes and compute the error from them.

    Parameters
    ----------
    network : Network
    others
        As in :class:`LearningNeurons`.

    Attributes
    ----------
    count : int32 (O,)
        Spikes of the sample so far.
    """

    def __init__(self, network: Network, schedule: TickSchedule, **options: Any) -> None:
        neuron, n = network.layers[-1].neuron, network.n_classes
        super().__init__(neuron, n, schedule, **options)
        self.network = network
        self.count = np.zeros(n, np.int32)

    def tick(self, now: Moment, a: np.ndarray) -> None:
        """Advance by one tick, and count spikes."""
        super().tick(now, a)
        if not now.first:
            if now.step == 0:
                self.count[:] = 0
            self.count += self._fired

    def compare(self, label: np.ndarray) -> None:
        """Compute the error of a sample that has ended, from the message ``label (O,)``."""
        target = np.flatnonzero(label == THIS_CLASS)
        self.v_fb[:] = prediction_error(
            self.network,
            self.count,
            int(target[0]) if len(target) else -1,
            t=self.network.steps - 1,
            key=np.uint64(0),  # for the random loss, which no learning engine uses
        )
