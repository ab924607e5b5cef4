"""ProcessModels of :class:`~lava_intsnn.processes.int_readout.process.IntReadout`."""

from lava_intsnn.floating import FloatReadout
from lava_intsnn.proc_models.fixed_pt.core_choice import fixed_core
from lava_intsnn.proc_models.fixed_pt.fixed_readout import FixedReadout
from lava_intsnn.proc_models.floating_pt.float_layer_core import FloatLayerCore
from lava_intsnn.processes.int_readout.process import IntReadout
from lava_intsnn.processes.lava_layer import LavaLayer
from lava_intsnn.processes.layer_model import ReadoutModel
from lava_intsnn.processes.layer_types import FloatingReadout, IntegerReadout
from lava_intsnn.processes.microcode_model import MicrocodeReadoutModel
from lava_intsnn.processes.model_of import model_of
from lava_intsnn.processes.spike_counter.process import SpikeCounter


@model_of(IntReadout, "fixed_pt")
class PyIntReadoutModelFixed(IntegerReadout, ReadoutModel):
    """The integer output layer, with the same bits as the reference."""

    make_core = staticmethod(fixed_core)
    readout_class = FixedReadout


@model_of(IntReadout, "microcode")
class PyIntReadoutModelMicrocode(MicrocodeReadoutModel, PyIntReadoutModelFixed):
    """The layer's compiled program and its learning rule on the virtual Loihi 2 core."""


@model_of(IntReadout, "floating_pt")
class PyIntReadoutModelFloat(FloatingReadout, ReadoutModel):
    """The same layer in float32, without rounding or widths."""

    make_core, readout_class = FloatLayerCore, FloatReadout

    def compare(self, t: int) -> None:
        """Compute the error at the last step, from the spikes of all steps."""
        if t == self.spec.schedule.steps - 1:
            self.readout.compare(self.labels, self.keys)


@model_of(IntReadout, "fixed_pt", "bit_accurate_loihi")
class SubIntReadoutModel(LavaLayer):
    """Inference with Lava's own Dense and LIFReset, and a SpikeCounter."""

    def __init__(self, proc: IntReadout) -> None:
        super().__init__(proc)
        schedule = proc.spec.schedule
        self.counter = SpikeCounter(
            shape=self.neurons.s_out.shape,
            steps=schedule.steps,
            offset=schedule.offset + 1,
            results=proc.results,
        )
        self.neurons.s_out.connect(self.counter.s_in)
        proc.count.alias(self.counter.count)
        proc.prediction.alias(self.counter.prediction)
