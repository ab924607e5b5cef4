"""Which networks have spike trains of one word, so that popcounts sum them."""

from __future__ import annotations

from lava_intsnn.network.conv import Conv
from lava_intsnn.network.dense import Dense
from lava_intsnn.network.network import Network

#: The popcount form keeps a neuron's whole spike train in one word of this many bits.
WORD_BITS = 32


def fits_words(network: Network, layer: Dense | Conv) -> bool:
    """Whether a spike train through ``layer`` is all its executor needs: one bit a step."""
    other = layer.recurrence or layer.max_delay or layer.pool or layer.groups > 1
    plain = layer.neuron.in_words and not other and network.loss.points == 1
    traceless = all(rule.spike_is_trace for rule in layer.traces) or not layer.plastic
    return plain and traceless and not network.graded
