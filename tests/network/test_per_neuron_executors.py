"""Neurons of one layer with constants of their own: the same bits in every executor."""

from dataclasses import replace

import numpy as np
import pytest
from equal_executor import assert_learns_the_reference, trained_alike
from equal_training import assert_equal_training
from families import family
from hypothesis import HealthCheck, Phase, assume, given
from own_constants import LIF, network_above, several_constants
from random_case import seeded_case
from random_changes import adapting
from random_combinations import with_any_delays
from random_constants import recurrent_adaptive_cases, with_own_constants
from random_loihi import loihi_cases
from random_networks import EVERYTHING, cases

from lava_intsnn import loihi, reference
from lava_intsnn.floating import FloatEngine
from lava_intsnn.network import Dense, Network, Neuron
from lava_intsnn.reference.recording import used_widths
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build

FILTERS = {"suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much]}
#: Shrinking takes minutes where Lava runs.
LAVA = {**FILTERS, "phases": [Phase.reuse, Phase.generate], "print_blob": True}


def test_a_layer_with_one_number_in_a_tuple_is_the_layer_with_the_number():
    alike = Dense(n_in=3, n_out=4, neuron=Neuron(decay_shift=(2,), **LIF), lr_shift=1)
    assert len(replace(alike, trace_shift=(2, 2)).traces) == 1
    network = network_above(alike)
    assert not network.check().popcount
    case = seeded_case(network, samples=8, seed=3)
    plain = replace(
        case, network=network_above(replace(alike, neuron=Neuron(decay_shift=2, **LIF)))
    )
    expected = [
        reference.train_batch(each.network, each.state, case.images, case.labels, case.keys)
        for each in (case, plain)
    ]
    assert expected[0][0].equals(expected[1][0])


@given(with_own_constants(cases(features=EVERYTHING)))
@family(200, quick=6, **FILTERS)
def test_the_engine_learns_the_same_bits_with_own_constants(case):
    for threads in (1, 2):
        assert_equal_training(case, threads=threads, form="auto")


@pytest.mark.slow
@given(with_own_constants(adapting(cases(features=EVERYTHING))))
@family(200, quick=4, **FILTERS)
def test_adaptive_neurons_learn_the_same_bits_with_own_constants(case):
    for threads in (1, 2):
        assert_equal_training(case, threads=threads, form="auto")


@given(with_own_constants(adapting(cases(max_steps=12, features=EVERYTHING))))
@family(200, quick=4, **FILTERS)
def test_no_value_leaves_its_bound_with_own_constants(case):
    table = {(row.layer, row.state): row for row in case.network.check().table}
    for used in used_widths(case.network, case.state, case.images[:8], case.labels[:8]):
        assert max(used.high, -used.low) <= table[used.layer, used.state].bound, used


@pytest.mark.slow
@given(with_own_constants(recurrent_adaptive_cases(max_steps=20)))
@family(200, quick=4, **FILTERS)
def test_recurrent_adaptive_neurons_learn_the_same_bits(case):
    for threads in (1, 2):
        assert_equal_training(case, threads=threads, form="auto")


@pytest.mark.slow
@given(with_own_constants(recurrent_adaptive_cases(max_steps=12, hidden=2, delayed=True)))
@family(200, quick=4, **FILTERS)
def test_two_hidden_layers_with_delays_and_all_else_learn_the_same_bits(case):
    case = with_any_delays(case)
    for threads in (1, 2):
        assert_equal_training(case, threads=threads, form="auto")


@given(with_own_constants(recurrent_adaptive_cases(max_steps=8, hidden=2, delayed=True, most=4)))
@family(200, quick=1, **LAVA)
def test_lava_learns_the_same_bits_with_own_constants(case):
    case = with_any_delays(case)
    with session(build(case.network, case.state, capacity=64), timeout=600) as lava:
        assert_learns_the_reference(case, lava)


@given(with_own_constants(loihi_cases(max_size=8)))
@family(200, quick=4, **FILTERS)
def test_the_virtual_chip_learns_the_same_bits_with_own_constants(case):
    layers = tuple(
        replace(layer, trace_shift=1, trace_decay=None, trace_bits=0)
        for layer in case.network.layers
    )
    case = replace(case, network=replace(case.network, layers=layers), lr_boost=0)
    assume(not loihi.check(case.network, target="loihi2", learning=True))
    image = loihi.compile(case.network, case.state, learning=True)
    state = case.state
    with loihi.VirtualChip(
        image, network=case.network, seed=state.seed, updates=state.updates
    ) as chip:
        trained_alike(case, chip)


@given(with_own_constants(adapting(loihi_cases(max_size=8))))
@family(200, quick=4, **FILTERS)
def test_the_virtual_chip_infers_the_same_bits_with_own_constants(case):
    network, state = case.network, case.state
    assume(not loihi.check(network, target="loihi2", learning=False))
    image = loihi.compile(network, state, learning=False)
    with loihi.VirtualChip(image, network=network) as chip:
        found = chip.infer_batch(case.images, case.keys)
    oracle = reference.infer_batch(network, state, case.images, case.keys)
    np.testing.assert_array_equal(found.counts, oracle.counts)


def test_the_float_twin_has_them():
    """Powers of two, small numbers and no rounding: the twin computes what the equations say."""
    network = network_above(several_constants(trace_decay=(0, 2048), trace_bits=3))
    network = replace(network, precision=replace(network.precision, floating=True))
    case = seeded_case(network, samples=4, seed=1)
    with FloatEngine(network, case.state) as engine:
        engine.train_batch(case.images, case.labels, case.keys)
        learned = engine.state()
    # a neuron learns what it learns in a layer where all have its numbers
    neuron = network.layers[0].neuron
    for k in range(4):
        alike = replace(
            neuron,
            vth=neuron.vth[k % 2],
            decay_shift=neuron.decay_shift[k],
            adapt_step=neuron.adapt_step[k % 2],
        )
        layer = replace(network.layers[0], neuron=alike, trace_decay=(0, 2048)[k % 2])
        other = replace(network, layers=(layer, network.layers[1]))
        spikes = [
            _float_spikes(each, case.state, case.images, case.keys) for each in (network, other)
        ]
        np.testing.assert_array_equal(spikes[0][:, [k, k + 4]], spikes[1][:, [k, k + 4]])
    assert any((w != old).any() for w, old in zip(learned.weights, case.state.weights))


def _float_spikes(network, state, images, keys):
    """Return the counts of the hidden layer, as the output of a network of its own."""
    hidden = replace(network, layers=network.layers[:1])
    own = replace(state, weights=state.weights[:1])
    with FloatEngine(hidden, own) as engine:
        return engine.infer_batch(images, keys).counts


def test_the_float_twin_learns_with_each_neurons_trace():
    """One layer, whose error is the same: each row learns as where all have its trace."""
    base = Dense(n_in=5, n_out=4, neuron=Neuron(**LIF), lr_shift=4, trace_bits=3, trace_decay=0)
    learned = {}
    for decay in (0, 2048, (0, 2048)):
        network = Network(name="one", layers=(replace(base, trace_decay=decay),), steps=6, batch=4)
        network = replace(network, precision=replace(network.precision, floating=True))
        case = seeded_case(network, samples=4, seed=2)
        with FloatEngine(network, case.state) as engine:
            engine.train_batch(case.images, case.labels, case.keys)
            learned[decay] = engine.state().weights[0]
    np.testing.assert_allclose(learned[0, 2048][::2], learned[0][::2], rtol=1e-6)
    np.testing.assert_allclose(learned[0, 2048][1::2], learned[2048][1::2], rtol=1e-6)
    assert (learned[0] != learned[2048]).any()
