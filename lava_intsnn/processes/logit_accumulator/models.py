"""ProcessModel of `LogitAccumulator`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.processes.logit_accumulator.process import LogitAccumulator
from lava_intsnn.processes.model_of import model_of


@model_of(LogitAccumulator, "fixed_pt", "bit_accurate_loihi")
class PyLogitAccumulatorModel(PyLoihiProcessModel):
    """Adds up its input, and records the logits of the first ``slots`` samples."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64)
    acc: np.ndarray = LavaPyType(np.ndarray, np.int64)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.schedule, self.logits = proc_params["schedule"], proc_params["logits"]

    def run_spk(self) -> None:
        """Run one step."""
        a_in = self.a_in.recv()
        number, t = self.schedule.at(self.time_step)
        if number < 0:
            return
        if t == 0:
            self.acc[:] = 0
        self.acc += a_in.astype(np.int64)
        if number < len(self.logits):
            self.logits[number, t] = self.acc
