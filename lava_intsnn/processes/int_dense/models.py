"""ProcessModels of :class:`~lava_intsnn.processes.int_dense.process.IntDense`."""

from typing import ClassVar

from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_intsnn.proc_models.fixed_pt.core_choice import fixed_core
from lava_intsnn.proc_models.floating_pt.float_layer_core import FloatLayerCore
from lava_intsnn.processes.int_dense.process import IntDense
from lava_intsnn.processes.lava_layer import LavaLayer
from lava_intsnn.processes.layer_model import HiddenModel
from lava_intsnn.processes.layer_types import FloatingHidden, IntegerHidden
from lava_intsnn.processes.microcode_model import hidden_core


@implements(proc=IntDense, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyIntDenseModelFixed(IntegerHidden, HiddenModel):
    """The integer layer, bit for bit that of the reference."""

    make_core = staticmethod(fixed_core)


@tag("microcode")
class PyIntDenseModelMicrocode(PyIntDenseModelFixed):
    """The layer's compiled program, with its learning rule, on the virtual Loihi 2 core."""

    make_core = staticmethod(hidden_core)
    tags: ClassVar[list[str]] = []  # or Lava would add to those of the parent


@implements(proc=IntDense, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyIntDenseModelFloat(FloatingHidden, HiddenModel):
    """The same layer in float32, without rounding or saturation."""

    make_core = FloatLayerCore


@implements(proc=IntDense, protocol=LoihiProtocol)
@tag("fixed_pt", "bit_accurate_loihi")
class SubIntDenseModel(AbstractSubProcessModel):
    """The layer's inference as Lava's own Dense and LIFReset: the same spikes, one step later."""

    def __init__(self, proc: IntDense) -> None:
        layer = LavaLayer(proc)
        self.synapses, self.neurons = layer.synapses, layer.neurons
        layer.neurons.s_out.connect(proc.s_out)
