"""How many bytes the synapses into some neurons of a layer take, and which axons they need.

All formats keep one list a presynaptic neuron (for shared kernels, a kernel entry) with the
synapses into the core's neurons, and start each list at a new 64-bit word:

- ``dense``: weight and delay of every neuron of the core, in order.
- ``sparse``: weight, delay and index of each neuron that has the synapse; an unrolled convolution.
- ``shared kernel``: the weights of each kernel entry once, whatever the position.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_intsnn.network import Conv, Dense

#: Synaptic memory is read in words of this many bits (Davies et al. 2018).
WORD_BITS = 64
WORD_BYTES = WORD_BITS // 8


@dataclass(frozen=True, kw_only=True)
class MappedBlock:
    """Synapses from one source into a core: how many axons and synapses, and their bytes."""

    axons: int = 0
    synapses: int = 0
    bytes: int = 0
    tag_bytes: int = 0


def words(bits: int) -> int:
    """Return the bytes of a list of ``bits`` that starts at a new word."""
    return -(-bits // WORD_BITS) * WORD_BYTES


def dense(*, axons: int, neurons: int, bits: int, tag_bits: int) -> MappedBlock:
    """Return the block in which each of ``axons`` reaches each of ``neurons``."""
    return MappedBlock(
        axons=axons,
        synapses=axons * neurons,
        bytes=axons * words(neurons * bits),
        tag_bytes=axons * words(neurons * tag_bits),
    )


def conv(
    layer: Conv, *, first: int, stop: int, bits: int, tag_bits: int, shared_kernels: bool
) -> MappedBlock:
    """Return the block of a convolution into neurons ``first .. stop - 1``.

    Learned synapses need a tag of their own, so with ``tag_bits`` kernels are not shared.
    """
    lists = fan_outs(layer, first=first, stop=stop)
    lists = lists[lists > 0]
    if shared_kernels and not tag_bits:
        filters = min(layer.channels, stop - first)
        n_bytes = layer.fan_in * words(filters * bits)
    else:
        index_bits = (stop - first - 1).bit_length()
        n_bytes = _words(lists * (bits + index_bits))
    return MappedBlock(
        axons=len(lists),
        synapses=int(lists.sum()),
        bytes=n_bytes,
        tag_bytes=_words(lists * tag_bits),
    )


def fan_outs(layer: Conv, *, first: int, stop: int) -> np.ndarray:
    """Return how many of the neurons ``first .. stop - 1`` each input reaches, int64 ``(n_in,)``.

    A kernel position that hangs over the border has no synapse.
    """
    positions = np.arange(first // layer.channels, -(-stop // layer.channels))
    begin = np.maximum(first, positions * layer.channels)
    end = np.minimum(stop, (positions + 1) * layer.channels)
    patches = layer.patches()[positions]
    inside = patches >= 0
    neurons = np.broadcast_to((end - begin)[:, None], patches.shape)[inside]
    return np.bincount(patches[inside], weights=neurons, minlength=layer.n_in).astype(np.int64)


def reach(layer: Dense | Conv, shards: list[tuple[int, int]]) -> np.ndarray:
    """Return how many cores each input reaches, int64 ``(n_in,)``; ``shards`` are their neurons."""
    if isinstance(layer, Dense):
        return np.full(layer.n_in, len(shards), np.int64)
    found = np.zeros(layer.n_in, np.int64)
    for first, stop in shards:
        found += fan_outs(layer, first=first, stop=stop) > 0
    return found


def _words(bits: np.ndarray) -> int:
    return int((-(-bits // WORD_BITS)).sum()) * WORD_BYTES
