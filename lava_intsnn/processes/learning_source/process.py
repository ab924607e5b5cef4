"""`LearningSource`, a Lava Process that encodes samples for a network of LearningDense."""

from __future__ import annotations

from typing import Any

from lava.magma.core.process.ports.ports import OutPort

from lava_intsnn.loihi.learning_engine.tick_schedule import TickSchedule
from lava_intsnn.network import Encoder, FrameEncoder
from lava_intsnn.proc_models.fixed_pt.sample_encoder import EncoderCore
from lava_intsnn.proc_models.shared_memory import SampleMemory
from lava_intsnn.processes.checked_process import CheckedProcess


class LearningSource(CheckedProcess):
    """Encodes the samples that the host writes to :attr:`memory`: sample q in slot ``q % slots``.

    The spikes of a step are sent at the first tick of its epoch. The second tick, and the epochs in
    which the network finishes a sample, carry zeros.

    Ports
    -----
    s_out : (I,)
        Binary spikes; with a :class:`~lava_intsnn.network.FrameEncoder` counts, frame by frame.
    label_out : (O,)
        One message per sample, at the tick at which the output finishes it: for each output neuron
        0 (no learning), 1 (another class) or 2 (this class).

    Parameters
    ----------
    shape : (int, int)
        Numbers of inputs I and classes O.
    schedule : TickSchedule
        Schedule of layer 0.
    encoder : RateEncoder, FrameEncoder or NeuronEncoder
    slots : int
        Number of samples that the host may write ahead.
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, int],
        schedule: TickSchedule,
        encoder: Encoder,
        slots: int = 1,
        **options: Any,
    ) -> None:
        if slots < 1:
            raise ValueError(f"slots = {slots}: must be at least 1")
        n_in, n_classes = shape
        frames = schedule.steps if isinstance(encoder, FrameEncoder) else 1
        self.memory = SampleMemory.empty(slots, 1, n_in * frames)
        super().__init__(
            shape=shape, schedule=schedule, encoder=encoder, memory=self.memory, **options
        )
        # before Lava forks, because otherwise every session would load the kernel again
        EncoderCore(self.memory, steps=schedule.steps, encoder=encoder).load(0)
        self.s_out = OutPort(shape=(n_in,))
        self.label_out = OutPort(shape=(n_classes,))
