"""Freezing layers: features that stay, below a head that learns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network.errors import integers_in
from lava_intsnn.network.network import Network


@checks_kinds
def frozen(network: Network, layers: Iterable[int]) -> Network:
    """Return ``network`` with these layers frozen and all others plastic.

    Parameters
    ----------
    network : Network
    layers : iterable of int
        Indices, 0 for the lowest; none of them for a network that learns everywhere.

    Raises
    ------
    NetworkError
        If there is no such layer, or ``layers`` is no iterable.

    Examples
    --------
    >>> from lava_intsnn import presets
    >>> [layer.plastic for layer in frozen(presets.mnist_csnn(), [0]).layers]
    [False, True]
    """
    last = len(network.layers) - 1
    chosen = integers_in("layer to freeze", layers, 0, last)
    return replace(
        network,
        layers=tuple(
            replace(layer, plastic=index not in chosen)
            for index, layer in enumerate(network.layers)
        ),
    )
