"""ProcessModel of :class:`~lava_intsnn.processes.learning_source.process.LearningSource`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.loihi.labels import label_numbers
from lava_intsnn.proc_models.fixed_pt.sample_encoder import EncoderCore
from lava_intsnn.processes.learning_source.process import LearningSource
from lava_intsnn.processes.model_of import model_of


@model_of(LearningSource, "bit_approximate_loihi", "fixed_pt")
class PyLearningSourceModel(PyLoihiProcessModel):
    """Encodes a sample at its first tick, then sends it step by step."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.uint8, precision=8)
    label_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.memory, self.schedule = proc_params["memory"], proc_params["schedule"]
        n_in, self.n_classes = proc_params["shape"]
        self.core = EncoderCore(
            self.memory, steps=self.schedule.steps, encoder=proc_params["encoder"]
        )
        self._nothing = np.zeros(n_in, np.uint8)

    def run_spk(self) -> None:
        """Send one tick, and the label at one of them."""
        now, schedule, memory = self.schedule.at(self.time_step), self.schedule, self.memory
        slot = now.sample % len(memory.images)
        if now.first and now.step == 0:
            self.core.load(slot)
        if now.first and now.step < schedule.steps:
            self.s_out.send(self.core.step(now.step)[0])
        else:
            self.s_out.send(self._nothing)
        if not now.first and now.step == schedule.error_step:
            label = label_numbers(memory.labels[slot], self.n_classes)[0]
            self.label_out.send(label.astype(np.int32))
