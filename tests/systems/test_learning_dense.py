"""A network of LearningDense learns the reference's bits: random networks, and chosen ones."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import Phase, given
from random_case import Case, seeded_case
from random_loihi import loihi_cases
from same_bits import assert_same_results, assert_same_state

from lava_intsnn import data, network as nw, presets, reference
from lava_intsnn.engine import Engine
from lava_intsnn.loihi.learning_engine import build, session
from lava_intsnn.network import NetworkError
from lava_intsnn.recipe import Recipe
from lava_intsnn.runtime import SessionError
from lava_intsnn.state import State, initial_state
from lava_intsnn.training.epochs import train


def legal(sizes, *, steps=6, trace_shift=1, lr_shift=8, guarded=False, alpha=64, **choices):
    """Return a legal network whose neurons are busy."""
    layers = tuple(
        nw.Dense(
            n_in=n_in,
            n_out=n_out,
            neuron=nw.Neuron(vth=60, window=120, v_bits=24, guarded=guarded),
            lr_shift=lr_shift,
            clip=(1 << 30) - 1,
            trace_shift=trace_shift,
            fb_shift=2,
        )
        for n_in, n_out in zip(sizes, sizes[1:])
    )
    return nw.Network(
        name="legal",
        layers=layers,
        steps=steps,
        batch=1,
        precision=nw.Precision(shadow_bits=8, inference_bits=8, full_range=True),
        loss=nw.Loss(alpha=alpha, err_bits=8),
        feedback=nw.Feedback(weights="random", time_gated=False, v_fb_bits=8),
        **choices,
    )


def case_of(network, *, samples=4, seed=1):
    return seeded_case(network, samples=samples, seed=seed)


def assert_learns_the_reference(case: Case, **options) -> State:
    """Learn sample by sample beside the reference; return what it has learned."""
    network, expected = case.network, case.state
    with session(build(network, case.state, capacity=3, **options), timeout=600) as run:
        for k in range(len(case.images)):
            one = slice(k, k + 1)
            images, labels, keys = case.images[one], case.labels[one], case.keys[one]
            if k == 1:  # inference in between must leave no trace
                assert_same_results(
                    run.infer_batch(images, keys),
                    reference.infer_batch(network, expected, images, keys),
                )
            expected, oracle = reference.train_batch(network, expected, images, labels, keys)
            assert_same_results(run.train_batch(images, labels, keys), oracle)
            assert_same_state(run.state(), expected)
    return expected


@given(loihi_cases())
@family(
    100,
    quick=6,
    phases=[Phase.reuse, Phase.generate],  # the networks are small: shrinking takes minutes here
    print_blob=True,
)
def test_random_legal_networks_learn_the_same_bits(case):
    assert_learns_the_reference(case)


@given(loihi_cases())
@family(
    40,
    quick=3,
    phases=[Phase.reuse, Phase.generate],
    print_blob=True,
)
def test_errors_without_a_sign_learn_the_same_bits(case):
    assert_learns_the_reference(case, third_factor="split")


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(legal((9, 5)), id="one layer"),
        pytest.param(legal((12, 8, 4)), id="hidden layer"),
        pytest.param(legal((10, 8, 7, 6, 4), lr_shift=6), id="four layers"),
        pytest.param(legal((12, 8, 4), trace_shift=0, steps=7), id="trace that counts"),
        pytest.param(legal((12, 8, 4), encoder=nw.FrameEncoder(max_count=2)), id="counts"),
        pytest.param(
            legal((12, 8, 4), trace_shift=2, steps=4, encoder=nw.FrameEncoder(max_count=6)),
            id="counts with a short trace",
        ),
        pytest.param(legal((12, 8, 4), guarded=True), id="guarded neurons"),
        pytest.param(legal((12, 8, 4), lr_shift=2, alpha=16, steps=4), id="coarse shift"),
        pytest.param(legal((9, 4), lr_shift=0, alpha=4, steps=4), id="no shift"),
        pytest.param(legal((12, 8, 4), steps=1), id="one step"),
    ],
)
def test_every_kind_of_legal_layer_learns_the_same_bits(network):
    case = case_of(network)
    after = assert_learns_the_reference(case)
    for before, now in zip(case.state.weights, after.weights):
        assert not np.array_equal(before, now)  # every layer has learned something


def test_weights_saturate_as_twos_complement():
    network = legal((9, 6, 3), lr_shift=4)
    state = initial_state(network, 2)
    edges = tuple(np.where(w > 0, 127, -128).astype(np.int32) for w in state.weights)
    case = replace(case_of(network), state=State(edges, seed=2))
    after = assert_learns_the_reference(case)
    assert min(w.min() for w in after.weights) == -128
    assert any((a != b).any() for a, b in zip(edges, after.weights))


@pytest.mark.parametrize("samples", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_online_samples_of_digits_give_the_engines_bits(samples):
    network = presets.digits_snn_loihi()
    digits = data.digits("train").head(samples)
    with session(build(network, initial_state(network, 3)), timeout=600) as run:
        recipe = Recipe(epochs=1, lr_drops=())
        (accuracy,) = run.fit(digits.images, digits.labels, recipe=recipe, progress=False)
        mine = run.state()
    expected = train(network, digits, recipe=recipe, seed=3, progress=False)
    assert_same_state(mine, expected)
    assert mine.updates == samples
    assert samples < 200 or accuracy > 15


def test_epochs_follow_the_recipes_error():
    """The error halves after each epoch; a system is built for each."""
    network = legal((12, 8, 4), steps=4)
    case = case_of(network, samples=9)
    noise = data.Dataset(
        name="noise",
        images=case.images,
        labels=case.labels,
        n_classes=4,
        image_shape=(3, 4),
        split="train",
    )
    recipe = Recipe(epochs=3, lr_drops=(), error_drops=(30, 60))
    expected = train(network, noise, recipe=recipe, seed=1, progress=False)
    state = initial_state(network, 1)
    for epoch in range(3):
        built = build(recipe.network_at(network, epoch), state, capacity=5)
        with session(built, timeout=600) as run:
            given = {"first_epoch": epoch, "recipe": recipe, "network": network}
            run.fit(noise.images, noise.labels, progress=False, **given)
            state = run.state()
    assert_same_state(state, expected)


def test_weights_may_be_set_between_samples():
    case = case_of(legal((9, 6, 3)), samples=3)
    fresh = initial_state(case.network, 8).weights
    system_ = build(case.network, case.state)
    with session(system_, timeout=600) as run:
        first, last = (slice(0, 1), slice(2, 3))
        run.train_batch(case.images[first], case.labels[first], case.keys[first])
        for layer, w in zip(system_.layers, fresh):
            run.set(layer.weights, 2 * w)
        start = run.state()
        assert_same_state(start, State(fresh, seed=1, updates=1))
        run.train_batch(case.images[last], case.labels[last], case.keys[last])
        expected, _ = reference.train_batch(
            case.network, start, case.images[last], case.labels[last], case.keys[last]
        )
        assert_same_state(run.state(), expected)


# ---- what is refused


def test_illegal_networks_are_refused_with_every_reason():
    network = presets.digits_snn()
    with pytest.raises(NetworkError, match=r"(?s)cannot learn on Loihi 2:.*\n- .*batch 32.*\n- "):
        build(network, initial_state(network))


@pytest.mark.parametrize("wrong", [-258, 3, 256])
def test_weights_that_no_synapse_holds_are_not_set(wrong):
    case = case_of(legal((6, 3)))
    system_ = build(case.network, case.state)
    with session(system_, timeout=600) as run:
        with pytest.raises(ValueError, match=f"weights: {wrong} must be even and within -256..254"):
            run.set(system_.layers[0].weights, np.full((3, 6), wrong))
        assert_same_state(run.state(), case.state)


def test_no_samples_have_no_results():
    case = case_of(legal((6, 3)))
    images, labels, keys = case.images[:0], case.labels[:0], case.keys[:0]
    with session(build(case.network, case.state), timeout=600) as run:
        with Engine(case.network, case.state, threads=1) as engine:
            oracle = engine.infer_batch(images, keys)
        assert_same_results(run.infer_batch(images, keys), oracle)
        assert_same_results(run.train_online(images, labels, keys), oracle)
        assert_same_state(run.state(), case.state)


def test_a_rule_cannot_change_while_it_runs():
    case = case_of(legal((6, 3)))
    with session(build(case.network, case.state), timeout=600) as run:
        with pytest.raises(SessionError, match="lr_boost = 1: learning shifts are part of"):
            run.train_batch(case.images[:1], case.labels[:1], case.keys[:1], lr_boost=1)
        with pytest.raises(SessionError, match="use a recipe with error_drops in place of"):
            run.fit(case.images, case.labels, epochs=2, progress=False)  # half at the second
        assert_same_state(run.state(), case.state)
        run.run(5)
        with pytest.raises(SessionError, match="5 of them into a sample of 14: run 9 more"):
            run.infer_batch(case.images, case.keys)
        run.run(9)
        oracle = reference.infer_batch(case.network, case.state, case.images, case.keys)
        assert_same_results(run.infer_batch(case.images, case.keys), oracle)
