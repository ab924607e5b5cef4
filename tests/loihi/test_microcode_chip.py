"""The virtual chip gives the reference's bits, inference and learning, on random legal networks."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import HealthCheck, assume, given
from random_layers import layered_cases
from random_loihi import loihi_cases
from random_networks import cases
from same_bits import assert_same_results, assert_same_state

from lava_intsnn import data, loihi, presets, reference
from lava_intsnn.engine import Engine
from lava_intsnn.loihi import LOIHI2
from lava_intsnn.loihi.microcode import Image, MicrocodeError, assemble, disassemble
from lava_intsnn.network import (
    Dense,
    Feedback,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Precision,
    Recurrence,
)
from lava_intsnn.networks import without_pools
from lava_intsnn.random_keys import epoch_order, eval_keys, train_keys
from lava_intsnn.state import State, initial_state

FEATURES = frozenset({"conv", "recurrence", "delays", "frames"})


def chip_of(network, state, *, learning, **options):
    image = loihi.compile(network, state, learning=learning)
    return loihi.VirtualChip(
        image, network=network, seed=state.seed, updates=state.updates, **options
    )


@given(loihi_cases())
@family(200)
def test_random_networks_learn_the_same_bits(case):
    network, expected = case.network, case.state
    with chip_of(network, case.state, learning=True, batch=2) as chip:
        for k in range(len(case.images)):
            images, labels, keys = (a[k : k + 1] for a in (case.images, case.labels, case.keys))
            expected, oracle = reference.train_batch(network, expected, images, labels, keys)
            assert_same_results(chip.train_batch(images, labels, keys), oracle)
            assert_same_state(chip.state(), expected)
        # what was learned is what runs, and inference leaves no trace
        images, keys = case.images, case.keys
        oracle = reference.infer_batch(network, expected, images, keys)
        assert_same_results(chip.infer_batch(images, keys), oracle)
        assert_same_state(chip.state(), expected)


@given(cases(max_size=12, max_steps=16, features=FEATURES))
@family(200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_random_networks_run_the_same_bits(case):
    network = loihi.nearest_legal(case.network, target=LOIHI2, learning=False)
    assume(not loihi.check(network, target=LOIHI2, learning=False))
    state = initial_state(network, case.state.seed)
    images, keys = case.images[:9], case.keys[:9]
    oracle = reference.infer_batch(network, state, images, keys)
    for batch in (1, 4):  # one after the other; side by side and one after the other
        chip = chip_of(network, state, learning=False, batch=batch)
        assert_same_results(chip.infer_batch(images, keys), oracle)


@given(layered_cases(apart=True, max_steps=12, features=FEATURES - {"conv"}))
@family(200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_random_windows_groups_and_delays_run_the_same_bits(case):
    """Pools are refused, and unrolled into the kernels."""
    network = loihi.nearest_legal(case.network, target=LOIHI2, learning=False)
    state = replace(initial_state(network, case.state.seed), delays=case.state.delays)
    images, keys = case.images, case.keys
    oracle = reference.infer_batch(network, state, images, keys)
    if any(layer.pool for layer in network.layers):
        with pytest.raises(loihi.LegalityError, match="pool a sum of windows"):
            loihi.compile(network, state, learning=False)
        try:
            network, state = without_pools(network, state)
        except NetworkError:  # a border that cannot be unrolled
            return
    assume(not loihi.check(network, target=LOIHI2, learning=False))
    chip = chip_of(network, state, learning=False, batch=2)
    assert_same_results(chip.infer_batch(images, keys), oracle)
    assert assemble(disassemble(chip.image.program)) == chip.image.program


def test_a_chip_takes_the_delays_of_another_state():
    layer = Dense(
        n_in=6, n_out=4, neuron=Neuron(vth=90, window=9), lr_shift=0,
        max_delay=7, delay_source="state",
    )  # fmt: skip
    network = Network(name="delayed", layers=(layer,), steps=12, precision=Precision.parse("8-8"))
    state, rng = initial_state(network, 1), np.random.default_rng(4)
    other = replace(state, delays=(rng.integers(0, 8, (4, 6)),))
    images, keys = rng.integers(0, 256, (5, 6)).astype(np.uint8), eval_keys(1, 5)
    chip = chip_of(network, state, learning=False)
    for held in (state, other):
        chip.load(held)
        oracle = reference.infer_batch(network, held, images, keys)
        assert_same_results(chip.infer_batch(images, keys), oracle)
        assert chip.state().equals(held)


def test_a_guarded_current_wraps():
    neuron = Neuron(vth=2000, window=1, guarded=True, decay_shift=3)
    layer = Dense(n_in=3000, n_out=4, neuron=neuron, lr_shift=0)
    network = Network(name="wraps", layers=(layer,), steps=4)
    state = initial_state(network, 1)
    state.weights[0][:2] = [[127 << 8], [-127 << 8]]  # 3000 * 127 << 6 is more than 2**24
    images, keys = np.full((3, 3000), 255, np.uint8), eval_keys(0, 3)
    images[:, 2000:] = 60  # so that the sum crosses the edge in some steps only
    oracle = reference.infer_batch(network, state, images, keys)
    assert_same_results(chip_of(network, state, learning=False).infer_batch(images, keys), oracle)


def test_the_next_sample_does_not_hear_the_spikes_of_the_last():
    """A recurrent layer alone: its last spikes arrive in the next sample's first step."""
    layer = Dense(
        n_in=5,
        n_out=6,
        neuron=Neuron(vth=40, window=1),
        recurrence=Recurrence(source="spikes", shift=0),
        lr_shift=0,
    )
    network = Network(name="alone", layers=(layer,), steps=3)
    state = initial_state(network, 4)
    images, keys = np.full((8, 5), 160, np.uint8), eval_keys(4, 8)
    chip = chip_of(network, state, learning=False, batch=1)
    oracle = reference.infer_batch(network, state, images, keys)
    assert oracle.counts.any()
    assert_same_results(chip.infer_batch(images, keys), oracle)


@pytest.mark.parametrize("err_bits", [6, 8])
@pytest.mark.parametrize("kind", ["standard", "one_sided", "positive"])
def test_losses_at_every_count(kind, err_bits):
    """T = 7: a label's neuron that spikes in every step overshoots, others' errors saturate."""
    layer = Dense(n_in=4, n_out=5, neuron=Neuron(vth=20, window=200), lr_shift=8, clip=1 << 20)
    network = Network(
        name="losses",
        layers=(layer,),
        steps=7,
        batch=1,
        precision=Precision(shadow_bits=8, inference_bits=8, full_range=True),
        loss=Loss(kind=kind, alpha=31, err_bits=err_bits),
        feedback=Feedback(weights="random", time_gated=False, v_fb_bits=8),
    )
    expected = State((np.repeat(np.int32([[127], [60], [22], [1], [-128]]), 4, axis=1),), seed=3)
    images = np.tile(np.uint8([[250, 0, 0, 0], [250, 90, 90, 90], [120, 0, 120, 0]]), (4, 1))
    labels = np.array([0, 1, 2, 3, 4, -1, 0, 0, 1, 1, 2, 2])
    keys = train_keys(3, 0, np.arange(12))
    chip = chip_of(network, expected, learning=True)
    for k in range(12):
        one = slice(k, k + 1)
        expected, oracle = reference.train_batch(
            network, expected, images[one], labels[one], keys[one]
        )
        assert_same_results(chip.train_batch(images[one], labels[one], keys[one]), oracle)
        assert_same_state(chip.state(), expected)


@pytest.fixture(scope="module")
def learned_digits():
    """The chip and the engine after 200 online samples, and what each answered on the way."""
    network = presets.preset("digits-snn-loihi").network()
    state, samples = initial_state(network, 7), data.digits("train")
    order = epoch_order(7, 0, len(samples))[:200]
    images, labels, keys = samples.images[order], samples.labels[order], train_keys(7, 0, order)
    chip = chip_of(network, state, learning=True)
    found = chip.train_online(images, labels, keys)
    with Engine(network, state) as engine:
        results = [
            engine.train_batch(images[k : k + 1], labels[k : k + 1], keys[k : k + 1])
            for k in range(200)
        ]
        return chip, found, engine.state(), results


def test_200_samples_of_digits_are_learned_to_the_same_bits(learned_digits):
    chip, found, expected, results = learned_digits
    assert_same_state(chip.state(), expected)
    for what in ("counts", "v", "predictions"):
        oracle = np.concatenate([getattr(result, what) for result in results])
        np.testing.assert_array_equal(getattr(found, what), oracle)
    assert expected.updates == 200


def test_mnist_snn_runs_the_same_bits():
    network = presets.mnist_snn()
    state = initial_state(network, 2)
    rng = np.random.default_rng(2)
    images = rng.integers(0, 256, (500, network.n_values)).astype(np.uint8)
    images[rng.random(images.shape) < 0.8] = 0
    keys = eval_keys(2, 500)
    with Engine(network, state) as engine:
        oracle = engine.infer_batch(images, keys)
    assert_same_results(chip_of(network, state, learning=False).infer_batch(images, keys), oracle)


def test_counters_count_by_hand():
    """One sample of two neurons with three inputs, T = 2, whose synapses are all 127."""
    layer = Dense(n_in=3, n_out=2, neuron=Neuron(vth=300, window=1), lr_shift=0)
    network = Network(name="count", layers=(layer,), steps=2)
    state = initial_state(network)
    state.weights[0][:] = 127 << 8
    chip = chip_of(network, state, learning=False)
    images = np.array([[255, 255, 0]], np.uint8)  # pixel > byte: at least all but one of 4 spikes
    keys = next(k for k in eval_keys(0, 50).reshape(-1, 1) if _spikes(network, images, k) == 4)
    result = chip.infer_batch(images, keys)
    # 254 in the first step; 127 + 254 in the second one, above 300
    assert result.counts.tolist() == [[1, 1]]
    counts = chip.counters.groups["readout"]
    phases = chip.image.program.group("readout").phases
    assert counts.instructions == 2 * sum(len(phase.code) for phase in phases)
    assert counts.synaptic_ops == 4 * 2
    assert counts.spikes == 2
    assert counts.weight_updates == counts.tag_updates == 0
    assert chip.counters.steps == 2
    assert chip.counters.total == counts
    chip.infer_batch(images, keys)
    assert chip.counters.total == counts + counts


def _spikes(network, images, keys):
    return reference.encode(network.encoder, images[0], key=keys[0], steps=network.steps).sum()


def test_a_label_of_minus_one_changes_nothing_but_the_counter(learned_digits):
    network = presets.preset("digits-snn-loihi").network()
    state = initial_state(network, 1)
    chip = chip_of(network, state, learning=True)
    images = np.full((2, 64), 200, np.uint8)
    chip.train_online(images, np.array([-1, -1]), train_keys(1, 0, np.arange(2)))
    assert chip.state().updates == 2
    assert all(np.array_equal(a, b) for a, b in zip(chip.state().weights, state.weights))
    assert chip.counters.total.weight_updates == 0


def test_what_cannot_be_done_is_refused():
    network = presets.preset("digits-snn-loihi").network()
    state = initial_state(network)
    chip = chip_of(network, state, learning=False)
    images, keys = np.zeros((2, 64), np.uint8), eval_keys(0, 2)
    labels = np.zeros(2, np.int32)
    with pytest.raises(MicrocodeError, match="learning=True"):
        chip.train_online(images, labels, keys)
    with pytest.raises(ValueError, match="batch of 2"):
        chip.train_batch(images, labels, keys)
    with pytest.raises(ValueError, match="label 10"):
        chip_of(network, state, learning=True).train_online(images, labels + 10, keys)
    with pytest.raises(ValueError, match="64"):
        chip.infer_batch(images[:, :3], keys)
    with pytest.raises(MicrocodeError, match="batch = 0"):
        chip_of(network, state, learning=False, batch=0)


def test_an_image_of_another_network_is_refused():
    network = presets.preset("digits-snn-loihi").network()
    image = loihi.compile(network, initial_state(network), learning=True)
    other = replace(network, steps=network.steps + 1)
    with pytest.raises(MicrocodeError, match="timing than network 'digits-snn-loihi' compiles to"):
        loihi.VirtualChip(image, network=other, seed=0, updates=0)


def test_a_program_that_learns_needs_its_seed():
    network = presets.digits_snn_loihi()
    image = loihi.compile(network, initial_state(network), learning=True)
    with pytest.raises(MicrocodeError, match="seed = None, updates = None"):
        loihi.VirtualChip(image, network=network)


def test_a_program_changed_by_hand_runs_as_changed():
    network = presets.digits_snn_loihi()
    state = initial_state(network)
    image = loihi.compile(network, state, learning=False)
    vth = network.layers[0].neuron.vth
    text = disassemble(image.program).replace(f"constant vth {vth}", "constant vth 77", 1)
    changed = Image(assemble(text), image.data)
    hidden = network.layers[0]
    lower = replace(
        network, layers=(replace(hidden, neuron=replace(hidden.neuron, vth=77)), network.layers[1])
    )
    images = np.random.default_rng(0).integers(0, 256, (5, 64)).astype(np.uint8)
    keys = eval_keys(0, 5)
    wanted = reference.infer_batch(lower, state, images, keys)
    found = loihi.VirtualChip(changed, network=network).infer_batch(images, keys)
    assert_same_results(found, wanted)
    assert not np.array_equal(
        found.counts, reference.infer_batch(network, state, images, keys).counts
    )


def test_a_sample_that_fails_leaves_no_trace():
    network = presets.digits_snn_loihi()
    state = initial_state(network)
    image = loihi.compile(network, state)
    text = disassemble(image.program)
    add = "    ADD r0, r0, r1 "
    # of the hidden layer, whose large sums leave a register; nothing else is changed
    narrow = Image(assemble(text.replace(add, f"    SHL r3, r1, 21\n{add}", 1)), image.data)
    few = np.zeros((2, 64), np.uint8)
    few[:, 10:14] = 255
    labels, keys = np.array([3, 7]), train_keys(0, 0, np.arange(2))
    chip, other = (loihi.VirtualChip(narrow, network=network, seed=0, updates=0) for _ in range(2))
    with pytest.raises(MicrocodeError, match="what register r3 holds"):
        chip.train_online(np.full((1, 64), 255, np.uint8), labels[:1], keys[:1])
    assert_same_results(chip.train_online(few, labels, keys), other.train_online(few, labels, keys))
    assert_same_state(chip.state(), other.state())
    assert not chip.state().equals(replace(state, updates=2))


def test_shadow_weights_do_not_come_back_from_inference_weights():
    network = presets.digits_snn()
    chip = chip_of(network, initial_state(network), learning=False)
    with pytest.raises(MicrocodeError, match="shadow"):
        chip.state()
