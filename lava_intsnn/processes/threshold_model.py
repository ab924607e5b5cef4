"""Base class of the ProcessModels of neurons with a table of thresholds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType


class ThresholdModel(PyLoihiProcessModel):
    """Receives the change of a potential, sends spikes, and records those of the first samples.

    Before the first sample arrives it sends zeros and ignores its input.
    """

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.schedule, self.amplitude = proc_params["schedule"], proc_params["amplitude"]
        self.spikes = proc_params["spikes"]
        self.thresholds = proc_params["thresholds"]
        shape = proc_params["shape"]
        #: Row of the table for each neuron.
        self.channel = (np.arange(np.prod(shape)) % len(self.thresholds)).reshape(shape)

    def run_spk(self) -> None:
        """Run one step."""
        a_in = self.a_in.recv()
        number, t = self.schedule.at(self.time_step)
        if number < 0:
            self.s_out.send(np.zeros(a_in.shape, np.int32))
            return
        signs = self.step(a_in, t)
        if number < len(self.spikes):
            self.spikes[number, t] = signs
        self.s_out.send(signs.astype(np.int32) * self.amplitude)

    def step(self, a_in: npt.NDArray, t: int) -> npt.NDArray[np.int8]:
        """Return the signs of the spikes of step ``t`` of a sample. At t = 0 all state is reset."""
        raise NotImplementedError
