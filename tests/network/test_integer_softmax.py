"""The integer softmax: its table, its errors in exact fractions, and how near the real one is."""

from dataclasses import replace
from decimal import Decimal, getcontext
from fractions import Fraction
from math import floor

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn import loihi, presets, reference
from lava_intsnn.data import digits
from lava_intsnn.loihi import LOIHI2
from lava_intsnn.network import Dense, LeakyReadout, Loss, Network, Neuron
from lava_intsnn.network.softmax_table import EXP_BITS, EXP_STEPS, exponentials
from lava_intsnn.reference.output_error import prediction_error

KEY = np.uint64(1)


def network(*, alpha=128, temperature_shift=0, n_out=10, neuron=None, **changes):
    neuron = neuron or Neuron(vth=500, window=1000)
    layer = Dense(n_in=64, n_out=n_out, neuron=neuron, lr_shift=1, trace_shift=int(neuron.fires))
    loss = Loss(kind="softmax", alpha=alpha, temperature_shift=temperature_shift, **changes)
    return Network(name="softmax", layers=(layer,), loss=loss, batch=16)


def error(net, count, label=0):
    return prediction_error(net, np.array(count), label, t=net.steps - 1, key=KEY)


def test_the_table_is_the_exponential_rounded_down():
    getcontext().prec = 60
    table = exponentials()
    for z, found in enumerate(table):
        assert found == floor((Decimal(-z) / (1 << EXP_STEPS)).exp() * (1 << EXP_BITS))
    assert table[0] == 1 << EXP_BITS
    assert table[-1] == 0 < table[-2]
    assert not table.flags.writeable


@pytest.mark.parametrize("shift", [-3, 0, 2, 4, 7])
def test_errors_in_exact_fractions(shift):
    net, table = network(temperature_shift=shift, err_bits=31), exponentials().tolist()
    rng = np.random.default_rng(0)
    for reach in (3, 40, 5000, 1 << 30):
        count = rng.integers(-reach, reach, 10)
        z = [
            floor(Fraction(int(max(count) - c) << EXP_STEPS) / Fraction(2) ** shift) for c in count
        ]
        e = [table[min(each, len(table) - 1)] for each in z]
        wanted = [floor(Fraction(128 * each, sum(e)) + Fraction(1, 2)) for each in e]
        wanted[4] -= 128
        assert error(net, count, 4).tolist() == wanted


def test_it_is_the_real_softmax_to_a_few_parts_of_a_hundred():
    rng = np.random.default_rng(1)
    for _ in range(20):
        count = rng.integers(0, 20, 10)
        power = np.exp(count - count.max().astype(float))
        wanted = 1000 * (power / power.sum() - np.eye(10)[3])
        assert np.abs(error(network(alpha=1000), count, 3) - wanted).max() < 1
        shifted = error(network(alpha=1000, temperature_shift=4), count * 16 + 7, 3)
        assert np.abs(shifted - wanted).max() < 1


def test_a_sure_answer_has_no_error_and_equal_ones_share():
    assert error(network(), [30, *[0] * 9]).tolist() == [0] * 10
    assert error(network(), [5] * 10, 9).tolist() == [13] * 9 + [13 - 128]
    assert error(network(), [0] * 9 + [30]).tolist() == [-128] + [0] * 8 + [128]


def test_it_saturates_at_the_width_of_the_error():
    assert error(network(alpha=1000, err_bits=8), [0, 99, *[0] * 8]).min() == -127


def test_label_minus_one_is_not_learned():
    assert error(network(), [1, 2, *[0] * 8], -1).tolist() == [0] * 10


def test_widths_by_hand():
    rows = {row.state: row for row in network().check().table}
    assert rows["exp"].bound == 1 << 16
    assert rows["exp_sum"].bound == 10 << 16
    assert rows["exp_scaled"].bound == (2 * 128 + 10) << 16
    assert rows["err"].bound == 128
    assert network().check().popcount  # the error is computed apart from the spike trains


@pytest.mark.parametrize("neuron", [None, LeakyReadout(answer_shift=10)])
def test_digits_learn(neuron):
    net = network(neuron=neuron)
    state = ls.train(net, digits("train"), epochs=3, progress=False)
    assert ls.evaluate(net, state, digits("test")).accuracy > 80


def test_batches_and_single_samples_learn_the_same_bits():
    """Words and the online kernel have the error, too."""
    net = replace(network(), batch=1)
    samples, keys = digits("train"), np.arange(12, dtype=np.uint64)
    state = ls.initial_state(net, 4)
    oracle = state
    images, labels = samples.images[:12], samples.labels[:12]
    for k in range(12):
        part = slice(k, k + 1)
        oracle, _ = reference.train_batch(net, oracle, images[part], labels[part], keys[part])
    with ls.Engine(net, state, threads=1) as engine:
        engine.train_online(images, labels, keys)
        found = engine.state()
    np.testing.assert_array_equal(found.weights[0], oracle.weights[0])
    assert (found.weights[0] != state.weights[0]).any()


def test_chips_have_none():
    net = replace(presets.digits_snn_loihi(), loss=Loss(kind="softmax", err_bits=8))
    assert "loss" in {finding.what for finding in loihi.check(net, target=LOIHI2, learning=True)}
    legal = loihi.nearest_legal(net, target=LOIHI2, learning=True)
    assert legal.loss.kind == "standard"
