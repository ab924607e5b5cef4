"""ProcessModels of :class:`~lava_intsnn.processes.int_conv.process.IntConv`."""

from lava_intsnn.proc_models.fixed_pt.core_choice import fixed_core
from lava_intsnn.proc_models.floating_pt.float_layer_core import FloatLayerCore
from lava_intsnn.processes.int_conv.process import IntConv
from lava_intsnn.processes.lava_layer import LavaLayer
from lava_intsnn.processes.layer_model import HiddenModel
from lava_intsnn.processes.layer_types import FloatingHidden, IntegerHidden
from lava_intsnn.processes.microcode_model import MicrocodeModel, hidden_core
from lava_intsnn.processes.model_of import model_of


@model_of(IntConv, "fixed_pt")
class PyIntConvModelFixed(IntegerHidden, HiddenModel):
    """The convolutional integer layer, with the same bits as the reference."""

    make_core = staticmethod(fixed_core)


@model_of(IntConv, "microcode")
class PyIntConvModelMicrocode(MicrocodeModel, PyIntConvModelFixed):
    """The layer's compiled program and its learning rule on the virtual Loihi 2 core."""

    make_core = staticmethod(hidden_core)


@model_of(IntConv, "floating_pt")
class PyIntConvModelFloat(FloatingHidden, HiddenModel):
    """The same layer in float32, without rounding or widths."""

    make_core = FloatLayerCore


@model_of(IntConv, "fixed_pt")
class SubIntConvModel(LavaLayer):
    """Inference with Lava's own Conv and LIFReset, which send the same spikes one step later."""
