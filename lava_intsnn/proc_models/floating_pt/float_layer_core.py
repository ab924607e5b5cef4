"""A layer in float32 on the memory shared with its Process."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from lava_intsnn.floating.float_layer import FloatLayer
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.proc_models.shared_memory import LayerMemory


class FloatLayerCore(FloatLayer):
    """A :class:`~lava_intsnn.floating.float_layer.FloatLayer` for all kinds of layers.

    It has the interface of :class:`lava_intsnn.proc_models.fixed_pt.layer_core.LayerCore`. An
    integer network runs on it, too, with its own constants and weights.
    """

    def __init__(self, spec: LayerSpec, memory: LayerMemory) -> None:
        # each layer has its own process, and the float engine's bits are those of one thread
        threadpool_limits(1)
        if not memory.floating[0]:
            memory.w_float[:] = memory.w_shadow
            if memory.d_float is not None and memory.delays is not None:
                memory.d_float[:] = memory.delays
            memory.floating[:] = 1
        self.spec, self.memory = spec, memory
        precision = replace(spec.network.precision, floating=True)
        network = replace(spec.network, precision=precision)
        super().__init__(network, spec.layer, memory.w_float, memory.shadow_delays)

    def learn(self, v_fb: np.ndarray, *, lr_boost: int = 0) -> None:
        """Update the weights, with the learning shift from memory."""
        boost = int(self.memory.lr_shift[0]) - self.layer.lr_shift + lr_boost
        super().learn(v_fb, lr_boost=boost)
        self.memory.updates[0] += 1
