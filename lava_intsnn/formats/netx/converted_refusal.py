"""Why netx holds no converted network, layer by layer, and what of it netx could hold."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.microcode.errors import signed_range


def refuse_netx(network: SpikingNetwork) -> NoReturn:
    """Raise :class:`ExchangeError` with what netx lacks for each layer of a converted network.

    netx has lava-dl's CUBA neuron, which resets as it fires and never sends a negative spike, and
    sigma-delta neurons, which send the whole change of an activation at once.
    """
    layers = network.layers
    found = [
        "layer 0, the encoder: it sees the image in one step and then spikes as many steps as "
        f"thresholds are reached ({layers[0].levels}); a netx input is shown at every step. "
        + _synapses(layers[0].weights)
    ]
    if len(layers) > 1:
        hidden = "layer 1" if len(layers) == 2 else f"layers 1..{len(layers) - 1}"
        found.append(
            f"{hidden}: their neurons keep the potential as they fire, have a threshold for every "
            "count and channel, and take spikes back with -1; netx has the CUBA neuron, with one "
            "threshold, a reset and spikes of 1, and sigma-delta neurons, which send the whole "
            "change of an activation at once. "
            + _synapses(np.concatenate([layer.weights.ravel() for layer in layers[1:]]))
        )
    found.append(
        f"layer {len(layers)}, the readout: it adds up logits and never fires, and what leaves a "
        "netx network are spikes. " + _synapses(network.readout)
    )
    found.append("nearest: `lava-intsnn convert compile`, which writes neuron programs")
    raise ExchangeError(f"network {network.name!r} does not fit netx:", found)


def _synapses(weights: npt.NDArray[np.integer]) -> str:
    low, high = int(weights.min()), int(weights.max())
    least, most = signed_range(LOIHI2.weight_bits.value)
    if least <= low and high <= most:
        return f"netx could hold its synapses, weights {low}..{high}"
    return f"nor could netx hold its synapses: weights {low}..{high} leave {least}..{most}"
