"""ProcessModels of :class:`~lava_intsnn.processes.spike_encoder.process.SpikeEncoder`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.proc_models.fixed_pt.sample_encoder import EncoderCore
from lava_intsnn.processes.model_of import model_of
from lava_intsnn.processes.spike_encoder.process import SpikeEncoder
from lava_intsnn.random_keys import train_keys


@model_of(SpikeEncoder, "fixed_pt", "bit_accurate_loihi", "microcode")
class PySpikeEncoderModel(PyLoihiProcessModel):
    """Encodes a batch at its first step, then sends it step by step."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.uint8, precision=1)
    label_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    key_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int64)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.memory, self.schedule = proc_params["memory"], proc_params["schedule"]
        self.new_keys, self.seed = proc_params["new_keys"], proc_params["seed"]
        self.label_step = proc_params["label_step"]
        self.one_sample = proc_params["one_sample"]
        self.core = EncoderCore(
            self.memory, steps=self.schedule.steps, encoder=proc_params["encoder"]
        )

    def run_spk(self) -> None:
        """Send one step, and the labels with one of them."""
        memory = self.memory
        number, t = self.schedule.at(self.time_step)
        passes, slot = divmod(number, len(memory.images))
        if t == 0:
            batch = memory.keys.shape[1]
            if self.new_keys and passes > 0:
                samples = np.arange(slot * batch, (slot + 1) * batch)
                memory.keys[slot] = train_keys(self.seed, passes, samples)
            self.core.load(slot)
        step = self.core.step(t)
        self.s_out.send(step[0] if self.one_sample else step)
        if t == self.label_step:
            self.label_out.send(memory.labels[slot])
            self.key_out.send(memory.keys[slot].view(np.int64))


@model_of(SpikeEncoder, "floating_pt")
class PySpikeEncoderModelFloat(PySpikeEncoderModel):
    """The same spikes as float32."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.float32)
