"""Networks as Loihi's own neuron computes them."""

from __future__ import annotations

from dataclasses import replace

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network.cuba import CUBA
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.network import Network
from lava_intsnn.network.neuron import Neuron
from lava_intsnn.network.neuron_kind import GUARDED_STATE_BITS


@checks_kinds
def inference_network(network: Network) -> Network:
    """Return ``network`` as Lava's model of Loihi's LIF computes it.

    Its neurons are guarded, and ties go to the lowest class.

    Raises
    ------
    NetworkError
        Where a threshold or decay is beyond the LIF's, or a neuron has another equation.
    """
    layers = []
    for index, layer in enumerate(network.layers):
        neuron = layer.neuron
        if isinstance(neuron, Neuron) and neuron.kind == Neuron.kind:
            neuron = replace(neuron, guarded=True, v_bits=GUARDED_STATE_BITS)
        elif neuron.kind != CUBA.kind:
            raise NetworkError(
                f"layer {index}: Loihi's own LIF cannot compute neurons of kind "
                f"{neuron.kind!r}: leave out the guard bits, or use a Neuron"
            )
        layers.append(replace(layer, neuron=neuron))
    return replace(network, layers=tuple(layers), tie_break=False)


def has_guarded_form(network: Network) -> bool:
    """Whether :func:`inference_network` changes ``network``, and its bounds then hold."""
    try:
        found = inference_network(network)
        found.check()
    except NetworkError:
        return False
    return found != network
