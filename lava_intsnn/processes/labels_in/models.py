"""ProcessModel of :class:`~lava_intsnn.processes.labels_in.process.LabelsIn`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.processes.labels_in.process import LabelsIn
from lava_intsnn.processes.model_of import model_of


@model_of(LabelsIn)
class PyLabelsInModel(PyLoihiProcessModel):
    """Waits for the host at the step that needs the label, whatever the tag of the network."""

    host_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    label_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.at, self.timing = proc_params["at"], proc_params["timing"]

    def run_spk(self) -> None:
        """Send a label once in each period."""
        if self.timing.at(self.time_step) == self.timing.first_out + self.at:
            self.label_out.send(self.host_in.recv())
