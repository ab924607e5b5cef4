"""ProcessModel of :class:`~lava_intsnn.processes.learning_readout.process.LearningReadout`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.loihi.learning_engine.tick_schedule import Moment
from lava_intsnn.proc_models.three_factor.traced_neurons import OutputNeurons
from lava_intsnn.processes.learning_model import LearningNeuronsModel
from lava_intsnn.processes.learning_readout.process import LearningReadout
from lava_intsnn.processes.model_of import model_of


@model_of(LearningReadout, "bit_approximate_loihi", "fixed_pt")
class PyLearningReadoutModel(LearningNeuronsModel):
    """Output neurons, with the same bits as the reference."""

    core: OutputNeurons
    e_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=8)
    count: np.ndarray = LavaPyType(np.ndarray, np.int32)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.results = proc_params["results"]
        self.core = OutputNeurons(
            proc_params["network"],
            self.schedule,
            gate=proc_params["gate"],
            clear=proc_params["clear"],
            split=proc_params["split"],
        )
        self._e = np.zeros(self.core.count.shape, np.int32)

    def start(self) -> None:
        """Bind the Vars to the memory of the core, then run."""
        self.count = self.core.count
        super().start()

    def after_tick(self, now: Moment) -> None:
        """At a sample's last step receive the label, store the results, and send the error."""
        core = self.core
        if now.first or now.step != self.schedule.error_step:
            self._e[:] = 0
        else:
            core.compare(self.a_third_factor_in.recv())
            slot = now.sample % len(self.results.counts)
            self.results.counts[slot], self.results.v[slot] = core.count, core.v
            self._e[:] = core.v_fb
        self.e_out.send(self._e)
