"""Loihi's neuron in every executor: the reference's bits on random networks."""

from dataclasses import replace

import numpy as np
import pytest
from equal_executor import trained_alike
from equal_training import assert_equal_training
from families import family
from hypothesis import HealthCheck, Phase, assume, given, strategies as st
from random_changes import with_currents
from random_loihi import loihi_cases
from random_networks import EVERYTHING, cases
from same_bits import assert_same_results

import lava_intsnn as ls
from lava_intsnn import CUBA, loihi, reference
from lava_intsnn.costs.activity import full_activity
from lava_intsnn.costs.memory import memory
from lava_intsnn.costs.operations import operations
from lava_intsnn.data import digits
from lava_intsnn.floating import FloatEngine
from lava_intsnn.loihi.microcode import assemble, disassemble
from lava_intsnn.network import AdaptiveCUBA, Dense, Network, NetworkError, Precision, RateEncoder
from lava_intsnn.random_keys import train_keys
from lava_intsnn.reference.membrane import advance, resting
from lava_intsnn.state import initial_state
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build

# isort: split
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.lif.models import PyLifModelBitAcc

SLOW = family(
    300,
    quick=3,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=[Phase.reuse, Phase.generate],
    print_blob=True,
)


@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.slow)])
@given(case=with_currents(cases(features=EVERYTHING)))
@family(300, quick=10)
def test_the_engine_learns_the_same_bits(case, threads):
    assert_equal_training(case, threads=threads, form="auto")


@pytest.mark.slow
@pytest.mark.timeout(7200)
@given(with_currents(cases(max_size=12, max_steps=24, features=EVERYTHING)))
@SLOW
def test_lava_learns_the_same_bits(case):
    assume(case.network.layers[-1].kind == "dense")
    capacity = 3 * case.network.batch
    with session(build(case.network, case.state, capacity=capacity), timeout=600) as lava:
        trained_alike(case, lava)


@given(with_currents(loihi_cases(), traces=False))
@family(300, quick=10)
def test_the_virtual_chip_learns_the_same_bits(case):
    case = replace(case, lr_boost=0)
    image = loihi.compile(case.network, case.state, learning=True)
    again = assemble(disassemble(image.program))
    assert again == image.program
    chip = loihi.VirtualChip(
        image, network=case.network, seed=case.state.seed, updates=case.state.updates
    )
    trained_alike(case, chip)


@given(with_currents(loihi_cases(max_size=8), traces=False))
@family(30, quick=1, phases=[Phase.reuse, Phase.generate])
def test_microcode_in_lava_learns_the_same_bits(case):
    case = replace(case, lr_boost=0)
    microcode = Loihi2SimCfg(select_tag="microcode")
    system = build(case.network, case.state, capacity=64)
    with session(system, microcode, timeout=600) as lava:
        trained_alike(case, lava)


@st.composite
def lavas_neurons(draw, n, vth):
    """Neurons that Lava's own LIF computes, too; some of them wrap, or never fire."""
    decays = st.one_of(st.sampled_from((1, 2048, 4095, 4096)), st.integers(1, 4096))
    mantissas = st.integers(-(1 << 12), (1 << 12) - 1)
    own = draw(st.booleans())
    return CUBA(
        vth=draw(st.one_of(st.integers(1, vth), st.sampled_from((131071, 131072)))),
        window=1,
        current_decay=draw(decays),
        voltage_decay=draw(decays),
        bias_mant=tuple(draw(st.lists(mantissas, min_size=n, max_size=n))) if own else 0,
        bias_exp=draw(st.integers(0, 6)),
    )


@st.composite
def lavas_networks(draw):
    """Networks of dense layers with Lava's own neurons."""
    sizes = draw(st.lists(st.integers(1, 12), min_size=2, max_size=4))
    layers = tuple(
        Dense(n_in=a, n_out=b, neuron=draw(lavas_neurons(b, 300)), lr_shift=0)
        for a, b in zip(sizes, sizes[1:])
    )
    return Network(
        name="lavas",
        layers=layers,
        steps=draw(st.integers(1, 20)),
        batch=1,
        encoder=RateEncoder(kind="random"),
        tie_break=False,
    )


@pytest.mark.timeout(7200)
@given(network=lavas_networks(), seed=st.integers(0, 1000))
@SLOW
def test_lavas_own_processes_give_the_same_spikes(network, seed):
    state = initial_state(network, seed)
    images = np.random.default_rng(seed).integers(0, 256, (4, network.n_in)).astype(np.uint8)
    keys = train_keys(seed, 0, np.arange(4))
    expected = reference.infer_batch(network, state, images, keys)
    system = build(network, state, learning=False, decompose=True, capacity=2)
    cfg = Loihi2SimCfg(select_tag="fixed_pt", select_sub_proc_model=True)
    with session(system, cfg, timeout=600) as run:
        result = run.infer_batch(images, keys)
        np.testing.assert_array_equal(result.counts, expected.counts)
        np.testing.assert_array_equal(result.predictions, expected.predictions)


@given(neuron=lavas_neurons(16, 131071), seed=st.integers(0, 1000))
@family(300, quick=30)
def test_lavas_own_model_has_the_same_states(neuron, seed):
    """Potential and current of ``PyLifModelBitAcc`` itself, up to sums that would wrap twice."""
    n, rng = 16, np.random.default_rng(seed)
    model = PyLifModelBitAcc({})
    model.u, model.v = np.zeros(n, np.int32), np.zeros(n, np.int32)
    model.du, model.dv = neuron.current_decay - 1, neuron.voltage_decay
    model.vth, model.bias_exp = neuron.vth, np.int32(neuron.bias_exp)
    model.bias_mant = np.broadcast_to(np.int32(neuron.bias_mant), n).copy()
    model.scale_bias()
    model.scale_threshold()
    states = resting(neuron, n)
    most = rng.integers(1, neuron.sum_max + 1)
    for a in rng.integers(-most, most + 1, (40, n)):
        model.subthr_dynamics(a.astype(np.int32))
        spikes = model.spiking_activation()
        model.reset_voltage(spikes)
        step = advance(neuron, states, a)
        states = step.states
        np.testing.assert_array_equal(states, [model.v, model.u])
        np.testing.assert_array_equal(step.s, spikes)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"reset": "soft"}, "reset 'soft' or a refractory delay"),
        ({"refractory": 2}, "reset 'soft' or a refractory delay"),
        ({"current_decay": 0}, "Lava adds 1 to the decay"),
        ({"vth": (1, 2, 3)}, "vth differs from neuron to neuron"),
        ({"bias_mant": 1 << 12}, "13 bits"),
    ],
)
def test_lavas_own_processes_are_refused_by_reason(changes, says):
    neuron = CUBA(**{"vth": 9, "window": 1, "current_decay": 9, "voltage_decay": 9, **changes})
    layer = Dense(n_in=2, n_out=3, neuron=neuron, lr_shift=0)
    network = Network(name="other", layers=(layer,), batch=1, tie_break=False)
    with pytest.raises(NetworkError, match=says):
        build(network, initial_state(network), learning=False, decompose=True)


def small(kind=CUBA, **options):
    """Return a network of 64-20-10 for digits."""
    own = {"adapt_step": 60} if kind is AdaptiveCUBA else {}
    neuron = kind(
        **{"vth": 300, "window": 500, "current_decay": 3072, "voltage_decay": 2048, **own},
        **options,
    )
    trace = {"trace_decay": 3072, "trace_bits": 3}
    return Network(
        name="small",
        layers=(
            Dense(n_in=64, n_out=20, neuron=neuron, lr_shift=12, **trace),
            Dense(n_in=20, n_out=10, neuron=neuron, lr_shift=4, **trace),
        ),
        batch=8,
    )


@pytest.mark.parametrize("kind", [CUBA, AdaptiveCUBA])
def test_digits_are_learned(kind):
    network = small(kind)
    state = ls.train(network, digits("train"), epochs=3, recipe=ls.Recipe(epochs=3), progress=False)
    assert ls.evaluate(network, state, digits("test")).accuracy > 85


@pytest.mark.parametrize("kind", [CUBA, AdaptiveCUBA])
@pytest.mark.parametrize("options", [{}, {"reset": "soft", "refractory": 3, "bias_mant": 40}])
def test_the_float_twin_has_the_same_equation(kind, options):
    network = replace(small(kind, **options), precision=Precision(floating=True))
    state, samples = initial_state(network, 1), digits("train")
    images, keys = samples.images[:8], np.arange(8, dtype=np.uint64)
    with FloatEngine(network, state) as engine:
        counts = engine.infer_batch(images, keys).counts
    w = [w * np.float32(2.0**-8) for w in state.weights]
    for image, key, found in zip(images, keys, counts):
        s = reference.encode(network.encoder, image, key=key, steps=network.steps)
        for layer, w_layer in zip(network.layers, w):
            s = np.array(list(_floating_spikes(layer, w_layer.astype(float) @ s.T)))
        np.testing.assert_array_equal(found, s.sum(axis=0))


def _floating_spikes(layer, sums):
    neuron, n = layer.neuron, layer.n_out
    u, v, adaptation, wait = np.zeros((4, n))
    for a in sums.T:
        u = u / 4 + a
        v = np.where(wait > 0, v, v / 2 + u + neuron.bias_mant)
        vth = neuron.vth + adaptation
        fires = (v > vth) & (wait <= 0)
        v = np.where(fires, v - vth if neuron.reset == "soft" else 0, v)
        wait = np.where(fires, neuron.refractory - 1, wait - 1)
        if isinstance(neuron, AdaptiveCUBA):
            adaptation = adaptation * (1 - 2.0**-neuron.adapt_shift) + neuron.adapt_step * fires
        yield fires.astype(int)


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


def test_current_and_thresholds_are_vars_of_the_process():
    vth = tuple(range(300, 320))
    network = replace(small(), batch=1)
    hidden = replace(network.layers[0], neuron=replace(network.layers[0].neuron, vth=vth))
    network = replace(network, layers=(hidden, network.layers[1]))
    samples, state = digits("test"), initial_state(network, 1)
    images, keys = samples.images[:5], np.arange(5, dtype=np.uint64)
    system = build(network, state)
    with session(system) as lava:
        lava.infer_batch(images, keys)
        assert lava.get(system.layers[0].u).any()
        assert lava.get(system.layers[0].vth).tolist() == list(vth)
        lava.set(system.layers[0].vth, np.arange(10, 30))
        found = lava.infer_batch(images, keys)
    lower = replace(hidden, neuron=replace(hidden.neuron, vth=tuple(range(10, 30))))
    changed = replace(network, layers=(lower, network.layers[1]))
    assert_same_results(found, reference.infer_batch(changed, state, images, keys))


def test_reports_count_current_and_constants():
    network = small(bias_mant=3, refractory=2)
    elements = {line.element for line in operations(network, full_activity(network)).lines}
    assert {"current, decay", "potential, decay", "current, wrap", "bias"} <= elements
    assert {"refractory delay", "presynaptic trace"} <= elements
    own = tuple(range(1, 21))
    hidden = replace(network.layers[0], neuron=replace(network.layers[0].neuron, bias_mant=own))
    more = replace(network, layers=(hidden, network.layers[1]))
    assert memory(more).total()[0] > memory(network).total()[0]


@pytest.mark.parametrize(
    ("changes", "target", "what"),
    [
        ({"bias_mant": 4096}, "loihi2", "bias_mant"),
        ({"bias_mant": -4096}, "loihi2", None),
        ({"reset": "soft"}, "loihi1", "reset"),
        ({"current_decay": 0}, "loihi1", "current_decay"),
        ({"vth": 131072}, "loihi1", "vth"),
        ({"vth": 131072, "current_decay": 0, "reset": "soft"}, "loihi2", None),
    ],
)
def test_what_a_chip_cannot_hold_is_refused(changes, target, what):
    neuron = CUBA(**{"vth": 9, "window": 1, "current_decay": 9, "voltage_decay": 9, **changes})
    layer = Dense(n_in=2, n_out=3, neuron=neuron, lr_shift=0)
    network = Network(name="limits", layers=(layer,), batch=1, precision="8-8")
    found = [f.what for f in loihi.check(network, target=target, learning=False)]
    assert found == ([what] if what else [])
    mended = loihi.nearest_legal(network, target=target, learning=False)
    if what not in (None, "bias_mant"):
        assert not loihi.check(mended, target=target, learning=False)


def test_the_guarded_form_of_a_network_leaves_loihis_neurons_as_they_are():
    found = loihi.inference_network(small())
    assert found.layers == small().layers
    assert not found.tie_break
    with pytest.raises(NetworkError, match="layer 0: Loihi's own LIF cannot .*'adaptive_cuba'"):
        loihi.inference_network(small(AdaptiveCUBA))


def test_a_trace_that_decays_by_a_product_does_not_learn_on_the_chip():
    found = loihi.check(small(), target="loihi2", learning=True)
    assert [f.layer for f in found if f.what == "trace_decay"] == [0, 1]
    assert all(f.binds == "compiler" for f in found if f.what == "trace_decay")
