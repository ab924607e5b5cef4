"""Vars of a layer's weights and constants, with the ranges from its description."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.network.cuba import numbers
from lava_intsnn.network.update_bounds import MAX_LR_SHIFT
from lava_intsnn.processes.declared_var import DeclaredVar, RangedVar, ResultVar

if TYPE_CHECKING:
    from lava_intsnn.processes.layer_process import LayerProcess


def constants_of(process: LayerProcess) -> dict[str, DeclaredVar]:
    """Return by name all Vars of a layer's Process except the states of its neurons."""
    variables: dict[str, DeclaredVar] = {}
    spec, memory = process.spec, process.memory
    layer, precision, neuron = spec.layer, spec.network.precision, spec.layer.neuron
    w_shadow = memory.weights.copy()
    variables["w"] = ResultVar(
        shape=layer.weight_shape,
        init=precision.inference(w_shadow),
        instead="set w_shadow, of which w is the top bits",
    )
    variables["w_shadow"] = RangedVar(
        shape=layer.weight_shape,
        init=w_shadow,
        low=precision.w_shadow_min,
        high=precision.w_shadow_max,
        fix=f"the range of precision {precision}",
        floating=process.is_floating,
    )
    variables["vth"] = RangedVar(
        shape=(len(numbers(neuron.vth)),),
        init=neuron.vth,
        low=1 if neuron.fires else neuron.vth_max,
        high=neuron.vth_max,
        fix=f"a potential of {neuron.v_bits} bits reaches no higher one"
        if neuron.fires
        else "a readout never fires",
        floating=process.is_floating,
        above=0,
    )
    shifts = [block.lr_shift for block in layer.blocks if block.lr_shift is not None]
    variables["lr_shift"] = RangedVar(
        shape=(1,),
        init=layer.lr_shift,
        low=layer.lr_shift - min(shifts, default=0),
        high=layer.lr_shift + MAX_LR_SHIFT - max(shifts, default=MAX_LR_SHIFT),
        fix="a right shift, which moves that of recurrent weights, too"
        if layer.plastic
        else "the layer is frozen, plastic=False, and does not use it",
    )
    variables["learning"] = RangedVar(
        shape=(1,),
        init=int(memory.learning[0]),
        low=0,
        high=1,
        fix="1 learns",
        also=process.check_learning,
    )
    variables["updates"] = RangedVar(
        shape=(1,), init=int(memory.updates[0]), low=0, high=np.iinfo(np.int64).max
    )
    return variables
