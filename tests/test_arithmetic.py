"""Shifts, saturation and random bits against Python's unbounded integers and known vectors."""

from fractions import Fraction
from math import ceil, floor, trunc

import numpy as np
import pytest
from hypothesis import given, strategies as st

from lava_intsnn import arithmetic as ar
from lava_intsnn.engine import jit

values = st.integers(-(2**50), 2**50)
shifts = st.integers(0, 40)
words = st.integers(0, 2**64 - 1)


def exact(x, shift, rounding, random):
    """Round ``x / 2**shift`` by the definition of each mode."""
    q = Fraction(x, 2**shift)
    if rounding == ar.Rounding.FLOOR:
        return floor(q)
    if rounding == ar.Rounding.NEAREST:
        return floor(q + Fraction(1, 2))
    if rounding == ar.Rounding.TOWARD_ZERO:
        return trunc(q)
    return floor(q + Fraction(random % 2**shift, 2**shift))


@given(values, shifts, st.sampled_from(ar.Rounding), words)
def test_round_shift_is_the_rounded_quotient(x, shift, rounding, random):
    got = ar.round_shift(
        np.array([x], np.int64), np.int64(shift), int(rounding), np.array([random], np.uint64)
    )
    assert got[0] == exact(x, shift, rounding, random)


@given(st.integers(-500, 500), st.integers(1, 6))
def test_stochastic_rounding_is_unbiased_over_all_random_values(x, shift):
    random = np.arange(2**shift, dtype=np.uint64)
    got = ar.round_shift(np.full(2**shift, x, np.int64), np.int64(shift), 3, random)
    assert Fraction(int(got.sum()), 2**shift) == Fraction(x, 2**shift)
    assert set(got) <= {floor(Fraction(x, 2**shift)), ceil(Fraction(x, 2**shift))}


@given(values, st.integers(0, 40))
def test_shift_toward_zero_truncates(x, shift):
    assert ar.shift_toward_zero(np.array([x]), np.int64(shift))[0] == trunc(Fraction(x, 2**shift))


@given(values, st.integers(2, 52))
def test_saturate_clips_to_the_symmetric_range(x, bits):
    lim = ar.limit(bits)
    assert ar.saturate(np.array([x]), lim)[0] == max(-lim, min(lim, x))


def test_limit_is_symmetric_and_refuses_impossible_widths():
    assert [ar.limit(bits) for bits in (2, 8, 16)] == [1, 127, 32767]
    for bits in (1, 64):
        with pytest.raises(ValueError, match=f"{bits} bits: must be 2..63"):
            ar.limit(bits)


def test_container_is_the_smallest_that_holds_the_bound():
    assert ar.container(32767) == np.int16
    assert ar.container(32768) == np.int32
    assert ar.container(2**31) == np.int64
    with pytest.raises(OverflowError, match="leaves 64 bits"):
        ar.container(2**63)


def test_draws_are_the_published_splitmix64_sequence():
    """What SplitMix64's reference implementation prints first for state 1234567."""
    with np.errstate(over="ignore"):
        got = ar.draw(np.uint64(1234567), np.arange(5, dtype=np.uint64))
    assert got.tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@given(words, st.integers(0, 10_000))
def test_byte_draws_are_the_bytes_of_the_word_draws(key, index):
    with np.errstate(over="ignore"):
        word = int(ar.draw(np.array([key], np.uint64), np.array([index // 8], np.uint64))[0])
        byte = int(ar.draw_byte(np.array([key], np.uint64), np.array([index], np.uint64))[0])
    assert byte == (word >> 8 * (index % 8)) & 255


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(ar.Stream))
def test_keys_of_many_samples_equal_the_keys_one_by_one(seed, stream):
    together = ar.random_key(seed, stream, np.arange(5), 3)
    assert [ar.random_key(seed, stream, k, 3) for k in range(5)] == together.tolist()


def test_no_two_streams_samples_or_steps_share_a_key():
    keys = [
        int(ar.random_key(seed, stream, sample, step))
        for seed in range(4)
        for stream in ar.Stream
        for sample in range(10)
        for step in range(10)
    ]
    assert len(set(keys)) == len(keys)


def test_random_bytes_are_uniform():
    with np.errstate(over="ignore"):
        r = ar.draw_byte(
            ar.random_key(0, ar.Stream.ENCODE_TRAIN), np.arange(1 << 18, dtype=np.uint64)
        )
    expected = (1 << 18) / 256
    chi2 = ((np.bincount(r.astype(int), minlength=256) - expected) ** 2 / expected).sum()
    assert 170 < chi2 < 360  # 255 degrees of freedom: both ends beyond 1 in 10,000


@jit.kernel
def compiled_draws(key, index):
    return jit.draw(key, index), jit.draw_byte(key, index), jit.fold(key, index)


@jit.kernel
def compiled_round_shift(x, shift, rounding, random):
    return jit.round_shift(x, shift, rounding, random)


@given(words, words)
def test_compiled_draws_equal_the_plain_ones(key, index):
    key, index = np.uint64(key), np.uint64(index)
    with np.errstate(over="ignore"):
        plain = ar.draw(key, index), ar.draw_byte(key, index), ar.fold(key, index)
    assert compiled_draws(key, index) == plain


@given(values, shifts, st.sampled_from(ar.Rounding), words)
def test_compiled_rounding_is_the_rounded_quotient(x, shift, rounding, random):
    got = compiled_round_shift(np.int64(x), np.int64(shift), int(rounding), np.uint64(random))
    assert got == exact(x, shift, rounding, random)
