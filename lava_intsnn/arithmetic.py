"""The only module that shifts, rounds, saturates or draws random bits.

Every function uses only operations that numpy arrays and numba scalars share. The engine compiles
*these* functions and the reference calls them directly, so each formula is written once.

Conventions
-----------
* A width of ``n`` bits holds the symmetric range ``-(2**(n-1) - 1) .. 2**(n-1) - 1``.
* Arithmetic is carried out in ``int64`` unless :meth:`lava_intsnn.network.Network.check` has proven
  a smaller container.
* Random bits are a pure function of ``(seed, stream, sample, step, index)``. There is no generator
  state, so neither the order of evaluation nor the batch size changes a bit.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np


class Rounding(IntEnum):
    """How a right shift rounds the bits it drops."""

    FLOOR = 0  #: toward minus infinity, the plain arithmetic shift
    NEAREST = 1  #: to the nearest integer, ties toward plus infinity
    TOWARD_ZERO = 2  #: truncation, as Loihi decays its state
    STOCHASTIC = 3  #: up with probability (dropped bits) / 2**shift: unbiased


class Stream(IntEnum):
    """Independent uses of randomness; no two of them read the same bits."""

    INIT = 1  #: initial weights
    SHUFFLE = 2  #: order of the training samples
    ENCODE_TRAIN = 3  #: rate coding while learning
    ENCODE_TEST = 4  #: rate coding while evaluating
    ROUND = 5  #: stochastic rounding of weight updates
    AUGMENT = 6  #: changes of training samples
    DELAY = 7  #: delays of synapses
    LOSS = 8  #: random loss
    FEEDBACK = 9  #: fixed random feedback weights
    NOISE = 10  #: noise on the pixels of a converted network
    DELAY_ROUND = 0x646C6179  #: stochastic rounding of delays, from the key of the update
    SEARCH = 0x73726368  #: trials of a hyper-parameter search
    SPLIT = 0x73706C74  #: samples set aside for validation
    PROBE = 0x70726F62  #: samples that a pre-flight looks at


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
_ONE_U = np.uint64(1)
_BYTE = np.uint64(0xFF)
_I64_SIGN = np.int64(63)
_ONE = np.int64(1)
#: Decays are in units of ``1 / 4096`` of what decays.
DECAY_BITS = 12
DECAY_UNITY = 1 << DECAY_BITS
_DECAY_BITS, _DECAY_UNITY = np.int64(DECAY_BITS), np.int64(DECAY_UNITY)


# --- widths -------------------------------------------------------------------------------------


def limit(bits: int) -> int:
    """Return the largest magnitude a signed width of ``bits`` bits holds: ``2**(bits-1) - 1``.

    Raises
    ------
    ValueError
        If ``bits`` is not in 2..63.
    """
    if not 2 <= bits <= 63:
        raise ValueError(f"width of {bits} bits: must be 2..63")
    return (1 << (bits - 1)) - 1


def container(bound: int) -> np.dtype[Any]:
    """Return the smallest of int16, int32 and int64 that holds ``-bound .. bound``.

    Raises
    ------
    OverflowError
        If ``bound`` does not fit in 64 bits.
    """
    for dtype in (np.int16, np.int32, np.int64):
        if bound <= np.iinfo(dtype).max:
            return np.dtype(dtype)
    raise OverflowError(f"a bound of {bound} ({bound.bit_length() + 1} bits) leaves 64 bits")


def saturate(x, lim):
    """Clip ``x`` to ``-lim .. lim``."""
    return np.minimum(np.maximum(x, -lim), lim)


# --- right shifts -------------------------------------------------------------------------------


def shift_floor(x, shift):
    """Return ``floor(x / 2**shift)``: the arithmetic right shift."""
    return x >> shift


def shift_ceil(x, shift):
    """Return ``ceil(x / 2**shift)``."""
    return -((-x) >> shift)


def shift_toward_zero(x, shift):
    """Return ``x / 2**shift`` truncated toward zero. ``x`` is ``int64``."""
    return (x + ((x >> _I64_SIGN) & ((_ONE << shift) - _ONE))) >> shift


def decayed(x, decay):
    """Return ``x (4096 - decay) / 4096`` truncated toward zero, as Loihi decays its state.

    ``x`` is ``int64``; ``decay`` is in 0..4096, and nothing is kept at 4096.
    """
    return shift_toward_zero(x * (_DECAY_UNITY - decay), _DECAY_BITS)


def wrapped_once(x, top):
    """Return ``x`` less or plus ``2 top`` beyond ``top``: as Lava does, ``top`` stays positive."""
    return x - 2 * top * (x > top) + 2 * top * (x <= -top)


def round_shift(x, shift, rounding, random):
    """Return ``x / 2**shift`` under any :class:`Rounding`.

    Parameters
    ----------
    x : int64 array or scalar
    shift : int64 scalar, 0..40
    rounding : int
        A :class:`Rounding` value.
    random : uint64 array or scalar
        One draw per element; only its low ``shift`` bits are used, and only when stochastic.
    """
    if rounding == 1:
        return (x + ((_ONE << shift) >> _ONE)) >> shift
    if rounding == 2:
        return shift_toward_zero(x, shift)
    if rounding == 3:
        return (x + np.int64(random & np.uint64((_ONE << shift) - _ONE))) >> shift
    return x >> shift


#: Fractional bits of an update that is divided by the largest one of its input.
NORMALISED_BITS = 15


def normalised(delta, most):
    """Return ``delta * 2**15 / most``, rounded toward zero: within -2**15..2**15.

    Parameters
    ----------
    delta : int64 array or scalar
        Below ``2**47`` in magnitude.
    most : int64 array or scalar
        Largest magnitude of the deltas that share it, at least 1.
    """
    size = (abs(delta) << np.int64(NORMALISED_BITS)) // most
    return size * ((delta > 0) * _ONE - (delta < 0) * _ONE)


# --- counter-based random bits ------------------------------------------------------------------


def mix64(z):
    """Scramble a ``uint64``: the finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


def fold(key, counter):
    """Derive the key of sub-stream ``counter`` from ``key``; both ``uint64``."""
    return mix64(key + _GOLDEN * (counter + _ONE_U))


def draw(key, index):
    """Return 64 random bits for element ``index`` of the stream ``key``; both ``uint64``."""
    return mix64(key + _GOLDEN * (index + _ONE_U))


def draw_byte(key, index):
    """Return the random byte of element ``index``: byte ``index % 8`` of draw ``index // 8``."""
    three, seven = np.uint64(3), np.uint64(7)
    return (draw(key, index >> three) >> ((index & seven) << three)) & _BYTE


def draw_below(key, index, n):
    """Return a random ``uint64`` out of ``0 .. n - 1`` for element ``index``; ``n < 2**32``."""
    return ((draw(key, index) >> _S32) * n) >> _S32


def random_key(seed: int, stream: int, sample: Any = 0, step: Any = 0) -> Any:
    """Return the key from which :func:`draw` takes bits.

    Parameters
    ----------
    seed : int
        Any 64-bit integer.
    stream : Stream
        What the bits are for.
    sample, step : int or integer array
        Counters; arrays broadcast and give an array of keys.

    Returns
    -------
    numpy.uint64 or uint64 array
    """
    with np.errstate(over="ignore"):
        return fold(stream_key(seed, stream, sample), np.asarray(step).astype(np.uint64))[()]


def stream_key(seed: int, stream: int, sample: Any = 0) -> Any:
    """Return the key that, folded with a step, gives :func:`random_key`."""
    with np.errstate(over="ignore"):
        key = fold(np.uint64(seed & 0xFFFFFFFFFFFFFFFF), np.uint64(stream))
        return fold(key, np.asarray(sample).astype(np.uint64))[()]
