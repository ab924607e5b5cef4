"""The ProcessModels tagged microcode give the reference's bits inside Lava."""

import numpy as np
import pytest
from families import family
from hypothesis import HealthCheck, Phase, assume, given
from random_loihi import loihi_cases
from random_networks import cases
from same_bits import assert_same_results, assert_same_state

from lava_intsnn import data, loihi, presets, reference
from lava_intsnn.engine import Engine
from lava_intsnn.loihi import LOIHI2, LegalityError
from lava_intsnn.network import Conv
from lava_intsnn.processes import IntReadout, SpikeEncoder
from lava_intsnn.random_keys import epoch_order, eval_keys, train_keys
from lava_intsnn.runtime.errors import ProcessModelError
from lava_intsnn.state import initial_state
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build
from lava_intsnn.verification import verify

# isort: split
from lava.magma.core.run_configs import Loihi2SimCfg

FEATURES = frozenset({"conv", "recurrence", "delays", "frames"})
RANDOM = family(
    100,
    quick=6,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=[Phase.reuse, Phase.generate],  # the networks are small: shrinking takes minutes here
    print_blob=True,
)


def microcode(system):
    return session(system, Loihi2SimCfg(select_tag="microcode"), timeout=600)


@given(loihi_cases(max_size=10))
@RANDOM
def test_random_networks_learn_the_same_bits(case):
    network, expected = case.network, case.state
    with microcode(build(network, case.state, capacity=64)) as lava:
        oracle = reference.infer_batch(network, expected, case.images, case.keys)
        assert_same_results(lava.infer_batch(case.images, case.keys), oracle)
        for k in range(len(case.images)):
            images, labels, keys = (a[k : k + 1] for a in (case.images, case.labels, case.keys))
            expected, oracle = reference.train_batch(network, expected, images, labels, keys)
            assert_same_results(lava.train_batch(images, labels, keys), oracle)
            assert_same_state(lava.state(), expected)
        oracle = reference.infer_batch(network, expected, case.images, case.keys)
        assert_same_results(lava.infer_batch(case.images, case.keys), oracle)


@given(cases(max_size=10, max_steps=12, features=FEATURES))
@RANDOM
def test_random_networks_run_the_same_bits(case):
    network = loihi.nearest_legal(case.network, target=LOIHI2, learning=False)
    assume(not loihi.check(network, target=LOIHI2, learning=False))
    assume(not isinstance(network.layers[-1], Conv))  # Lava's last layer is dense
    state = initial_state(network, case.state.seed)
    images, keys = case.images[:7], case.keys[:7]
    oracle = reference.infer_batch(network, state, images, keys)
    batch = 1 + case.network.batch % 4
    with microcode(build(network, state, batch=batch, learning=False, capacity=16)) as lava:
        assert_same_results(lava.infer_batch(images, keys), oracle)


@pytest.mark.parametrize("n", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_samples_of_digits_are_learned_to_the_same_bits(n):
    network = presets.preset("digits-snn-loihi").network()
    state, samples = initial_state(network, 7), data.digits("train")
    order = epoch_order(7, 0, len(samples))[:n]
    images, labels, keys = samples.images[order], samples.labels[order], train_keys(7, 0, order)
    system = build(network, state, capacity=n)
    with microcode(system) as lava:
        counts = np.concatenate(
            [
                lava.train_batch(images[k : k + 1], labels[k : k + 1], keys[k : k + 1]).counts
                for k in range(n)
            ]
        )
        count, err = system.readout.count.get(), system.readout.err.get()
    with Engine(network, state) as engine:
        expected = [
            engine.train_batch(images[k : k + 1], labels[k : k + 1], keys[k : k + 1]).counts
            for k in range(n)
        ]
        assert_same_state(system.state(), engine.state())
    np.testing.assert_array_equal(counts, np.concatenate(expected))
    np.testing.assert_array_equal(count, expected[-1])
    error = reference.prediction_error(
        network, counts[-1], int(labels[-1]), t=network.steps - 1, key=keys[-1]
    )
    np.testing.assert_array_equal(err, [error])


def digits(n):
    samples = data.digits("test")
    return samples.images[:n], eval_keys(0, n)


def test_a_threshold_set_between_samples_is_compiled_in():
    network = presets.digits_snn()
    state = initial_state(network, 1)
    images, keys = digits(8)
    answers = {}
    for tag in ("fixed_pt", "microcode"):
        system = build(network, state, batch=4, learning=False)
        with session(system, Loihi2SimCfg(select_tag=tag), timeout=600) as lava:
            before = lava.infer_batch(images, keys)
            lava.set(system.layers[0].vth, [250])
            answers[tag] = lava.infer_batch(images, keys)
    assert (answers["microcode"].counts != before.counts).any()
    assert_same_results(answers["microcode"], answers["fixed_pt"])


def test_a_threshold_set_within_a_sample_is_refused():
    network = presets.digits_snn()
    system = build(network, initial_state(network, 1), batch=4, learning=False)
    with microcode(system) as lava:
        lava.run(network.steps + 3)
        lava.set(system.layers[0].vth, [250])
        with pytest.raises(ProcessModelError, match="between two samples"):
            lava.run(1)


def test_weights_that_the_host_writes_are_taken():
    network = presets.preset("digits-snn-loihi").network()
    system = build(network, initial_state(network, 1), capacity=8)
    other = initial_state(network, 2)
    images, keys = digits(5)
    with microcode(system) as lava:
        lava.infer_batch(images, keys)
        lava.set(system.readout.w_shadow, other.weights[1])
        found = lava.infer_batch(images, keys)
    mixed = type(other)((system.layers[0].weights, other.weights[1]))
    assert_same_results(found, reference.infer_batch(network, mixed, images, keys))


def test_an_illegal_system_is_refused_before_it_starts():
    network = presets.digits_snn()
    with pytest.raises(LegalityError) as refused:
        microcode(build(network, initial_state(network), batch=2))
    for choice in ("batch 2", "precision 16-8", "feedback weights transposed"):
        assert choice in str(refused.value)


def test_an_illegal_layer_composed_by_hand_is_refused_when_it_starts():
    encoder = SpikeEncoder(n_in=5, steps=3, batch=2)
    layer = IntReadout(shape=(4, 5), vth=9, steps=3, batch=2, lr_shift=4)
    encoder.s_out.connect(layer.s_in)
    encoder.label_out.connect(layer.label_in)
    with microcode(layer) as lava, pytest.raises(ProcessModelError) as refused:
        lava.run(3)
    for choice in ("batch 2", "precision 16-8"):
        assert choice in str(refused.value)


def test_verification_holds_microcode_against_the_reference():
    network = presets.preset("digits-snn-loihi").network()
    backends = ("microcode", "lava-microcode")
    report = verify(network, data.digits("train"), samples=6, seed=3, backends=backends)
    assert report.identical, report.difference
    assert [backend.outputs for backend in report.backends] == [6 * 21, 6 * 21]
    with pytest.raises(LegalityError, match="transposed"):
        verify(presets.digits_snn(), data.digits("train"), samples=1, backends=backends)
