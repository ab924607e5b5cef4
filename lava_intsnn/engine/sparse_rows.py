"""Sums of rows of int16 over lists of what is not 0, two rows at a time.

A list holds the numbers of rows and a value for each. Values are int16, so that two that follow
each other are a *pair* as :mod:`.pair_products` takes it: any two, not only neighbours. Lists have
an even length, the last value being 0 if need be.

Rows are cut into chunks of columns, one behind the other, so that what is read together stays in
the nearest cache.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.cache_lines import aligned_zeros
from lava_intsnn.engine.jit import compiled, kernel, lowest_bit, popcount
from lava_intsnn.engine.pair_products import add_interleaved, apart, load_at, store_at
from lava_intsnn.engine.vector import (
    BLOCK,
    cast,
    counted_up,
    not_zero,
    splat,
    squeezed,
    squeezes,
)

_ZERO, _ONE = np.int32(0), np.uint32(1)
#: Most rows that a list can tell apart.
MOST = 1 << 16
#: Rows of activity whose lists are made before their sums.
AT_A_TIME = 128


def chunked(n_rows: int, width: int) -> np.ndarray:
    """Return int16 rows, all 0, with room for ``width`` columns: ``(chunks, n_rows, columns)``."""
    columns = BLOCK if width % (2 * BLOCK) else 2 * BLOCK
    return aligned_zeros((-(-width // columns), n_rows, columns), np.int16)


@compiled
def without_lowest(mask):
    """Return a uint32 without its lowest one."""
    return np.uint32(mask & np.uint32(mask - _ONE))


@compiled
def append(values, mask, first, index, value, n):
    """Append those of ``BLOCK`` int16 that ``mask`` has, with numbers from ``first`` on.

    ``index`` and ``value`` are contiguous, and have room for a whole block. Return how many there
    are then.
    """
    if squeezes():
        store_at(value, n, squeezed(values, mask))
        store_at(index, n, squeezed(counted_up(np.uint16(first)), mask))
        n += np.int64(popcount(mask))
    else:
        store_at(value, n, values)  # behind what is kept
        kept = n
        while mask != 0:
            k = np.int64(lowest_bit(mask))
            mask = without_lowest(mask)
            index[n] = first + k
            value[n] = value[kept + k]
            n += 1
    return n


@kernel
def list_row(x, row, index, value, n):
    """Append what is not 0 in ``x[row]``, contiguous, to a list of ``n``; return its new length."""
    n_in = x.shape[1]
    whole = n_in - n_in % BLOCK
    for first in range(0, whole, BLOCK):
        found = load_at(x, row * n_in + first)
        n = append(cast(found, value), not_zero(found), first, index, value, n)
    for i in range(whole, n_in):  # written always, kept only if it is not 0
        index[n] = i
        value[n] = x[row, i]
        n += x[row, i] != 0
    return n


@kernel
def rows_apart(w, rows):
    """Write weights ``w (I, P)``, which fit int16, into :func:`chunked` ``rows``.

    Each block stands as :func:`~.pair_products.apart` has it; columns beyond P are 0.
    """
    n_in, width = w.shape
    columns = rows.shape[2]
    for chunk in range(rows.shape[0]):
        for i in range(n_in):
            for c in range(0, columns, BLOCK):
                first, to = chunk * columns + c, (chunk * n_in + i) * columns + c
                if first + BLOCK <= width:
                    store_at(rows, to, apart(load_at(w, i * width + first)))
                    continue
                for h in range(first, width):
                    rows[chunk, i, c + h - first] = w[i, h]
                store_at(rows, to, apart(load_at(rows, to)))


@kernel
def add_lists(begins, ends, index, pairs, rows, held, shift, to, a):
    """Write sums of ``rows``, shifted to the left, into ``a (>= to + lists, P)`` int32.

    Parameters
    ----------
    begins, ends : int64 (lists,)
        The pairs of each list.
    index : uint16
        Numbers of rows, two a pair.
    pairs : int32
    rows : int16
        As of :func:`chunked`.
    held : bool
        Add to what ``a`` holds already.
    shift : int32
    to : int
        Row of ``a`` for the first list.
    """
    width, columns = a.shape[1], rows.shape[2]
    rest = np.empty(BLOCK, np.int32)
    for chunk in range(rows.shape[0]):
        seen, first = rows[chunk], chunk * columns
        for r in range(begins.shape[0]):
            if held and begins[r] == ends[r]:
                continue
            at = (to + r) * width + first
            s0 = s1 = splat(_ZERO)
            if columns == BLOCK:
                for k in range(np.uint64(begins[r]), np.uint64(ends[r])):
                    x, y = index[2 * k] * BLOCK, index[2 * k + 1] * BLOCK
                    s0 = add_interleaved(s0, load_at(seen, x), load_at(seen, y), pairs[k])
            else:
                for k in range(np.uint64(begins[r]), np.uint64(ends[r])):
                    x, y, both = index[2 * k] * 64, index[2 * k + 1] * 64, pairs[k]
                    s0 = add_interleaved(s0, load_at(seen, x), load_at(seen, y), both)
                    s1 = add_interleaved(s1, load_at(seen, x + 32), load_at(seen, y + 32), both)
                s1 = s1 << shift
                store_at(a, at + BLOCK, load_at(a, at + BLOCK) + s1 if held else s1)
            s0 = s0 << shift
            if first + BLOCK <= width:
                store_at(a, at, load_at(a, at) + s0 if held else s0)
                continue
            store_at(rest, 0, s0)  # few neurons: see layer_kernel.padded
            for h in range(first, width):
                a[to + r, h] = rest[h - first] + (a[to + r, h] if held else 0)


@kernel
def sums_of_rows(x, rows, a):
    """Write the synaptic sums ``a (B, P)`` int32 of activity ``x (B, I)``.

    ``rows`` are the weights of :func:`rows_apart`; neither they nor ``x`` leave int16.
    """
    n_in = x.shape[1]
    index = np.empty(AT_A_TIME * (n_in + 2) + BLOCK, np.uint16)
    pairs = np.empty((AT_A_TIME * (n_in + 2) + BLOCK) // 2, np.int32)
    value = pairs.view(np.int16)
    begins, ends = np.empty(AT_A_TIME, np.int64), np.empty(AT_A_TIME, np.int64)
    for to in range(0, x.shape[0], AT_A_TIME):
        lists, n = min(AT_A_TIME, x.shape[0] - to), 0
        for r in range(lists):
            begins[r] = n // 2
            n = list_row(x, to + r, index, value, n)
            index[n], value[n] = 0, 0
            n += n % 2
            ends[r] = n // 2
        add_lists(begins[:lists], ends[:lists], index, pairs, rows, False, _ZERO, to, a)
