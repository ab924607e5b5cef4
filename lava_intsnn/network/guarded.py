"""Networks as Loihi's own neuron computes them."""

from __future__ import annotations

from dataclasses import replace

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.network import Network
from lava_intsnn.network.neuron import GUARDED_STATE_BITS, Neuron


@checks_kinds
def inference_network(network: Network) -> Network:
    """Return ``network`` as Lava's model of Loihi's LIF computes it.

    Its neurons are guarded, and ties go to the lowest class.

    Raises
    ------
    NetworkError
        Where a threshold or decay is beyond the LIF's, or a neuron has another equation.
    """
    for index, layer in enumerate(network.layers):
        if layer.neuron.kind != Neuron.kind:
            raise NetworkError(
                f"layer {index}: Loihi's own LIF cannot compute neurons of kind "
                f"{layer.neuron.kind!r}: leave out the guard bits, or use a Neuron"
            )
    layers = tuple(
        replace(layer, neuron=replace(layer.neuron, guarded=True, v_bits=GUARDED_STATE_BITS))
        for layer in network.layers
    )
    return replace(network, layers=layers, tie_break=False)
