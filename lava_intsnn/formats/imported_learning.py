"""Defaults of the fields that a file of inference lacks, and that learning needs."""

from __future__ import annotations

from dataclasses import replace

from lava_intsnn.network import Network

#: Learning shifts of the last layer and of the others, and the shift of the feedback into these.
#: Of nine settings, these kept most of what lava-dl's MNIST network knows, and added most: from
#: 93.45 to 94.5 % after 40,000 images, where a feedback without a shift loses 4 to 7 points.
OUTPUT_LR_SHIFT, HIDDEN_LR_SHIFT, FB_SHIFT = 6, 8, 4
#: Widths at which they were measured; feedback grows with the inference weights.
_SHADOW_BITS, _INFERENCE_BITS = 16, 9


def imported_window(vth: int | tuple[int, ...]) -> int:
    """Return a surrogate window of twice the (largest) threshold."""
    return 2 * (max(vth) if isinstance(vth, tuple) else vth)


def with_learning(network: Network) -> Network:
    """Return an imported ``network`` with learning shifts for training on in small steps.

    The output layer gets ``lr_shift`` 6, the others 8 at 9 inference bits and one less for each bit
    less, as their feedback is that much smaller, and ``fb_shift`` 4. Where shadow weights have
    fewer than 16 bits, shifts are larger by as many.
    """
    *hidden, output = network.layers
    precision = network.precision
    narrower = _SHADOW_BITS - precision.shadow_bits
    shift = HIDDEN_LR_SHIFT + precision.inference_bits - _INFERENCE_BITS + narrower
    layers = [replace(layer, lr_shift=max(0, shift), fb_shift=FB_SHIFT) for layer in hidden]
    last = replace(output, lr_shift=max(0, OUTPUT_LR_SHIFT + narrower))
    return replace(network, layers=(*layers, last))
