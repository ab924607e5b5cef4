"""Base class of the ProcessModels of learning neurons, hidden and output."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.model.py.neuron import LearningNeuronModelFixed
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.loihi.learning_engine.tick_schedule import Moment
from lava_intsnn.proc_models.three_factor.traced_neurons import LearningNeurons


class LearningNeuronsModel(LearningNeuronModelFixed):
    """Receives, advances and sends in every tick, as LearningDense expects."""

    core: LearningNeurons
    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.uint8, precision=1)
    v: np.ndarray = LavaPyType(np.ndarray, np.int64, precision=24)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        self.schedule = proc_params["schedule"]

    def start(self) -> None:
        """Bind the Vars to the memory of the core, then run."""
        core = self.core
        self.v, self.y1, self.y2, self.y3 = core.v, core.y1, core.y2, core.y3
        super().start()

    def run_spk(self) -> None:
        """Advance by one tick."""
        core, now = self.core, self.schedule.at(self.time_step)
        a = self.a_in.recv()
        self.before_tick(now)
        core.tick(now, a)
        self.s_out.send(core.s)
        self.s_out_y1.send(core.y1)
        self.s_out_y2.send(core.y2)
        self.s_out_y3.send(core.y3)
        self.s_out_bap.send(core.bap)  # connected where the split rule needs it
        self.after_tick(now)

    def before_tick(self, now: Moment) -> None:
        """Receive further messages."""

    def after_tick(self, now: Moment) -> None:
        """Send further messages."""
