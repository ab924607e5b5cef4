"""Networks as Loihi's own neuron computes them."""

from __future__ import annotations

from dataclasses import replace

from lava_intsnn.network.network import Network
from lava_intsnn.network.neuron import GUARDED_STATE_BITS


def inference_network(network: Network) -> Network:
    """Return ``network`` as Loihi's LIF computes it: guarded neurons, ties to the lowest class.

    Raises
    ------
    NetworkError
        Where a threshold or decay is beyond the LIF's.
    """
    layers = tuple(
        replace(layer, neuron=replace(layer.neuron, guarded=True, v_bits=GUARDED_STATE_BITS))
        for layer in network.layers
    )
    return replace(network, layers=layers, tie_break=False)
