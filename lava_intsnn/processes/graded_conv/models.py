"""ProcessModel of `GradedConv`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.conversion.correlate import correlate
from lava_intsnn.processes.graded_conv.process import GradedConv
from lava_intsnn.processes.model_of import model_of


@model_of(GradedConv, "fixed_pt", "bit_accurate_loihi")
class PyGradedConvModel(PyLoihiProcessModel):
    """Sends the sums of the previous step, then computes those of this one."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int64)
    a_buf: np.ndarray = LavaPyType(np.ndarray, np.int64)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.weights = proc_params["weights"]
        self.geometry = {"stride": proc_params["stride"], "padding": proc_params["padding"]}

    def run_spk(self) -> None:
        """Run one step."""
        self.a_out.send(self.a_buf)
        s_in = self.s_in.recv()
        if s_in.any():
            self.a_buf[:] = correlate(s_in[None], self.weights, **self.geometry)[0]
        else:  # most steps of a source, and of a network that has settled
            self.a_buf[:] = 0
