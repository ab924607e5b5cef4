"""Updates of dense synapses where voltages seldom change: traces of open steps, then one product.

What an output neuron sends is the same at all steps, and what it has sent on changes only where a
gate of it does. Between two changes an update is one voltage times the sum of the traces at the
steps whose gate is open, which are bytes to add.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.jit import compiled, kernel
from lava_intsnn.engine.pair_products import load_at, store_at
from lava_intsnn.engine.vector import BLOCK, cast, not_zero, splat, where

_ZERO, _SHUT, _OPEN = np.int32(0), np.uint8(0), np.uint8(255)
#: Columns whose sums stay in registers.
HELD = 4 * BLOCK
#: What a sum of bytes may come to.
BYTE = 255


@kernel
def stretches(v_fb, steps, ends, voltages):
    """Find the stretches of steps of the same voltages; return how many, 0 if there is no room.

    Parameters
    ----------
    v_fb : int32 (T or 1, >= O)
    steps : int
    ends : int64 (stretches,), out
        Where each of them ends.
    voltages : int32 (stretches, >= O), out
        Whole blocks wide; 0 beyond ``v_fb``.
    """
    wide, n = v_fb.shape[1], 0
    whole = wide - wide % BLOCK
    for t in range(steps if v_fb.shape[0] > 1 else 1):
        changed = t == 0
        if t > 0:
            for first in range(0, whole, BLOCK):
                now = load_at(v_fb, t * wide + first)
                changed |= not_zero(now - load_at(v_fb, (t - 1) * wide + first)) != 0
            for h in range(whole, wide):
                changed |= v_fb[t, h] != v_fb[t - 1, h]
        if not changed:
            continue
        if n == ends.shape[0]:
            return 0
        if n > 0:
            ends[n - 1] = t
        for h in range(min(wide, voltages.shape[1])):
            voltages[n, h] = v_fb[t, h]
        n += 1
    ends[n - 1] = steps
    return n


@kernel
def most_of(ends, voltages, n):
    """Return the most that traces of 1 may add up to in ``n`` stretches, in floating point."""
    most, begin = 0.0, 0
    for k in range(n):
        top = np.int64(0)
        for h in range(voltages.shape[1]):
            top = max(top, abs(np.int64(voltages[k, h])))
        most += float(top) * (ends[k] - begin)
        begin = ends[k]
    return most


@kernel
def mark_open(gates, masks):
    """Write 255 into ``masks (T, >= O)`` where ``gates (T, O)`` are open."""
    steps, n_out = gates.shape
    whole, width = n_out - n_out % BLOCK, masks.shape[1]
    for t in range(steps):
        for first in range(0, whole, BLOCK):
            open_ = load_at(gates, t * n_out + first) > _SHUT
            store_at(masks, t * width + first, where(open_, splat(_OPEN), splat(_SHUT)))
        for h in range(whole, n_out):
            masks[t, h] = _OPEN if gates[t, h] != 0 else _SHUT


@compiled
def _add_product(sums, voltages, at, narrow, to):
    """Add ``sums``, bytes, times the voltages from ``at`` on to ``narrow`` from ``to`` on."""
    found = cast(sums, narrow) * load_at(voltages, at)
    store_at(narrow, to, load_at(narrow, to) + found)


@kernel
def _add_stretch(steps, trace, masks, voltages, at, narrow, i, rest):
    """Add what an input has left behind in one stretch to row ``i``."""
    n, width, columns = np.uint64(steps.shape[0]), masks.shape[1], narrow.shape[1]
    first, to = 0, i * columns
    while first + HELD <= columns:
        a = b = c = d = splat(_SHUT)
        for j in range(n):
            x, seen = splat(trace[j]), steps[j] * width + first
            a = a + (load_at(masks, seen) & x)
            b = b + (load_at(masks, seen + 32) & x)
            c = c + (load_at(masks, seen + 64) & x)
            d = d + (load_at(masks, seen + 96) & x)
        _add_product(a, voltages, at + first, narrow, to + first)
        _add_product(b, voltages, at + first + 32, narrow, to + first + 32)
        _add_product(c, voltages, at + first + 64, narrow, to + first + 64)
        _add_product(d, voltages, at + first + 96, narrow, to + first + 96)
        first += HELD
    while first < columns:
        a = splat(_SHUT)
        for j in range(n):
            a = a + (load_at(masks, steps[j] * width + first) & splat(trace[j]))
        if first + BLOCK <= columns:
            _add_product(a, voltages, at + first, narrow, to + first)
        else:  # few neurons: see layer_kernel.padded
            store_at(rest, 0, cast(a, narrow) * load_at(voltages, at + first))
            for k in range(first, columns):
                narrow[i, k] += rest[k - first]
        first += BLOCK


@kernel
def add_open(index, value, count, masks, ends, voltages, narrow):
    """Add updates, modulo ``2**32``, to ``narrow (I, P)`` int32.

    Parameters
    ----------
    index, value : (I, >= T)
        The steps at which an input has a trace, in order, and traces of at most 255.
    count : int64 (I,)
    masks : uint8 (T, >= P)
        As of :func:`mark_open`.
    ends, voltages
        As of :func:`stretches`.
    """
    rest, trace = np.empty(BLOCK, np.int32), np.empty(masks.shape[0], np.uint8)
    for i in range(count.shape[0]):
        k, stretch, n, steps, held = 0, 0, count[i], index[i], value[i]
        if n == 0:
            continue
        whole = np.int32(0)
        for j in range(n):
            trace[j] = held[j]
            whole += held[j]
        while k < n:
            while steps[k] >= ends[stretch]:
                stretch += 1
            end, total = k, np.int64(0)
            if k == 0 and whole <= BYTE and steps[n - 1] < ends[stretch]:
                end = n
            while end < n and steps[end] < ends[stretch] and total + trace[end] <= BYTE:
                total += trace[end]
                end += 1
            at = stretch * voltages.shape[1]
            _add_stretch(steps[k:end], trace[k:end], masks, voltages, at, narrow, i, rest)
            k = end
