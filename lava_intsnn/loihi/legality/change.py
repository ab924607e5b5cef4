"""Changing one thing of a frozen description."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lava_intsnn.loihi.legality.finding import Mend
from lava_intsnn.network import Network


def in_network(**changes: Any) -> Mend:
    """Return a mend that changes fields of the network."""
    return lambda network: replace(network, **changes)


def in_rule(rule: str, **changes: Any) -> Mend:
    """Return a mend that changes fields of ``network.<rule>``, such as its feedback."""
    return lambda network: replace(network, **{rule: replace(getattr(network, rule), **changes)})


def in_layer(index: int, **changes: Any) -> Mend:
    """Return a mend that changes fields of layer ``index``."""

    def mend(network: Network) -> Network:
        layers = list(network.layers)
        layers[index] = replace(layers[index], **changes)
        return replace(network, layers=tuple(layers))

    return mend


def in_neuron(index: int, **changes: Any) -> Mend:
    """Return a mend that changes fields of the neurons of layer ``index``."""

    def mend(network: Network) -> Network:
        neuron = replace(network.layers[index].neuron, **changes)
        return in_layer(index, neuron=neuron)(network)

    return mend
