"""Input neurons of a netx file, whose current is a pixel, as an encoder."""

from __future__ import annotations

import math
from typing import Any

import h5py
import numpy as np

from lava_intsnn.arithmetic import DECAY_UNITY
from lava_intsnn.formats.netx.netx_fields import Fields
from lava_intsnn.formats.netx.netx_neuron import BIAS_EXP, spiking_neuron, write_neuron
from lava_intsnn.network import CUBA, Neuron, NeuronEncoder

#: What lava-dl takes where a file has none.
_WEIGHT, _BIAS = 64, 0
#: Most bits below the point of a byte's current; less if its weight would be too wide.
_FRACTION = 16
_MOST = 1 << 12
#: Of an encoder; products beyond lose bits below the point.
_MAX_WEIGHT, _MAX_BIAS = 1 << 20, 1 << 28
_BYTES = np.arange(256)
#: Field of an encoder -> attribute of our files, with which its currents come back to the bit.
_EXACT = {name: f"lava_intsnn_{name}" for name in ("weight", "bias", "shift")}


def input_neurons(fields: Fields, pixels: tuple[float, float]) -> NeuronEncoder:
    """Return the encoder of an input layer with neurons.

    lava-dl leaves it to the user to set the bias of these neurons to ``weight * x + bias``, cut to
    a whole number, of a pixel ``x``.

    Parameters
    ----------
    fields : Fields
        Of the layer.
    pixels : (float, float)
        ``x`` of the bytes 0 and 255.
    """
    exact = fields.attributes()
    weight = fields.number("weight", -_MOST, _MOST, default=_WEIGHT)
    bias = fields.number("bias", -_MOST, _MOST, default=_BIAS)
    neuron = spiking_neuron(fields.inner("neuron"), bias=0, sizes=set())
    if isinstance(neuron, CUBA):  # nothing reaches its current: the bias is all it has
        neuron = CUBA(
            vth=neuron.vth,
            window=neuron.window,
            current_decay=DECAY_UNITY,
            voltage_decay=neuron.voltage_decay,
            bias_exp=BIAS_EXP,
        )
    try:
        ours: dict[str, Any] = {name: int(exact[held]) for name, held in _EXACT.items()}
    except (KeyError, TypeError, ValueError, OverflowError):
        encoder, differ = currents_of_bytes(neuron, weight, bias, pixels)
        if differ:
            fields.note(f"the currents of {differ} of 256 bytes are off by one")
        return encoder
    return NeuronEncoder(neuron=neuron, **ours)


def write_input_neurons(layer: h5py.Group, encoder: NeuronEncoder) -> None:
    """Write input neurons, with weight and bias for pixels from -1 to 1, and our exact numbers."""
    write_neuron(layer, encoder.neuron, 1)
    low, high = (int(a) for a in encoder.current(np.array([0, 255])))
    layer["weight"], layer["bias"] = [(high - low) // 2], [(high + low) // 2]
    for name, attribute in _EXACT.items():
        layer.attrs[attribute] = getattr(encoder, name)


def currents_of_bytes(
    neuron: Neuron | CUBA, weight: int, bias: int, pixels: tuple[float, float]
) -> tuple[NeuronEncoder, int]:
    """Return the encoder whose current of a byte is ``int(weight * x + bias)`` of its pixel.

    It holds for every byte, if any product and shift of integers has it; or else the second number
    returned says for how many bytes it is off by one.
    """
    x = pixels[0] + (pixels[1] - pixels[0]) * (_BYTES / 255)
    # a float a hair below a whole number is that number
    wanted = np.round(weight * x + bias, 9).astype(np.int64)
    rise, start = weight * (pixels[1] - pixels[0]) / 255, weight * pixels[0] + bias
    shift = next(
        bits
        for bits in range(_FRACTION, -1, -1)
        if bits == 0 or (abs(rise) * 2**bits < _MAX_WEIGHT and abs(start) * 2**bits < _MAX_BIAS)
    )
    offset = round(start * 2**shift)
    found = []
    for slope in {int(round_(rise * 2**shift)) for round_ in (math.ceil, math.floor, round)}:
        encoder = NeuronEncoder(neuron=neuron, weight=slope, bias=offset, shift=shift)
        differ = int(np.count_nonzero(encoder.current(_BYTES) != wanted))
        found.append((differ, slope, encoder))
    differ, _, encoder = min(found, key=lambda each: each[:2])
    return encoder, differ
