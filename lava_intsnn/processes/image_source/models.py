"""ProcessModel of `ImageSource`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.processes.image_source.process import ImageSource
from lava_intsnn.processes.model_of import model_of


@model_of(ImageSource, "fixed_pt", "bit_accurate_loihi")
class PyImageSourceModel(PyLoihiProcessModel):
    """Sends an image in the first step of a sample, then zeros."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.inputs, self.schedule = proc_params["inputs"], proc_params["schedule"]
        self._nothing = np.zeros_like(self.inputs[0])

    def run_spk(self) -> None:
        """Send one step."""
        number, t = self.schedule.at(self.time_step)
        shown = t == 0 and number < len(self.inputs)
        self.s_out.send(self.inputs[number] if shown else self._nothing)
