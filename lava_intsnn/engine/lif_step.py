"""The leaky integrate-and-fire neuron (3.1-3.3): one step of one neuron on an int32 potential.

A kind of neuron is a module like this one: its constants, and its step, which
:func:`~.firing.step` finds by the type of the constants.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import types

from lava_intsnn.arithmetic import limit
from lava_intsnn.engine.jit import (
    chosen_by_type,
    compiled,
    saturate,
    shift_floor,
    shift_toward_zero,
    wrapped_once,
)
from lava_intsnn.engine.vector import cast, load, splat, store, where
from lava_intsnn.network import Neuron, neuron_kind
from lava_intsnn.network.per_neuron import mapped, spread

#: Magnitude at which a current wraps.
WRAP_TOP = np.int64(neuron_kind.WRAP_TOP)
_ONE = np.uint32(1)


class LifConstants(NamedTuple):
    """Constants of ``n`` neurons in the unit of their potential, guard bits included.

    ``vth`` and ``decay_shift`` are one number for all, or int32 ``(n,)``: see :func:`own`.
    """

    vth: np.int32 | np.ndarray
    window: np.int32
    decay_shift: np.int32 | np.ndarray
    v_lim: np.int32
    guard_bits: np.int32


def constants(neuron: Neuron, n: int) -> LifConstants:
    """Return what the kernels need of ``n`` neurons."""
    top = np.iinfo(np.int32).max
    return LifConstants(
        vth=held(mapped(neuron.vth, lambda vth: vth << neuron.guard_bits), n),
        window=np.int32(min(neuron.window << neuron.guard_bits, top)),
        decay_shift=held(neuron.decay_shift, n),
        v_lim=np.int32(limit(neuron.v_bits)),
        guard_bits=np.int32(neuron.guard_bits),
    )


def held(values: int | tuple[int, ...], n: int) -> np.int32 | np.ndarray:
    """Return a constant of ``n`` neurons as the kernels take it: int32, or int32 ``(n,)``."""
    return spread(values, n).astype(np.int32) if isinstance(values, tuple) else np.int32(values)


@compiled
def _same(values, h):
    return values


@compiled
def _of_neuron(values, h):
    return values[h]


@chosen_by_type
def own(values, h):
    """Return the constant of neuron ``h``, which is that of all or has a place in an array."""
    return _of_neuron if isinstance(values, types.Array) else _same


@compiled
def _integrate(v, a, neuron, h):
    shift = own(neuron.decay_shift, h)
    if neuron.guard_bits == 0:
        return np.int32(saturate(np.int32(shift_floor(v, shift) + a), neuron.v_lim))
    return _integrate_guarded(v, a, neuron, shift)


@compiled
def _integrate_wide(v, a, neuron, h):
    shift = own(neuron.decay_shift, h)
    if neuron.guard_bits == 0:
        decayed = np.int64(shift_floor(v, shift))
        return np.int32(saturate(decayed + a, np.int64(neuron.v_lim)))
    return _integrate_guarded(v, a, neuron, shift)


@compiled
def _integrate_guarded(v, a, neuron, decay_shift):
    current = wrapped_once(np.int64(a) << np.int64(neuron.guard_bits), WRAP_TOP)
    # the decay of a product, where all but one bit of what is kept are 0
    kept = shift_toward_zero(np.int64(v), np.int64(decay_shift))
    return np.int32(saturate(kept + current, np.int64(neuron.v_lim)))


@chosen_by_type
def integrate(v, a, neuron, h):
    """Return the potential of neuron ``h`` after decay of ``v`` and sum ``a``, int32, unreset.

    Sums of recurrent synapses are int64.
    """
    return _integrate_wide if a.bitwidth == 64 else _integrate


@compiled
def fire(potential, vth, window):
    """Return the potential after the reset, the spike and the surrogate gate."""
    above = np.int32(potential - vth)  # both are below 2**30
    spike = above > 0
    return np.int32(0) if spike else potential, spike, -window < above < window


@compiled
def step(v, a, neuron, extra, h):
    """See :func:`~.firing.step`: this kind keeps no extra state."""
    potential = integrate(v, a, neuron, h)
    v_next, spike, gate = fire(potential, own(neuron.vth, h), neuron.window)
    return potential, v_next, spike, gate


@compiled
def run_block(sums, rank, neuron, v_out, words_out, gates):
    """Take ``BLOCK`` neurons without guard bits through a sample.

    This is :func:`step` in vectors of the lanes of ``sums``, the only other form of the equation:
    the compiler does not find these vectors by itself.

    ``sums (>= T, BLOCK)`` are their synaptic sums; that of step ``t``, and its bit in the gates, is
    at ``rank[t]``. The constants are of the lanes' type.
    """
    vth, window, decay, v_lim, guard = neuron
    lane = sums.dtype.type
    lowest, outside = lane(-v_lim), lane(-window)
    v, none = splat(lane(0)), splat(np.uint32(0))
    fired, opened = none, none
    for t in range(rank.shape[0]):
        v = shift_floor(v, decay) + load(sums[rank[t]])
        v = where(v > v_lim, splat(v_lim), where(v < lowest, splat(lowest), v))
        above = v - vth
        bit = splat(np.uint32(_ONE << np.uint32(rank[t])))
        opened = opened | where((above > outside) & (above < window), bit, none)
        fires = above > lane(0)
        fired = fired | where(fires, splat(np.uint32(_ONE << np.uint32(t))), none)
        v = where(fires, splat(lane(0)), v)
    store(gates, opened)
    store(words_out, fired)
    store(v_out, cast(v, np.int32))
