"""Low-discrepancy input of more steps than a word has: :mod:`.arcs` in three numbers each.

A pixel's spikes are one arc of a circle, however many steps there are. So the first layer costs
the same for an input that spikes once and for one that spikes two hundred times.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lava_intsnn.engine.jit import draw, kernel
from lava_intsnn.field_checks import short_repr
from lava_intsnn.network.encoders import LOW_DISCREPANCY_STEP

_BYTE = np.uint64(255)


class LongArcCode(NamedTuple):
    """Arcs of all inputs of a sample length.

    ``order[k]`` is the step of rank ``k``; ``spans[pixel, r]`` int32 where the arc of a pixel
    whose random byte is ``r`` starts and ends: the ranks ``start .. end - 1``. Where ``end`` is
    below ``start`` it goes round; where they are equal there is no spike.
    """

    order: np.ndarray
    spans: np.ndarray


@dataclass(frozen=True)
class Arcs:
    """Encoded samples; a slice of it is some of them.

    Parameters
    ----------
    spans : int32 (B, I, 3)
        Input, start and end of each arc.
    counts : int64 (B,)
        Arcs of each sample.
    """

    spans: np.ndarray
    counts: np.ndarray

    __repr__ = short_repr

    def __len__(self) -> int:
        return len(self.counts)

    def __getitem__(self, chosen: slice | np.ndarray) -> Arcs:
        return Arcs(self.spans[chosen], self.counts[chosen])


@functools.lru_cache(maxsize=8)
def long_arc_code(steps: int) -> LongArcCode:
    """Return the code for ``steps``."""
    offset = (LOW_DISCREPANCY_STEP * np.arange(steps)) & 255
    order = np.argsort(offset, kind="stable")
    spans = np.zeros((256, 256, 2), np.int32)
    r = np.arange(256)[:, None]
    for pixel in range(256):
        spikes = pixel > ((r + offset[order]) & 255)  # (256, T), by rank
        before = np.roll(spikes, 1, axis=1)
        start = (spikes & ~before).argmax(axis=1)
        end = (~spikes & before).argmax(axis=1)
        end[end == 0] = steps
        start[spikes.all(axis=1)], end[spikes.all(axis=1)] = 0, steps
        start[~spikes.any(axis=1)], end[~spikes.any(axis=1)] = 0, 0
        spans[pixel] = np.stack([start, end], axis=1)
    return LongArcCode(order, spans)


@kernel
def encode_long_arcs(images, keys, code, spans, counts):
    """Encode ``images (B, I)`` into the arcs of the inputs that spike; see :class:`Arcs`."""
    n_in = images.shape[1]
    for b in range(images.shape[0]):
        image, n = images[b], 0
        for block in range((n_in + 7) // 8):  # one draw holds the bytes of eight inputs
            first, last = 8 * block, min(8 * block + 8, n_in)
            lit = np.uint8(0)
            for i in range(first, last):
                lit |= image[i]
            if lit == 0:
                continue
            bits = draw(keys[b], np.uint64(block))
            for i in range(first, last):
                span = code[image[i], np.int64(bits & _BYTE)]
                bits >>= np.uint64(8)
                spans[b, n, 0] = i
                spans[b, n, 1] = span[0]
                spans[b, n, 2] = span[1]
                n += span[0] != span[1]
        counts[b] = n


@kernel
def sums_long_arcs(spans, counts, order, w, chunk, partial, a):
    """Write the synaptic sums ``a (B, T, P)`` int32 of the weights ``w (I, P)``.

    ``partial (T + 2, P)``: differences by rank, a row nobody reads, and the sum of the inputs whose
    arc goes round. In the weights' own dtype, over at most ``chunk`` inputs: no true sum leaves it,
    and sums in between may wrap, which modular arithmetic undoes.
    """
    n_out, steps = w.shape[1], a.shape[1]
    running = partial[steps + 1]
    for b in range(a.shape[0]):
        for start in range(0, max(counts[b], 1), chunk):
            partial[:] = 0
            for j in range(start, min(start + chunk, counts[b])):
                row = w[spans[b, j, 0]]
                begin, end = partial[spans[b, j, 1]], partial[spans[b, j, 2]]
                for h in range(n_out):
                    begin[h] += row[h]
                    end[h] -= row[h]
                if spans[b, j, 2] < spans[b, j, 1]:
                    for h in range(n_out):
                        running[h] += row[h]
            for k in range(steps):
                a_t, change = a[b, order[k]], partial[k]
                for h in range(n_out):
                    running[h] += change[h]
                if start == 0:
                    for h in range(n_out):
                        a_t[h] = running[h]
                else:
                    for h in range(n_out):
                        a_t[h] += running[h]


@kernel
def delta_long_arcs(spans, counts, order, gates, v_fb, active, q, delta):
    """Add a batch's updates to ``delta (I, P)``; other parameters as in ``delta_traces``.

    ``q (T + 1, P)``, of delta's dtype, is scratch: what an arc that starts at ``k`` and never ends
    adds, and a row of zeros. It is 0 in the padding.
    """
    steps, n_gates = order.shape[0], gates.shape[2]
    last = v_fb.shape[1] - 1
    n_out = delta.shape[1]
    q[steps] = 0
    for b in range(gates.shape[0]):
        if not active[b]:
            continue
        for k in range(steps - 1, -1, -1):
            t = order[k]
            q_k, q_next, v_t, g_t = q[k], q[k + 1], v_fb[b, min(t, last)], gates[b, t]
            for h in range(n_gates):
                q_k[h] = q_next[h] + v_t[h] * np.int32(g_t[h])
        total = q[0]
        for j in range(counts[b]):
            row = delta[spans[b, j, 0]]
            begin, end = q[spans[b, j, 1]], q[spans[b, j, 2]]
            if spans[b, j, 2] < spans[b, j, 1]:
                for h in range(n_out):
                    row[h] += begin[h] - end[h] + total[h]
            else:
                for h in range(n_out):
                    row[h] += begin[h] - end[h]
