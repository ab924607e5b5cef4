"""ProcessModels of :class:`~lava_intsnn.processes.spike_counter.process.SpikeCounter`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.processes.model_of import model_of
from lava_intsnn.processes.spike_counter.process import SpikeCounter


@model_of(SpikeCounter, "fixed_pt", "floating_pt", "bit_accurate_loihi")
class PySpikeCounterModel(PyLoihiProcessModel):
    """Adds up its input and classifies."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    count: np.ndarray = LavaPyType(np.ndarray, np.int32)
    prediction: np.ndarray = LavaPyType(np.ndarray, np.int32)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.schedule, self.results = proc_params["schedule"], proc_params["results"]

    def run_spk(self) -> None:
        """Count one step."""
        s_in = self.s_in.recv()
        number, t = self.schedule.at(self.time_step)
        if number < 0:
            return
        if t == 0:
            self.count[:] = 0
        self.count += s_in.astype(np.int32)
        if t == self.schedule.steps - 1:
            self.prediction[:] = self.count.argmax(axis=1)
            self.results.put(number, self.prediction, self.count, np.zeros_like(self.count))
