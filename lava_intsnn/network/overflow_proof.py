"""Proof, from widths, fan-ins, T and batch, that no intermediate leaves its container."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lava_intsnn.network.bounds import Bounds, LayerBounds, Width
from lava_intsnn.network.container_check import contained_states
from lava_intsnn.network.encoders import NeuronEncoder
from lava_intsnn.network.error_bounds import feedback_bounds
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.layer_bounds import layer_bounds
from lava_intsnn.network.network import Network
from lava_intsnn.network.popcount_form import WORD_BITS, fits_words
from lava_intsnn.network.width_table import width_rows


def prove(network: Network) -> Bounds:
    """Bound every intermediate of ``network`` and choose containers.

    Raises
    ------
    NetworkError
        Where a bound leaves its container: names the layer, the bound and the fix.
    """
    if network.local:
        return _prove_branches(network)
    _prove_input(network)
    feedback = feedback_bounds(network)
    layers = tuple(
        layer_bounds(network, index, *feedback[index]) for index in range(len(network.layers))
    )
    popcount = network.steps <= WORD_BITS and all(
        fits_words(network, layer) for layer in network.layers
    )
    table = tuple(
        row for index, layer in enumerate(layers) for row in width_rows(network, index, layer)
    )
    return Bounds(layers=layers, table=table, popcount=popcount)


def _prove_branches(network: Network) -> Bounds:
    """Prove each branch as the network it is, and take from it the layers that learn in it."""
    layers: dict[int, LayerBounds] = {}
    table: list[Width] = []
    popcount = True
    for branch in network.branches:
        try:
            proven = prove(branch.network)
        except NetworkError as error:
            raise branch.refusal(network, error) from None
        own = dict(branch.own)
        layers.update((index, proven.layers[here]) for here, index in own.items())
        table += [replace(row, layer=own[row.layer]) for row in proven.table if row.layer in own]
        popcount = popcount and proven.popcount
    return Bounds(
        layers=tuple(layers[index] for index in sorted(layers)),
        table=tuple(sorted(table, key=lambda row: row.layer)),
        popcount=popcount,
    )


def _prove_input(network: Network) -> None:
    """Refuse input neurons whose states leave the engine's container."""
    encoder = network.encoder
    if isinstance(encoder, NeuronEncoder):
        fix = "lower weight or bias of the encoder"
        contained_states(encoder.neuron, encoder.current_max, np.int32, "input neurons", fix)
