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
    """Return each layer's name in the sections: ``hidden`` (or ``hidden 1``, ...), ``output``.

    Local readouts follow, named by the hidden layer below them.
    """
    hidden = len(network.layers) - 1
    names = ["hidden"] if hidden == 1 else [f"hidden {k + 1}" for k in range(hidden)]
    local = network.sources[hidden + 1 :]
    return [*names, "output", *(f"readout of {names[below]}" for below in local)]


@dataclass(frozen=True)
class LayerPart:
    """A layer in the branch that it learns in: layer ``index`` of ``network``, by name.

    ``members`` are the layers of the branch, as in :class:`~lava_intsnn.network.Branch`.
    """

    network: Network
    index: int
    name: str
    members: tuple[int, ...]

    @property
    def reads(self) -> bool:
        """Whether it is a readout, with an error of its own."""
        return self.index == len(self.members) - 1


def error_section(part: LayerPart) -> str:
    """Return the name of the section of a readout's error: ``error`` for the output's."""
    return "error" if part.name == "output" else f"error of {part.name}"


def layer_parts(network: Network) -> list[LayerPart]:
    """Return all layers of ``network``, in the order of :func:`layer_names`."""
    names = layer_names(network)
    parts = {
        index: LayerPart(branch.network, here, names[index], branch.members)
        for branch in network.branches
        for here, index in branch.own
    }
    return [parts[index] for index in sorted(parts)]
