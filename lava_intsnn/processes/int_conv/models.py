"""ProcessModels of :class:`~lava_intsnn.processes.int_conv.process.IntConv`."""

from typing import ClassVar

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_intsnn.proc_models.fixed_pt.core_choice import fixed_core
from lava_intsnn.proc_models.floating_pt.float_layer_core import FloatLayerCore
from lava_intsnn.processes.int_conv.process import IntConv
from lava_intsnn.processes.lava_layer import LavaLayer
from lava_intsnn.processes.layer_model import HiddenModel
from lava_intsnn.processes.layer_types import FloatingHidden, IntegerHidden
from lava_intsnn.processes.microcode_model import hidden_core


@implements(proc=IntConv, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyIntConvModelFixed(IntegerHidden, HiddenModel):
    """The convolutional integer layer, bit for bit that of the reference."""

    make_core = staticmethod(fixed_core)


@tag("microcode")
class PyIntConvModelMicrocode(PyIntConvModelFixed):
    """The layer's compiled program, with its learning rule, on the virtual Loihi 2 core."""

    make_core = staticmethod(hidden_core)
    tags: ClassVar[list[str]] = []  # or Lava would add to those of the parent


@implements(proc=IntConv, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyIntConvModelFloat(FloatingHidden, HiddenModel):
    """The same layer in float32, without rounding or saturation."""

    make_core = FloatLayerCore


@implements(proc=IntConv, protocol=LoihiProtocol)
@tag("fixed_pt")
class SubIntConvModel(AbstractSubProcessModel):
    """The layer's inference as Lava's own Conv and LIFReset: the same spikes, one step later."""

    def __init__(self, proc: IntConv) -> None:
        layer = LavaLayer(proc)
        self.synapses, self.neurons = layer.synapses, layer.neurons
        layer.neurons.s_out.connect(proc.s_out)
