"""Updates divided by the largest one of their input: the equation, its bounds, every executor."""

from dataclasses import replace
from fractions import Fraction
from math import floor, trunc

import numpy as np
import pytest
from equal_training import assert_equal_training
from families import family
from hypothesis import assume, given
from random_case import provable
from random_networks import EVERYTHING, cases

from lava_intsnn import reference
from lava_intsnn.arithmetic import NORMALISED_BITS, Rounding, draw, normalised
from lava_intsnn.engine import Engine
from lava_intsnn.engine.layer_kernel import LayerKernel
from lava_intsnn.floating import float_weights
from lava_intsnn.network import Dense, Network, NetworkError, Neuron
from lava_intsnn.random_keys import update_key
from lava_intsnn.reference.batch import infer_sample, inference_weights
from lava_intsnn.reference.learn import sample_deltas

KEY = np.uint64(7)


def layer(n_in=3, n_out=3, **changes):
    fields = {"neuron": Neuron(vth=50, window=90), "lr_shift": 13, "normalise": True} | changes
    return Dense(n_in=n_in, n_out=n_out, **fields)


def network(*layers, **changes):
    return Network(name="n", layers=layers, rounding=Rounding.FLOOR, **changes)


def rounded(x, shift, rounding, random):
    """Return ``x / 2**shift`` by the definition of each rounding."""
    q = Fraction(x, 2**shift)
    if rounding == Rounding.FLOOR:
        return floor(q)
    if rounding == Rounding.NEAREST:
        return floor(q + Fraction(1, 2))
    if rounding == Rounding.TOWARD_ZERO:
        return trunc(q)
    return floor(q + Fraction(random % 2**shift, 2**shift))


def learned_by_hand(net, index, w, delta, *, lr_boost=0, key=KEY):
    """Return new shadow weights, one by one in Python's numbers."""
    layer_, new, rows = net.layers[index], w.copy(), len(w)
    for block in layer_.blocks:
        if block.lr_shift is None:
            continue
        for i in range(block.first, block.last):
            most = max(abs(int(d)) for d in delta[:, i])
            for o in range(rows):
                share = trunc(Fraction(int(delta[o, i]) * 2**15, most)) if most else 0
                random = int(draw(key, np.array([i * rows + o], np.uint64))[0])
                step = rounded(share, block.lr_shift + lr_boost, net.rounding, random)
                old = int(w[o, i])
                value = old - max(-layer_.clip, min(layer_.clip, step))
                if layer_.weight_decay_shift is not None:
                    value -= floor(Fraction(old, 2**layer_.weight_decay_shift))
                low, high = net.precision.w_shadow_min, net.precision.w_shadow_max
                new[o, i] = max(low, min(high, value))
    return new


def kernels_update(net, w, delta):
    """Return what the engine's kernel makes of one layer's ``delta``, given in two parts."""
    kernel = LayerKernel.of(net, 0)
    kernel.load(w)
    parts = kernel.new_delta(2)
    parts[0, :, : len(w)] = (delta // 3).T
    parts[1, :, : len(w)] = (delta - delta // 3).T
    kernel.update(parts, lr_boost=0, key=KEY)
    assert not parts.any()
    return kernel.weights()


def test_an_update_by_hand():
    """Shares of 2**15: 32768 -16384 10813; none; -32768 9362 0. Shifted by 13, clipped at 3."""
    delta = np.array([[100, 0, -7], [-50, 0, 2], [33, 0, 0]])
    w = np.full((3, 3), 10, np.int32)
    net = network(layer(clip=3))
    expected = [[10 - 3, 10, 10 + 3], [10 + 2, 10, 10 - 1], [10 - 1, 10, 10]]
    new = reference.update(net, net.layers[0], w, delta, key=KEY)
    assert new.tolist() == expected
    assert kernels_update(net, w, delta).tolist() == expected
    # an input that spikes a hundred times as often takes the same steps
    new = reference.update(net, net.layers[0], w, delta * [100, 1, 1], key=KEY)
    assert new.tolist() == expected
    plain = network(layer(clip=3, normalise=False, lr_shift=0))
    assert reference.update(plain, plain.layers[0], w, delta, key=KEY)[0].tolist() == [7, 10, 13]


def test_shares_are_whole_and_rounded_toward_zero():
    rng = np.random.default_rng(0)
    most = rng.integers(1, 1 << 47, 500)
    delta = rng.integers(-most, most + 1)
    found = normalised(delta, most)
    wanted = [trunc(Fraction(int(d) * 2**15, int(m))) for d, m in zip(delta, most)]
    assert found.tolist() == wanted
    assert normalised(-most, most).tolist() == [-(1 << 15)] * 500


def test_the_largest_updates_that_are_proven_are_exact():
    net = widest()
    bound = net.check().layers[0].delta
    assert bound << NORMALISED_BITS < 1 << 63 <= (bound + bound // 50) << NORMALISED_BITS
    delta = np.array([[bound, -bound, 1, 0], [bound - 1, 1, -1, 0], [-bound // 2, 5, 0, 0]])
    w = np.zeros((3, 4), np.int32)
    expected = learned_by_hand(net, 0, w, delta)
    new = reference.update(net, net.layers[0], w, delta, key=KEY)
    np.testing.assert_array_equal(new, expected)
    np.testing.assert_array_equal(kernels_update(net, w, delta), expected)


def widest(**more):
    """Return a network whose batch is the largest that is proven."""
    first = layer(4, 3, lr_shift=0, clip=1 << 20, trace_shift=0, **more)
    net = network(first, layer(3, 9, normalise=False), steps=2000, batch=1)
    one = net.check().layers[0].delta
    return replace(net, batch=((1 << 63) - 1 >> NORMALISED_BITS) // one)


def test_larger_batches_are_refused_by_name():
    net = widest()
    assert net.batch > 50
    net.check()
    larger = replace(net, batch=net.batch + 1)
    message = (
        r"layer 0: summed update delta \* 2\*\*15, which is normalised, can reach \d+ \(65 bits\), "
        "more than int64 holds: lower batch, v_fb_bits or alpha, or give normalise = False"
    )
    with pytest.raises(NetworkError, match=message):
        larger.check()
    for changes in ({"normalise": False}, {"plastic": False}):
        layers = (replace(larger.layers[0], **changes), larger.layers[1])
        replace(larger, layers=layers).check()


def test_the_width_table_has_the_normalised_update():
    rows = {(row.layer, row.state): row for row in network(layer(), layer()).check().table}
    row = rows[0, "delta, normalised"]
    assert (row.bits, row.bound, row.policy, row.container) == (17, 32768, "proven", "int64")
    frozen = network(layer(plastic=False), layer(normalise=False)).check().table
    assert not [row for row in frozen if "normalised" in row.state]


def everywhere(net):
    """Return the network with normalised updates in all layers, where that is proven."""
    net = replace(net, layers=tuple(replace(one, normalise=True) for one in net.layers))
    assume(provable(net))
    return net


@given(cases(features=EVERYTHING, max_size=8, max_steps=8))
@family(150, quick=8)
def test_a_batch_is_learned_as_by_hand(case):
    """Filters, recurrence and delays included; the engine with one and with two threads."""
    net = everywhere(case.network)
    batch = slice(0, net.batch)
    images, labels, keys = case.images[batch], case.labels[batch], case.keys[batch]
    w, boost = inference_weights(net, case.state), case.lr_boost
    deltas = [np.zeros(one.shape, np.int64) for one in w]
    for image, label, key in zip(images, labels, keys):
        records = infer_sample(net, w, image, key, case.state.delays)
        for delta, (sample, _) in zip(deltas, sample_deltas(net, w, records, int(label), key)):
            delta += sample
    expected = [
        learned_by_hand(
            net,
            index,
            case.state.weights[index],
            delta,
            lr_boost=boost,
            key=update_key(case.state.seed, index, case.state.updates),
        )
        for index, delta in enumerate(deltas)
    ]
    oracle, _ = reference.train_batch(net, case.state, images, labels, keys, lr_boost=boost)
    found = [oracle]
    for threads in (1, 2):
        with Engine(net, case.state, threads=threads) as engine:
            engine.train_batch(images, labels, keys, lr_boost=boost)
            found.append(engine.state())
    for state in found:
        for mine, wanted in zip(state.weights, expected, strict=True):
            np.testing.assert_array_equal(mine, wanted)


@given(cases(features=EVERYTHING, max_size=12))
@family(100, quick=4)
def test_training_goes_on_alike_in_both_forms(case):
    case = replace(case, network=everywhere(case.network))
    for form in ("popcount", "general") if case.network.check().popcount else ("general",):
        assert_equal_training(case, threads=2, form=form)


def test_the_float_twin_has_the_same_shares_without_rounding():
    rng = np.random.default_rng(1)
    delta = rng.integers(-(1 << 20), 1 << 20, (40, 30))
    delta[:, 3] = 0
    most = np.maximum(abs(delta).max(axis=0), 1)
    twin = float_weights.normalised(delta.astype(np.float32))
    assert twin.dtype == np.float32
    whole = normalised(delta, most)
    assert (np.abs(twin) >= np.abs(whole) - 0.01).all()
    assert (np.abs(twin) < np.abs(whole) + 1.01).all()
    assert not twin[:, 3].any()


def test_the_float_twin_divides_by_the_smallest_numbers():
    small = np.array([[1e-44, 3e-39], [-1e-44, 0]], np.float32)
    assert float_weights.normalised(small).tolist() == [[32768, 32768], [-32768, 0]]


@pytest.mark.parametrize("value", [1, 0, "yes", None])
def test_normalise_is_true_or_false(value):
    with pytest.raises(NetworkError, match="normalise = "):
        layer(normalise=value)
