"""ProcessModels of :class:`~lava_intsnn.processes.int_readout.process.IntReadout`."""

from typing import ClassVar

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.ports import PyInPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_intsnn.floating import FloatReadout
from lava_intsnn.proc_models.fixed_pt.core_choice import fixed_core
from lava_intsnn.proc_models.fixed_pt.fixed_readout import FixedReadout
from lava_intsnn.proc_models.floating_pt.float_layer_core import FloatLayerCore
from lava_intsnn.processes.int_readout.process import IntReadout
from lava_intsnn.processes.lava_layer import LavaLayer
from lava_intsnn.processes.layer_model import ReadoutModel
from lava_intsnn.processes.layer_types import FloatingLayer, IntegerLayer
from lava_intsnn.processes.microcode_model import MicrocodeReadoutModel
from lava_intsnn.processes.spike_counter.process import SpikeCounter


@implements(proc=IntReadout, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyIntReadoutModelFixed(IntegerLayer, ReadoutModel):
    """The integer output layer, bit for bit that of the reference."""

    make_core = staticmethod(fixed_core)
    readout_class = FixedReadout
    label_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    key_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64)
    count: np.ndarray = LavaPyType(np.ndarray, np.int32)
    err: np.ndarray = LavaPyType(np.ndarray, np.int32)
    prediction: np.ndarray = LavaPyType(np.ndarray, np.int32)


@tag("microcode")
class PyIntReadoutModelMicrocode(MicrocodeReadoutModel, PyIntReadoutModelFixed):
    """The layer's compiled program, with its learning rule, on the virtual Loihi 2 core."""

    tags: ClassVar[list[str]] = []  # or Lava would add to those of the parent


@implements(proc=IntReadout, protocol=LoihiProtocol)
@requires(CPU)
@tag("floating_pt")
class PyIntReadoutModelFloat(FloatingLayer, ReadoutModel):
    """The same layer in float32, without rounding or saturation."""

    make_core, readout_class = FloatLayerCore, FloatReadout
    label_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    key_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64)
    count: np.ndarray = LavaPyType(np.ndarray, np.float32)
    err: np.ndarray = LavaPyType(np.ndarray, np.float32)
    prediction: np.ndarray = LavaPyType(np.ndarray, np.int32)

    def compare(self, t: int) -> None:
        """Compute the error at the last step, from the spikes of all."""
        if t == self.spec.schedule.steps - 1:
            self.readout.compare(self.labels, self.keys)


@implements(proc=IntReadout, protocol=LoihiProtocol)
@tag("fixed_pt", "bit_accurate_loihi")
class SubIntReadoutModel(AbstractSubProcessModel):
    """The layer's inference as Lava's own Dense and LIFReset, and a SpikeCounter."""

    def __init__(self, proc: IntReadout) -> None:
        layer = LavaLayer(proc)
        self.synapses, self.neurons = layer.synapses, layer.neurons
        schedule = proc.spec.schedule
        self.counter = SpikeCounter(
            shape=layer.neurons.s_out.shape,
            steps=schedule.steps,
            offset=schedule.offset + 1,
            results=proc.results,
        )
        layer.neurons.s_out.connect(self.counter.s_in)
        layer.neurons.s_out.connect(proc.s_out)
        proc.count.alias(self.counter.count)
        proc.prediction.alias(self.counter.prediction)
