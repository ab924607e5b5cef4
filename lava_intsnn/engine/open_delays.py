"""Updates of synapses with delays where voltages do not change in a sample: bytes, then a product.

Traces of a sample are bytes ``(I, D + T)``, after ``D`` steps of silence, so that a synapse sees a
piece of its input's; gates are bytes, too. What both share is counted step by step, 128 steps at a
time, and multiplied with the sample's voltage once.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.engine.byte_products import add_bytes
from lava_intsnn.engine.jit import kernel
from lava_intsnn.engine.pair_products import SQUARE, added_up, transpose
from lava_intsnn.engine.trace_updates import traces
from lava_intsnn.engine.vector import splat

_ZERO = np.int32(0)
#: Steps that are multiplied at a time.
STEPS = 128


@kernel
def by_neuron(x, n, first, b, out):
    """Write ``x (>= T, >= n)`` of steps as bytes of neurons, ``out (>= n, samples, row)``.

    That is of sample ``b``, from ``first`` on. What ``x`` holds has whole squares.
    """
    (steps, width), (_, samples, row) = x.shape, out.shape
    for t in range(0, steps, SQUARE):
        for i in range(0, n, SQUARE):
            to = (i * samples + b) * row + first + t
            transpose(x, t * width + i, width, 8, out, to, samples * row)


@kernel
def lay_out(x, gates, rule, max_delay, t_pre, padded, seen, open_):
    """Write traces and gates of samples as bytes; return the largest trace, which must be one.

    Parameters
    ----------
    x, gates : uint8 (n, T, I), (n, T, O)
    rule : TraceRule
    max_delay : int
        Steps of silence before the first.
    t_pre, padded : scratch, int32 (>= T, >= I), uint8 (>= T, >= O)
        Of whole squares; ``padded`` is 0 beyond T and O.
    seen, open_ : uint8, out
        See :func:`add_open_delays`.
    """
    (samples, steps, n_out), most = gates.shape, np.int32(0)
    for b in range(samples):
        most = max(most, traces(x[b], steps, rule, t_pre))
        by_neuron(t_pre, x.shape[2], max_delay, b, seen)
        for t in range(steps):
            for h in range(n_out):
                padded[t, h] = gates[b, t, h]
        by_neuron(padded, n_out, 0, b, open_)
    return most


@kernel
def steady(v_fb, voltages):
    """Write the voltages ``(n, O)`` that are the same at all steps of ``v_fb (n, T or 1, >= O)``.

    Return whether they are, which ends at the first that is not.
    """
    for b in range(v_fb.shape[0]):
        first = v_fb[b, 0]
        for t in range(1, v_fb.shape[1]):
            now, differs = v_fb[b, t], np.int32(0)
            for h in range(voltages.shape[1]):
                differs |= now[h] ^ first[h]
            if differs != 0:
                return False
        for h in range(voltages.shape[1]):
            voltages[b, h] = first[h]
    return True


@kernel
def _counted(seen, p, q, r, s, open_, to, voltages, h):
    """Return updates of four synapses of neuron ``h``, summed over samples modulo ``2**32``.

    The arguments are those of :func:`add_open_delays`, and where the four begin in a sample.
    """
    a = b = c = d = splat(_ZERO)
    row, length = seen.shape[2], open_.shape[2]
    for n in range(voltages.shape[0]):
        e = f = g = i = splat(_ZERO)
        for k in range(0, length, STEPS):
            at = to + k
            e = add_bytes(e, seen, p + k, open_, at)
            f = add_bytes(f, seen, q + k, open_, at)
            g = add_bytes(g, seen, r + k, open_, at)
            i = add_bytes(i, seen, s + k, open_, at)
        v = voltages[n, h]
        a, b, c, d = a + e * v, b + f * v, c + g * v, d + i * v
        p, q, r, s, to = p + row, q + row, r + row, s + row, to + length
    return added_up(a), added_up(b), added_up(c), added_up(d)


@kernel
def add_open_delays(seen, begins, open_, voltages, delta):
    """Add the updates of some samples to ``delta (I, P)``, whose sums over them fit int32.

    Parameters
    ----------
    seen : uint8 (>= I, >= samples, D + T)
        Traces.
    begins : int64 (O, I)
        Where what a synapse sees of the first sample begins.
    open_ : uint8 (>= O, >= samples, T)
        Gates, 0 or 1. T is a multiple of ``STEPS``.
    voltages : int32 (samples, O)
    """
    n_out, n_in = begins.shape
    last = n_in - 1
    for i in range(0, n_in, 4):  # whose traces stay in the nearest cache
        for h in range(n_out):
            at, to = begins[h], h * open_.shape[1] * open_.shape[2]
            p, q, r, s = at[i], at[min(i + 1, last)], at[min(i + 2, last)], at[min(i + 3, last)]
            found = _counted(seen, p, q, r, s, open_, to, voltages, h)
            for c in range(min(4, n_in - i)):
                delta[i + c, h] += found[c]
