"""Which core runs a layer."""

from __future__ import annotations

from lava_intsnn.network import Conv
from lava_intsnn.proc_models.fixed_pt import dense
from lava_intsnn.proc_models.fixed_pt.slow import SlowCore
from lava_intsnn.proc_models.shared import LayerMemory
from lava_intsnn.proc_models.spec import LayerSpec


def fixed_core(spec: LayerSpec, memory: LayerMemory):
    layer = spec.layer
    if isinstance(layer, Conv) or layer.recurrence or layer.max_delay or spec.network.graded:
        return SlowCore(spec, memory)
    return dense.DenseCore(spec, memory)


def warm_up(spec: LayerSpec) -> None:
    layer = spec.layer
    if isinstance(layer, Conv) or layer.recurrence or layer.max_delay or spec.network.graded:
        return
    dense.warm_up(spec)
