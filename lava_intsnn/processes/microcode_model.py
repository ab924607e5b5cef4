"""What the output's ProcessModel does differently on the virtual core: its program needs labels."""

from __future__ import annotations

from functools import partial

from lava_intsnn.proc_models.microcode.program_core import MicrocodeCore
from lava_intsnn.proc_models.microcode.program_readout import ProgramReadout
from lava_intsnn.processes.layer_model import ReadoutModel

#: Make the cores of a hidden and of an output layer from a LayerSpec and a LayerMemory.
hidden_core = partial(MicrocodeCore, output=False)
output_core = partial(MicrocodeCore, output=True)


class MicrocodeReadoutModel(ReadoutModel):
    """An output layer whose error comes out of the last step's program."""

    make_core = staticmethod(output_core)
    readout_class = ProgramReadout

    def bind(self) -> None:
        """Make the cores, and let the readout read the program's words."""
        super().bind()
        self.readout.core = self.core

    def run_spk(self) -> None:
        """Advance by one step, with the labels where they are due."""
        batch_number, t = self.spec.schedule.at(self.time_step)
        if batch_number >= 0 and t == self.label_step and self.receives_error():
            super()._receive_labels()
            self.core.receive_labels(self.labels)
        super().run_spk()

    def _receive_labels(self) -> None:
        """Do nothing after the step: the labels came before it."""
