"""How many bytes the synapses into some neurons of a layer take, and which axons they need.

All formats keep one list a presynaptic neuron (for shared kernels, a kernel entry) with the
synapses into the core's neurons, and start each list at a new word of memory:

- ``dense``: weight and delay of every neuron of the core, in order.
- ``sparse``: weight, delay and index of each neuron that has the synapse; an unrolled convolution.
- ``shared kernel``: the weights of each kernel entry once, whatever the position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lava_intsnn.loihi.limits import LOIHI2, Limits
from lava_intsnn.network import Conv, Layer

#: Synaptic memory is read in words of this many bits, on both chips.
WORD_BITS = LOIHI2.memory_word_bits.value
WORD_BYTES = WORD_BITS // 8


@dataclass(frozen=True, kw_only=True)
class MappedBlock:
    """Synapses from one source into a core: how many axons and synapses, and their bytes."""

    axons: int = 0
    synapses: int = 0
    bytes: int = 0
    tag_bytes: int = 0


def dense(*, axons: int, neurons: int, bits: int, tag_bits: int) -> MappedBlock:
    """Return the block in which each of ``axons`` reaches each of ``neurons``."""
    return MappedBlock(
        axons=axons,
        synapses=axons * neurons,
        bytes=axons * _words(neurons * bits),
        tag_bytes=axons * _words(neurons * tag_bits),
    )


class DenseLayout:
    """How the feed-forward synapses of a kind of layer lie in memory: here, all to all."""

    #: Whether every neuron needs what another one does.
    uniform = True

    def format(self, *, limits: Limits, learning: bool) -> str:
        """Return the format's name; see the module."""
        return "dense"

    def hardest(self, layer: Any) -> int:
        """Return a neuron that needs no less than any other."""
        return 0

    def fan_outs(self, layer: Any, *, first: int, stop: int) -> np.ndarray:
        """Return how many of the neurons ``first .. stop - 1`` each input reaches.

        Returns
        -------
        int64 (n_in,)
        """
        return _unpooled(layer, np.full(layer.fan_in, stop - first, np.int64))

    def block(
        self, layer: Any, *, first: int, stop: int, bits: int, tag_bits: int, format: str
    ) -> MappedBlock:
        """Return the block into those neurons; ``bits`` of a weight, without its delay."""
        bits += layer.max_delay.bit_length()
        return dense(axons=layer.n_in, neurons=stop - first, bits=bits, tag_bits=tag_bits)


class ConvLayout(DenseLayout):
    """Kernels: unrolled, or shared where the chip has microcode, which is Loihi 2.

    Learned synapses need a tag of their own, so those kernels are not shared. Loihi 1 can share
    kernels, too, but the public does not know at what cost: unrolling them is an upper bound.
    """

    uniform = False

    def format(self, *, limits: Limits, learning: bool) -> str:
        """Return ``"shared kernel"`` or ``"sparse"``."""
        return "shared kernel" if limits.microcode.value and not learning else "sparse"

    def hardest(self, layer: Conv) -> int:
        """Return a neuron whose kernel hangs least over the border."""
        return int((layer.patches() >= 0).sum(1).argmax()) * layer.group_channels

    def fan_outs(self, layer: Conv, *, first: int, stop: int) -> np.ndarray:
        """Return how many neurons each input reaches; over the border there are none."""
        each = layer.group_channels  # neurons that see the same patch
        rows = np.arange(first // each, -(-stop // each))
        begin = np.maximum(first, rows * each)
        end = np.minimum(stop, (rows + 1) * each)
        patches = layer.patches()[rows]
        inside = patches >= 0
        neurons = np.broadcast_to((end - begin)[:, None], patches.shape)[inside]
        seen = layer.windows.neurons
        found = np.bincount(patches[inside], weights=neurons, minlength=seen).astype(np.int64)
        return _unpooled(layer, found)

    def block(
        self, layer: Conv, *, first: int, stop: int, bits: int, tag_bits: int, format: str
    ) -> MappedBlock:
        """Return the block of the kernels."""
        lists = self.fan_outs(layer, first=first, stop=stop)
        lists = lists[lists > 0]
        if format == "shared kernel":
            each = min(layer.group_channels, stop - first)
            n_bytes = layer.groups * layer.fan_in * _words(each * bits)
        else:
            index_bits = (stop - first - 1).bit_length()
            n_bytes = int(_words(lists * (bits + index_bits)).sum())
        return MappedBlock(
            axons=len(lists),
            synapses=int(lists.sum()),
            bytes=n_bytes,
            tag_bytes=int(_words(lists * tag_bits).sum()),
        )


#: Kind of layer -> its layout.
LAYOUTS: dict[str, DenseLayout] = {"dense": DenseLayout(), "conv": ConvLayout()}


def reach(layer: Layer, shards: list[tuple[int, int]]) -> np.ndarray:
    """Return how many cores each input reaches, int64 ``(n_in,)``; ``shards`` are their neurons."""
    fan_outs, found = LAYOUTS[layer.kind].fan_outs, np.zeros(layer.n_in, np.int64)
    for first, stop in shards:
        found += fan_outs(layer, first=first, stop=stop) > 0
    return found


def _unpooled(layer: Layer, found: np.ndarray) -> np.ndarray:
    """Return for each input what was ``found`` for each of a pool's windows, all windows added."""
    if layer.pool is None:
        return found
    windows = layer.pool.windows.unfolded()
    total = np.zeros(layer.n_in + 1, np.int64)
    np.add.at(total, windows, np.broadcast_to(found[:, None], windows.shape))
    return total[:-1]


def _words(bits: Any) -> Any:
    """Return the bytes of lists of ``bits``, each of which starts at a new word."""
    return -(-bits // WORD_BITS) * WORD_BYTES
