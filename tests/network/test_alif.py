"""The adaptive neuron: its equations by hand, and the same bits in every executor."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from equal_executor import trained_alike
from equal_training import assert_equal_training
from families import family
from hypothesis import HealthCheck, Phase, assume, given
from random_changes import adapting
from random_loihi import loihi_cases
from random_networks import EVERYTHING, cases
from same_bits import assert_same_results

import lava_intsnn as ls
from lava_intsnn import loihi, presets, reference
from lava_intsnn.costs.activity import full_activity
from lava_intsnn.costs.memory import memory
from lava_intsnn.costs.operations import operations
from lava_intsnn.data import digits
from lava_intsnn.floating import FloatEngine
from lava_intsnn.loihi import LOIHI2
from lava_intsnn.network import ALIF, Dense, Network, NetworkError, Precision
from lava_intsnn.reference.membrane import advance, resting
from lava_intsnn.state import State, initial_state
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build

# isort: split
from lava.magma.core.run_configs import Loihi2SimCfg

SLOW = family(
    200,
    quick=4,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=[Phase.reuse, Phase.generate],
    print_blob=True,
)
NEURON = ALIF(vth=10, window=8, decay_shift=30, adapt_step=6, adapt_shift=2, adapt_bits=5)


def test_the_threshold_rises_with_spikes_and_falls_back():
    """By hand: v is the current alone; A = 10 + adaptation; decay by a quarter, rounded up."""
    states, seen = resting(NEURON, 1), []
    for a in (11, 11, 17, 17, 40, 0, 0, 0, 0, 0):
        before = int(states[1, 0])
        states, v_before, s, g = advance(NEURON, states, np.array([a]))
        seen.append((before, int(v_before[0]), int(s[0]), int(g[0]), int(states[0, 0])))
    adaptation, _, spikes, gates, v = (list(column) for column in zip(*seen))
    # 11 > 10 fires; 0 + 6. 11 > 16? no; 6 - 2 = 4. 17 > 14 fires; 4 - 1 + 6 = 9.
    # 17 > 19? no; 9 - 3 = 6. 40 > 16 fires; 6 - 2 + 6 = 10; then 10 - 3, 7 - 2, 5 - 2, 3 - 1, 2 - 1
    assert adaptation == [0, 6, 4, 9, 6, 10, 7, 5, 3, 2]
    assert spikes == [1, 0, 1, 0, 1, 0, 0, 0, 0, 0]
    assert gates == [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    assert states[1, 0] == 1


def test_the_adaptation_saturates_at_its_width():
    states = resting(NEURON, 1)
    for _ in range(50):
        states = advance(NEURON, states, np.array([1000])).states
        assert states[1, 0] <= 15
    assert states[1, 0] == 15


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.slow)])
@given(case=adapting(cases(features=EVERYTHING)))
@family(200, quick=15)
def test_the_engine_learns_the_same_bits(case, threads):
    assert not case.network.check().popcount
    assert_equal_training(case, threads=threads, form="auto")


@pytest.mark.slow
@given(adapting(cases(max_size=12, max_steps=24, features=EVERYTHING)))
@SLOW
def test_lava_learns_the_same_bits(case):
    assume(case.network.layers[-1].kind == "dense")
    capacity = 3 * case.network.batch
    with session(build(case.network, case.state, capacity=capacity), timeout=600) as lava:
        trained_alike(case, lava)


@given(adapting(loihi_cases()))
@family(200)
def test_the_virtual_chip_learns_the_same_bits(case):
    case = replace(case, lr_boost=0)
    image = loihi.compile(case.network, case.state, learning=True)
    chip = loihi.VirtualChip(
        image, network=case.network, seed=case.state.seed, updates=case.state.updates
    )
    trained_alike(case, chip)


@given(adapting(loihi_cases(max_size=8)))
@SLOW
def test_microcode_in_lava_learns_the_same_bits(case):
    case = replace(case, lr_boost=0)
    microcode = Loihi2SimCfg(select_tag="microcode")
    system = build(case.network, case.state, capacity=64)
    with session(system, microcode, timeout=600) as lava:
        trained_alike(case, lava)


def test_a_legal_network_runs_the_same_bits_in_inference():
    network = replace(presets.digits_snn_loihi(), layers=_adaptive(presets.digits_snn_loihi()))
    samples, state = digits("test"), initial_state(network, 3)
    images, keys = samples.images[:20], np.arange(20, dtype=np.uint64)
    chip = loihi.VirtualChip(loihi.compile(network, state, learning=False), network=network)
    oracle = reference.infer_batch(network, state, images, keys)
    assert oracle.counts.any()
    assert_same_results(chip.infer_batch(images, keys), oracle)
    assert not loihi.check(network, target=LOIHI2, learning=True)


def _adaptive(network, **options):
    return tuple(
        replace(
            layer,
            neuron=ALIF(
                vth=layer.neuron.vth,
                window=layer.neuron.window,
                v_bits=layer.neuron.v_bits,
                adapt_step=layer.neuron.vth // 8,
                **options,
            ),
        )
        for layer in network.layers
    )


def test_adaptive_digits_learn():
    network = replace(presets.digits_snn(), name="adaptive")
    network = replace(network, layers=_adaptive(network))
    state = ls.train(network, digits("train"), epochs=3, progress=False)
    assert ls.evaluate(network, state, digits("test")).accuracy > 85


def small(**options):
    neuron = ALIF(vth=300, window=400, adapt_step=100, **options)
    return Network(
        name="small",
        layers=(
            Dense(n_in=64, n_out=20, neuron=neuron, lr_shift=10),
            Dense(n_in=20, n_out=10, neuron=neuron, lr_shift=1),
        ),
        batch=8,
    )


def test_the_float_twin_adapts_by_the_same_equation():
    network = replace(small(), precision=Precision(floating=True))
    state = initial_state(network, 1)
    samples = digits("train")
    images, keys = samples.images[:8], np.arange(8, dtype=np.uint64)
    with FloatEngine(network, state) as engine:
        counts = engine.infer_batch(images, keys).counts
    w = [w * np.float32(2.0**-8) for w in state.weights]
    for image, key, found in zip(images, keys, counts):
        s = reference.encode(network.encoder, image, key=key, steps=network.steps)
        for layer, w_layer in zip(network.layers, w):
            v, b, spikes = np.zeros(layer.n_out), np.zeros(layer.n_out), []
            for x in s:
                v = v / 2 + w_layer.astype(float) @ x
                fires = v > layer.neuron.vth + b
                b = b * (1 - 2.0**-layer.neuron.adapt_shift) + layer.neuron.adapt_step * fires
                v = np.where(fires, 0, v)
                spikes.append(fires)
            s = np.array(spikes)
        np.testing.assert_array_equal(found, s.sum(axis=0))


def test_lavas_float_model_is_the_float_engine():
    network = replace(small(), precision=Precision(floating=True))
    state, samples = initial_state(network, 1), digits("train")
    images, labels = samples.images[:8], samples.labels[:8]
    keys = np.arange(8, dtype=np.uint64)
    with FloatEngine(network, state) as engine, session(build(network, state)) as lava:
        for executor in (engine, lava):
            executor.train_batch(images, labels, keys)
        mine, theirs = lava.state(), engine.state()
    assert all(np.array_equal(a, b) for a, b in zip(mine.weights, theirs.weights, strict=True))


def test_the_adaptation_is_a_var_of_the_process():
    network, samples = replace(small(), batch=1), digits("train")
    system = build(network, initial_state(network, 1))
    with session(system) as lava:
        lava.infer_batch(samples.images[:1], np.arange(1, dtype=np.uint64))
        adaptation = lava.get(system.layers[0].adaptation)
    assert adaptation.shape == (1, 20)
    assert adaptation.any()


def test_json_keeps_the_kind():
    network = small(adapt_shift=3, adapt_bits=12)
    again = Network.from_json(network.to_json())
    assert again == network
    assert isinstance(again.layers[0].neuron, ALIF)


def test_reports_count_the_adaptation():
    network = small()
    rows = {row.state: row for row in network.check().table if row.layer == 0}
    assert (rows["adaptation"].bits, rows["adaptation"].policy) == (20, "saturate")
    assert rows["adaptation"].bound == (1 << 19) - 1 + 100
    plain = replace(network, layers=tuple(_plain(layer) for layer in network.layers))
    assert memory(network).total()[0] > memory(plain).total()[0]
    activity = full_activity(network)
    elements = {line.element for line in operations(network, activity).lines}
    assert elements - {line.element for line in operations(plain, activity).lines} == {
        "adaptation",
        "adaptation, decay",
        "adaptation, saturation",
        "threshold",
    }


def _plain(layer):
    neuron = layer.neuron
    return replace(layer, neuron=ls.Neuron(vth=neuron.vth, window=neuron.window))


def test_the_guarded_form_is_refused_by_layer():
    with pytest.raises(NetworkError, match="layer 0: Loihi's own LIF cannot compute .*'alif'"):
        loihi.inference_network(small())


def test_narrower_weights_take_smaller_steps_of_adaptation():
    neuron = ALIF(vth=800, window=400, adapt_step=64, adapt_bits=12)
    narrow = neuron.rescaled(-3)
    assert (narrow.vth, narrow.window, narrow.adapt_step) == (100, 50, 8)
    assert neuron.rescaled(20).adapt_step == (1 << 11) - 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"adapt_step": 0}, "adapt_step = 0"),
        ({"adapt_step": 1 << 19}, "adapt_step = 524288"),
        ({"adapt_step": 5, "adapt_shift": 0}, "adapt_shift = 0"),
        ({"adapt_step": 5, "adapt_bits": 31}, "adapt_bits = 31"),
        ({"adapt_step": 5, "guarded": True}, "does not adapt"),
        ({"adapt_step": 5, "vth": (1 << 29) + 1, "v_bits": 31, "adapt_bits": 30}, "lower either"),
        ({"adapt_step": True}, "adapt_step"),
    ],
)
def test_values_out_of_range_are_refused(options, says):
    with pytest.raises(NetworkError, match=says):
        partial(ALIF, vth=10, window=8)(**{"vth": 10, **options})


def test_a_state_of_plain_neurons_fits():
    network = small()
    plain = replace(network, layers=tuple(_plain(layer) for layer in network.layers))
    State(initial_state(plain, 0).weights).validate(network)
