"""Base classes of the ProcessModels for the virtual core; the output's needs the labels."""

from __future__ import annotations

from functools import partial

from lava_intsnn.proc_models.microcode.program_core import MicrocodeCore
from lava_intsnn.proc_models.microcode.program_readout import ProgramReadout
from lava_intsnn.processes.layer_model import LayerModel, ReadoutModel

#: These make the cores of a hidden and an output layer from a LayerSpec and a LayerMemory.
hidden_core = partial(MicrocodeCore, output=False)
output_core = partial(MicrocodeCore, output=True)


class MicrocodeModel(LayerModel):
    """A layer that runs its compiled program, and counts for a profiler if there is one."""

    def bind(self) -> None:
        """Make the core, and tell it where to count."""
        super().bind()
        self.core.counts = self.proc_params.get("step_counts")


class MicrocodeReadoutModel(MicrocodeModel, ReadoutModel):
    """An output layer whose error is computed by the program of the last step."""

    make_core = staticmethod(output_core)
    readout_class = ProgramReadout

    def bind(self) -> None:
        """Make the cores, and connect the readout to the core that runs the program."""
        super().bind()
        self.readout.core = self.core

    def run_spk(self) -> None:
        """Advance by one step, and receive the labels before the step that needs them."""
        batch_number, t = self.spec.schedule.at(self.time_step)
        if batch_number >= 0 and t == self.label_step and self.receives_error():
            super()._receive_labels()
            self.core.receive_labels(self.labels)
        super().run_spk()

    def _receive_labels(self) -> None:
        """Do nothing after the step, because the labels were received before it."""
