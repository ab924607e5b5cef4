"""The core of convolutions whose spike trains fit words. They learn position by position."""

from __future__ import annotations

from typing import cast, no_type_check

import numpy as np

from lava_intsnn.engine import conv_words
from lava_intsnn.engine.conv_words import gather
from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.engine.vector import BLOCK, cast as cast_vector, load, splat, store
from lava_intsnn.network import Conv
from lava_intsnn.proc_models.fixed_pt import bits
from lava_intsnn.proc_models.fixed_pt.layer_core import LayerCore
from lava_intsnn.proc_models.layer_spec import LayerSpec
from lava_intsnn.proc_models.shared_memory import LayerMemory


@kernel
@no_type_check  # numba types it
def sums_by_position(s_in, patches, w, found, entries, row, a):
    """Write the synaptic sums of one step, position by position.

    Parameters
    ----------
    s_in : uint8 (B, I)
        Binary spikes.
    patches : int32 (positions, fan_in)
    w : int16 or int32 (fan_in, blocks, BLOCK)
        No sum leaves its dtype.
    found, entries, row : scratch uint8, int32 (fan_in,) and int32 (BLOCK,)
    a : int32 (B, positions, C), out
    """
    zero = splat(w.dtype.type(0))
    for b in range(s_in.shape[0]):
        for p in range(patches.shape[0]):
            n = gather(s_in[b], patches[p], found, entries)
            for block in range(w.shape[1]):
                total = zero
                for j in range(n):
                    total = total + load(w[entries[j], block])
                store(row, cast_vector(total, row))
                first = block * BLOCK
                for c in range(min(BLOCK, a.shape[2] - first)):
                    a[b, p, first + c] = row[c]


class ConvWordCore(LayerCore):
    """A convolutional layer in the popcount form."""

    def __init__(self, spec: LayerSpec, memory: LayerMemory, weights: LayerKernel) -> None:
        super().__init__(spec, memory, weights)
        layer = cast(Conv, spec.layer)
        batch, t, blocks = spec.network.batch, spec.network.steps, weights.p // BLOCK
        self._words = np.zeros((batch, layer.n_in), np.uint32)
        self._gates = np.zeros((batch, layer.sharing, blocks, BLOCK), np.uint32)
        # the same bits per neuron, without the padding of the last block
        padded = self._gates.reshape(batch * layer.sharing, blocks * BLOCK)
        self._gates_of = padded[:, : layer.channels]
        self._rank = np.arange(t)  # the bits of a word are in the order of the steps
        self._patches = layer.patches().astype(np.int32)
        self._found = np.zeros(layer.fan_in, np.uint32)
        self._entries = np.zeros(layer.fan_in, np.int32)
        self._seen = np.zeros(layer.fan_in, np.uint8)
        self._row = np.zeros(BLOCK, np.int32)
        # number of samples whose summed updates always fit int32
        self._period = np.iinfo(np.int32).max // max(1, -(-weights.delta_bound // batch))
        sums = np.int32 if self._period else np.int64
        self._sums = np.zeros((layer.fan_in, blocks, BLOCK), sums)
        self._q = np.zeros((t + 1, BLOCK), sums)

    def _add_up(self, s_in: np.ndarray, t: int) -> None:
        sums_by_position(
            s_in,
            self._patches,
            self.kernel.w.reshape(self._sums.shape),
            self._seen,
            self._entries,
            self._row,
            self._a.reshape(len(s_in), len(self._patches), -1),
        )

    def _record(self, s_in: np.ndarray, t: int) -> None:
        bits.put_step(s_in, t, self._words)
        bits.put_step(self._g.reshape(self._gates_of.shape), t, self._gates_of)

    def _accumulate(self, v_fb: np.ndarray, active: np.ndarray, delta: np.ndarray) -> None:
        conv_words.delta_conv(
            self._words,
            self._rank,
            self._patches,
            self._gates,
            self._by_position(v_fb),
            active,
            self._found,
            self._entries,
            self._q,
            self._sums,
            max(1, self._period),
            delta.reshape(self._sums.shape),
        )

    def _by_position(self, v_fb: np.ndarray) -> np.ndarray:
        return v_fb.reshape(*v_fb.shape[:2], *self._gates.shape[1:2], -1)
