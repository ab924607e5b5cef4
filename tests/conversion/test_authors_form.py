"""The authors' neuron and thresholds, from their description: where they differ from the ANN."""

import numpy as np
from families import family
from hypothesis import given
from random_conversion import layer_of, quantised_networks

from lava_intsnn.conversion.thresholds import differences, exact, orientation, use_int


def test_use_int_rounds_before_it_scales():
    """y = 0.3 v: theta_1 = 5/3 rounds to 2, d = 10/3: their table is 2, 5.33, 8.67."""
    layer = layer_of(gamma=0.3)
    form = use_int(layer)
    assert (form.first, form.step, form.scale) == (20_000, 33_333, 10_000)
    np.testing.assert_array_equal(form.table(3), [[2, 6, 9]])
    np.testing.assert_array_equal(exact(layer, 3), [[2, 5, 9]])
    np.testing.assert_array_equal(differences(exact(layer, 3), form.table(3)), [[0, 2]])


def simulated_as_theirs(layer, v, *, whole=False, steps=200):
    """Counts that the authors' neuron settles at with potentials v (N, O), from its description.

    Float thresholds one above the other at a distance d, negative where gamma is; the potential is
    cut off from below at the bound that the lowest level starts from; comparisons are strict. With
    ``whole`` the bound is rounded before it is scaled by 10^4, the potential is scaled too.
    """
    slope = np.sqrt(layer.var + layer.eps) / layer.gamma
    d = slope / (layer.unit * 2**layer.level)
    theta = slope / layer.unit * (0.5 / 2**layer.level - layer.beta) + layer.mean / layer.unit
    if whole:
        d = np.round(d * 10_000)
        theta = np.round(theta) * 10_000
        v = v * 10_000
    bound = theta - d
    cut = np.maximum(v, bound)
    low = np.broadcast_to(bound, v.shape).copy()
    n = np.zeros(v.shape, dtype=int)
    for _ in range(steps):
        s = np.where(cut > low + d, 1, np.where(cut < low - 1e-5, -1, 0))
        n += s
        low += s * d
    return n


@family(200)
@given(quantised_networks(min_layers=2, signs="positive"))
def test_their_float_neuron_counts_as_ours_where_gamma_is_positive_and_nothing_ties(case):
    ann, images = case
    inputs = ann.counts(images)
    for layer, before, counts in zip(ann.layers[1:], ann.layers, inputs):
        v = layer.potential(counts * before.amplitude)
        # the nudge moves what is nearly a tie
        y = layer.unit * v * layer.gamma / np.sqrt(layer.var + layer.eps)
        y -= layer.mean * layer.gamma / np.sqrt(layer.var + layer.eps) - layer.beta
        tie = np.abs(np.abs(y * 2**layer.level % 1) - 0.5) < 1e-4
        theirs = simulated_as_theirs(layer, v)
        np.testing.assert_array_equal(theirs[~tie], layer.count(v)[~tie])


def test_their_neuron_misses_ties():
    """y = v / 2: v = 1 reaches the threshold and does not go above it."""
    layer = layer_of(gamma=0.5)
    v = np.array([[1], [2], [3]])
    assert layer.count(v).ravel().tolist() == [1, 1, 2]
    assert simulated_as_theirs(layer, v).ravel().tolist() == [0, 1, 1]


def test_their_neuron_is_wrong_where_gamma_is_negative():
    """Thresholds fall with every spike: it never settles, where ours is exact."""
    rng = np.random.default_rng(3)
    layer = layer_of(gamma=-rng.uniform(0.05, 0.3, 20), beta=rng.normal(size=20))
    v = rng.integers(-40, 40, (200, 20))
    wanted = layer.count(v)
    assert (simulated_as_theirs(layer, v, steps=64) != wanted).mean() > 0.5
    ours = ((v * orientation(layer))[..., None] >= exact(layer, 64)).sum(axis=-1)
    np.testing.assert_array_equal(ours, wanted)


def test_their_rounding_mismatches_and_our_table_of_it_is_the_same_rounding():
    """A few per cent of neurons wrong in one layer, as often in their neuron as in our table."""
    rng = np.random.default_rng(5)
    n = 200
    layer = layer_of(
        gamma=rng.uniform(0.3, 1.5, n),
        beta=rng.normal(size=n),
        mean=rng.normal(size=n) * 3,
        var=rng.uniform(4, 900, n),
        eps=1e-5,
    )
    v = rng.integers(-60, 60, (500, n))
    wanted = layer.count(v)
    theirs = simulated_as_theirs(layer, v, whole=True)
    table = use_int(layer).table(64)
    ours = (v[..., None] >= table).sum(axis=-1)
    assert 0.01 < (theirs != wanted).mean() < 0.2
    assert 0.01 < (ours != wanted).mean() < 0.2
    # their comparison is strict: the two differ at ties alone, which whole thresholds make common
    scaled = use_int(layer).first + use_int(layer).step * np.arange(64)[:, None]
    tie = (v[..., None] * 10_000 == scaled.T).any(axis=-1)
    np.testing.assert_array_equal(theirs[~tie], ours[~tie])
    assert (theirs == ours - 1)[tie & (ours > 0)].all()
