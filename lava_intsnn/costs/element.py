"""A line of the memory tables, and the names of a network's sections."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal, NamedTuple

from lava_intsnn.network import FrameEncoder, Network

FLOAT_BITS = 32


@dataclass(frozen=True, kw_only=True)
class Element:
    """One line of tables B.1 and B.2.

    ``bits`` is the width of a value in the network's own precision, ``float_bits`` in float32.
    A width of 0 means that the element does not exist in that format.
    """

    section: str
    kind: Literal["static", "dynamic"]
    name: str
    shape: tuple[int, ...]
    bits: int
    float_bits: int = FLOAT_BITS
    note: str = ""

    @property
    def values(self) -> int:
        """Number of values."""
        return prod(self.shape)

    @property
    def total_bits(self) -> tuple[int, int]:
        """Bits in the network's precision and in float32."""
        return self.values * self.bits, self.values * self.float_bits


class MemoryItem(NamedTuple):
    """An element without its place, which is the section and kind of memory it belongs to."""

    name: str
    shape: tuple[int, ...]
    bits: int
    float_bits: int = FLOAT_BITS


def input_bits(network: Network, index: int) -> int:
    """Return the width of what layer ``index`` receives from one neuron in a step."""
    encoder = network.encoder
    if index == 0 and isinstance(encoder, FrameEncoder):
        return encoder.max_count.bit_length()
    return 1


def layer_names(network: Network) -> list[str]:
    """Return each layer's name in the sections: ``hidden`` (or ``hidden 1``, ...), ``output``."""
    hidden = len(network.layers) - 1
    if hidden == 1:
        return ["hidden", "output"]
    return [*(f"hidden {k + 1}" for k in range(hidden)), "output"]
