"""ProcessModel of :class:`~lava_intsnn.processes.spikes_in.process.SpikesIn`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.processes.model_of import model_of
from lava_intsnn.processes.spikes_in.process import SpikesIn


@model_of(SpikesIn)
class PySpikesInModel(PyLoihiProcessModel):
    """Waits for the host at a sample's first step, whatever the tag of the network."""

    host_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.uint8, precision=8)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.timing = proc_params["timing"]
        self._sample = np.zeros((self.timing.steps, proc_params["n_in"]), np.uint8)
        self._nothing = np.zeros(proc_params["n_in"], np.uint8)

    def run_spk(self) -> None:
        """Send one step."""
        step = self.timing.at(self.time_step)
        if step == 0:
            self._sample[:] = self.host_in.recv()
        self.s_out.send(self._sample[step] if step < self.timing.steps else self._nothing)
