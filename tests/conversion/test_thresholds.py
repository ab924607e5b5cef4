"""Threshold tables: exact for the quantiser itself; where compact forms and the authors' differ."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from random_conversion import layer_of, quantised_networks

from lava_intsnn.conversion.converter import convert
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.quantised import NUDGE
from lava_intsnn.conversion.spiking_network import INFINITE
from lava_intsnn.conversion.thresholds import (
    EXACT_REACH,
    MAX_LEVELS,
    compact,
    differences,
    exact,
    orientation,
    smallest_scale,
    use_int,
)


@st.composite
def layers(draw, *, zero=True):
    """Batch norms over many magnitudes, up to weak channels that no potential moves."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, 5))
    level = draw(st.integers(0, 3))
    magnitude = draw(st.sampled_from((1.0, 1e-3, 1e3) + ((1e-12,) if zero else ())))
    gamma = rng.normal(size=n) * magnitude
    if zero:
        gamma[rng.random(n) < 0.2] = 0.0
    deviation = rng.uniform(0.5, 200)
    return layer_of(
        gamma=gamma,
        beta=rng.normal(size=n) * draw(st.sampled_from((1.0, 10.0))),
        mean=rng.normal(size=n) * 300,
        var=np.full(n, deviation**2),
        level=level,
        unit=draw(st.sampled_from((1.0, 2.0**-level, 2.0**-10, 0.3))),
        eps=draw(st.sampled_from((0.0, 1e-5))),
        max_count=draw(st.sampled_from((None, 4))),
    )


def count_of(layer, u):
    """Counts (M, O) of potentials u (O, M), which are v or minus v."""
    return layer.count((u * orientation(layer)[:, None]).T).T


@given(layers(), st.integers(1, 20), st.sampled_from((INFINITE, EXACT_REACH, 1000)))
def test_exact_is_the_smallest_potential_of_every_count(layer, levels, reach):
    table = exact(layer, levels, reach=reach)
    assert table.dtype == np.int64
    assert table.shape == (layer.channels, levels)
    assert (np.diff(table, axis=1) >= 0).all()
    moves = orientation(layer) != 0
    wanted = np.broadcast_to(np.arange(1, levels + 1), table.shape)
    reached = count_of(layer, table) >= wanted
    missed = count_of(layer, table - 1) < wanted
    assert (reached | (table == reach))[moves].all()
    assert (missed | (table == -reach))[moves].all()
    assert (np.abs(table[moves]) <= reach).all()


@given(layers(), st.integers(1, 20))
def test_a_constant_channel_reaches_its_count_at_zero(layer, levels):
    still = orientation(layer) == 0
    reached = (exact(layer, levels) <= 0).sum(axis=1)
    constant = layer.count(np.zeros(layer.channels, dtype=np.int64))
    np.testing.assert_array_equal(reached[still], np.minimum(constant, levels)[still])


@given(layers(zero=False))
def test_exact_agrees_with_the_closed_form(layer):
    """An independent truth: solve m - 1/2 = 2^k (gamma (v unit - mu) / s + beta) + nudge for v."""
    levels = 10
    table = exact(replace(layer, max_count=None), levels)
    s = np.sqrt(layer.var + layer.eps)
    for channel in range(layer.channels):
        for m in range(1, levels + 1):
            y = (m - 0.5 - NUDGE) / 2**layer.level - layer.beta[channel]
            v = y * s[channel] / layer.gamma[channel] + layer.mean[channel]
            u = np.sign(layer.gamma[channel]) * v / layer.unit
            if abs(u) < INFINITE / 2:
                # float64 may put a tie on either side, never further
                assert table[channel, m - 1] - 1 - 1e-6 <= u <= table[channel, m - 1] + 1e-6


def test_the_nudge_and_bankers_rounding_decide_ties():
    """y = v / 2: v = 1 is 0.5, v = 3 is 1.5: the nudge rounds both up; without it 0.5 is 0."""
    np.testing.assert_array_equal(exact(layer_of(gamma=0.5), 3), [[1, 3, 5]])
    below = layer_of(gamma=0.5, beta=-2 * NUDGE)
    np.testing.assert_array_equal(exact(below, 3), [[2, 4, 6]])


def test_clipped_counts_have_no_further_threshold():
    table = exact(layer_of(gamma=1.0, max_count=4), 6)
    np.testing.assert_array_equal(table, [[1, 2, 3, 4, INFINITE, INFINITE]])


@pytest.mark.parametrize("levels", [0, -1, MAX_LEVELS + 1])
def test_levels_out_of_range_are_refused(levels):
    layer = layer_of(gamma=1.0)
    with pytest.raises(ConversionError, match=rf"levels = {levels}: must be in 1\.\.4096"):
        exact(layer, levels)
    with pytest.raises(ConversionError, match=rf"levels = {levels}: must be in 1\.\.4096"):
        compact(layer).table(levels)


def test_variance_that_is_not_positive_is_refused():
    with pytest.raises(ConversionError, match=r"channel 1: var \+ eps = 0\.0: must be positive"):
        exact(layer_of(gamma=[1.0, 1.0], var=[1.0, 0.0]), 3)


def test_a_slope_beyond_float64_is_refused():
    """At v = mu it would be zero times infinity: a count that is no number."""
    with pytest.raises(ConversionError, match=r"channel 1: gamma = 1e\+300 .* no finite gamma"):
        exact(layer_of(gamma=[1.0, 1e300], mean=7, var=1e-100), 3)


# the compact form


@given(layers(zero=False), st.integers(1, 10_000), st.integers(-(10**6), 10**6))
def test_a_table_of_compact_thresholds_is_the_scaled_comparison(layer, scale, u):
    form = compact(layer, scale=scale)
    table = form.table(8)
    for m in range(1, 9):
        scaled = [
            scale * u >= int(first) + (m - 1) * int(step)
            for first, step in zip(form.first, form.step)
        ]
        np.testing.assert_array_equal(u >= table[:, m - 1], scaled)


def test_compact_by_hand():
    """y = (v - 0.4) / 3: theta_1 = 1.9 - 3e-5, d = 3."""
    form = compact(layer_of(gamma=1 / 3, mean=0.4), scale=10)
    assert (form.first, form.step) == (19, 30)
    np.testing.assert_array_equal(form.table(3), [[2, 5, 8]])


@given(layers())
def test_constant_channels_are_exact_in_compact_form(layer):
    still = layer_of(gamma=np.zeros(layer.channels), beta=np.abs(layer.beta))
    for form in (compact(still, scale=7), use_int(still, scale=7)):
        assert not len(differences(exact(still, 20), form.table(20), reach=0))


def test_differences_names_channel_and_level():
    wanted = np.array([[1, 5, 9], [2, 4, 6]])
    table = np.array([[1, 5, 8], [3, 4, 6]])
    np.testing.assert_array_equal(differences(wanted, table), [[0, 3], [1, 1]])
    np.testing.assert_array_equal(differences(wanted, table, reach=7), [[1, 1]])
    # at 8 only the second table is reached
    np.testing.assert_array_equal(differences(wanted, table, reach=8), [[0, 3], [1, 1]])


@family(200)
@given(layers(zero=False), st.integers(1, 12), st.integers(1, 60), st.sampled_from((1, 10, 10_000)))
def test_differences_are_all_differences_of_counts(layer, levels, reach, scale):
    """The static check says what trying every potential says."""
    wanted, table = exact(layer, levels), compact(layer, scale=scale).table(levels)
    found = differences(wanted, table, reach=reach)
    u = np.arange(-reach, reach + 1)
    tried = [
        (channel, m)
        for channel in range(layer.channels)
        for m in range(1, levels + 1)
        if ((u >= wanted[channel, m - 1]) != (u >= table[channel, m - 1])).any()
    ]
    assert [tuple(row) for row in found] == tried


@family(50)
@given(layers(zero=False))
def test_smallest_scale_is_exact_and_half_of_it_is_not(layer):
    layer = replace(layer, max_count=None)
    scale = smallest_scale(layer, 6, reach=5000)
    wanted = exact(layer, 6)
    if scale is None:
        table = compact(layer, scale=1 << 20).table(6)
        assert len(differences(wanted, table, reach=5000))
        return
    assert not len(differences(wanted, compact(layer, scale=scale).table(6), reach=5000))
    if scale > 1:
        half = compact(layer, scale=scale // 2).table(6)
        assert len(differences(wanted, half, reach=5000))


def test_smallest_scale_by_hand():
    """theta_m = 1 + 1.25 (m - 1), less the nudge: quarters do, nothing coarser."""
    layer = layer_of(gamma=0.8, beta=-0.3)
    np.testing.assert_array_equal(exact(layer, 5), [[1, 3, 4, 5, 6]])
    assert smallest_scale(layer, 5) == 4
    # rounded to 1, the distance is short from the second level on, which is beyond a reach of 1
    assert smallest_scale(layer, 5, reach=1) == 1


def test_a_weak_channel_that_bounds_the_scale_leaves_no_exact_one():
    """The first channel's d is 1 + 4e-7, which rounds to 1 and theta_64 to 64 instead of 65.

    The second has a compact form at S = 10,000, and none from 2^19 on.
    """
    d = 1 + 4e-7
    layer = layer_of(gamma=[1 / d, 5e-12], beta=[0.5 - NUDGE - (1 - 4e-6) / d, 0.6])
    found = differences(exact(layer, 64), compact(layer).table(64), reach=100)
    assert [0, 64] in found.tolist()
    assert smallest_scale(layer, 64, reach=100) is None


def test_weak_channels_are_refused_in_compact_form_only():
    layer = layer_of(gamma=[1.0, 1e-300], beta=0.6)
    np.testing.assert_array_equal(exact(layer, 2)[1], [-INFINITE, INFINITE])
    with pytest.raises(ConversionError, match=r"channel 1: .*beyond 63 bits; use exact thresholds"):
        compact(layer)
    with pytest.raises(ConversionError, match=r"channel 1: .*beyond 63 bits; use exact thresholds"):
        compact(layer_of(gamma=[1.0, 1e-12], beta=0.6)).table(4096)


@family(100)
@given(quantised_networks(min_layers=2))
def test_the_compact_form_converts_where_the_exact_one_does(case):
    ann, _ = case
    wanted, found = convert(ann, levels=16), convert(ann, levels=16, thresholds="compact")
    for index in range(1, len(ann.layers)):
        reach = wanted.potential_bound(index)
        tables = [network.layers[index].thresholds for network in (wanted, found)]
        assert (
            np.abs(np.clip(tables[0], -reach, reach) - np.clip(tables[1], -reach, reach)).max() <= 1
        )
