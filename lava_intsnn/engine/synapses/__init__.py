"""Feed-forward synapses of every kind in the general form: a layer's kernels and their buffers."""

from collections.abc import Callable

from lava_intsnn.engine.layer_kernel import LayerKernel as LayerKernel
from lava_intsnn.engine.synapses.arc_synapses import (
    ArcInput as ArcInput,
    ArcSynapses as ArcSynapses,
    reads_arcs as reads_arcs,
)
from lava_intsnn.engine.synapses.conv_synapses import ConvSynapses as ConvSynapses
from lava_intsnn.engine.synapses.delayed_synapses import delayed_synapses as delayed_synapses
from lava_intsnn.engine.synapses.dense_synapses import DenseSynapses as DenseSynapses
from lava_intsnn.engine.synapses.own_trace_synapses import OwnTraceSynapses as OwnTraceSynapses
from lava_intsnn.engine.synapses.pooled_synapses import PooledSynapses as PooledSynapses
from lava_intsnn.engine.synapses.step_synapses import StepSynapses as StepSynapses

#: By the kind of the layer and whether it has delays.
_KINDS: dict[tuple[str, bool], Callable[..., StepSynapses]] = {
    ("dense", False): DenseSynapses,
    ("dense", True): delayed_synapses,
    ("conv", False): ConvSynapses,
}


def synapses_of(kernel: LayerKernel, *, steps: int, graded: bool) -> StepSynapses:
    """Return the synapses of a layer.

    Parameters
    ----------
    kernel : LayerKernel
        Its weights are read as they are at each call.
    steps : int
        Of a sample.
    graded : bool
        Input may be counts; else it is spikes.
    """
    layer = kernel.layer
    kind = _KINDS[layer.kind, layer.max_delay > 0]
    found: StepSynapses = kind(kernel, steps=steps, graded=graded or layer.pool is not None)
    if len(layer.traces) > 1:
        found = OwnTraceSynapses(found)
    return PooledSynapses(found) if layer.pool else found
