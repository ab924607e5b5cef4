"""ProcessModel of :class:`~lava_intsnn.processes.spikes_out.process.SpikesOut`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.processes.model_of import model_of
from lava_intsnn.processes.spikes_out.process import SpikesOut


@model_of(SpikesOut)
class PySpikesOutModel(PyLoihiProcessModel):
    """Sends a sample when its last step has arrived, whatever the tag of the network."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    host_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.timing = proc_params["timing"]
        self._sample = np.zeros((self.timing.steps, proc_params["n_out"]), np.int32)

    def run_spk(self) -> None:
        """Keep one step."""
        spikes = self.s_in.recv()
        step = self.timing.at(self.time_step) - self.timing.first_out
        if 0 <= step < self.timing.steps:
            self._sample[step] = spikes
            if step == self.timing.steps - 1:
                self.host_out.send(self._sample)
