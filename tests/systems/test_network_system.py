"""A whole network in Lava: what `build` and `session` promise."""

from dataclasses import replace

import numpy as np
import pytest
from lava.magma.core.run_configs import Loihi2SimCfg

from lava_intsnn import data, presets, reference
from lava_intsnn.augmenting import Augment
from lava_intsnn.engine import Engine
from lava_intsnn.network import (
    Conv,
    Dense,
    FrameEncoder,
    Network,
    NetworkError,
    Neuron,
    Pool,
    RateEncoder,
)
from lava_intsnn.random_keys import train_keys
from lava_intsnn.recipe import Recipe
from lava_intsnn.runtime import ProcessModelError, SessionError
from lava_intsnn.state import State, initial_state
from lava_intsnn.systems.network_session import session
from lava_intsnn.systems.network_system import build
from lava_intsnn.training.epochs import train
from lava_intsnn.training.evaluation import evaluate

NETWORK = presets.digits_snn()

#: Decay shift and steps of what the quick suite decomposes into Lava's own processes.
QUICK = {(0, 20), (1, 2), (3, 1)}


def guarded(network=NETWORK, **changes):
    layers = tuple(
        replace(layer, neuron=replace(layer.neuron, guarded=True, v_bits=24))
        for layer in network.layers
    )
    return replace(network, layers=layers, **changes)


def pooled(network):
    pool = Pool(in_shape=(8, 8, 1), kernel=2, stride=2)
    return replace(network, layers=(replace(network.layers[0], pool=pool), network.layers[1]))


def test_an_epoch_on_digits_gives_the_engines_bits():
    digits, test = data.digits("train"), data.digits("test")
    expected = train(NETWORK, digits, epochs=1, seed=3, progress=False)
    system = build(NETWORK, initial_state(NETWORK, 3))
    with session(system, timeout=600) as run:
        (accuracy,) = run.fit(digits.images, digits.labels, progress=False)
        mine = run.evaluate(test.images, test.labels)
        assert run.state().equals(expected)
    theirs = evaluate(NETWORK, expected, test)
    assert mine.accuracy == theirs.accuracy > 70
    np.testing.assert_array_equal(mine.predictions, theirs.predictions)
    np.testing.assert_array_equal(mine.counts, theirs.counts)
    assert accuracy > 50
    assert system.state().equals(expected)  # also when the session is over


def test_epochs_may_be_learned_in_several_sessions():
    """The schedule, the order and the augmentation of each epoch are those of one long run."""
    digits = data.digits("train").head(150)
    recipe = Recipe(epochs=3, lr_drops=(30, 60), augment=1)
    expected = train(NETWORK, digits, recipe=recipe, progress=False)
    state = initial_state(NETWORK)
    for first, epochs in ((0, 1), (1, 2)):
        with session(build(NETWORK, state, capacity=70), timeout=600) as run:
            run.fit(
                digits.images,
                digits.labels,
                epochs=epochs,
                first_epoch=first,
                recipe=recipe,
                image_shape=digits.image_shape,
                progress=False,
            )
            state = run.state()
    assert state.equals(expected)


LOIHI = presets.preset("digits-snn-loihi").network()
HALVING = Recipe(epochs=3, lr_drops=(60,), error_drops=(30, 60))


def test_epochs_with_another_error_scale_are_learned_in_other_systems():
    digits = data.digits("train").head(24)
    expected = train(LOIHI, digits, recipe=HALVING, progress=False)
    state = initial_state(LOIHI)
    for epoch in range(3):
        network = HALVING.network_at(LOIHI, epoch)
        with session(build(network, state, capacity=10), timeout=600) as run:
            run.fit(
                digits.images,
                digits.labels,
                first_epoch=epoch,
                recipe=HALVING,
                network=LOIHI,
                progress=False,
            )
            state = run.state()
    assert state.equals(expected)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 3}, r"epoch 1 .*alpha = 32 and hidden fb_shift 3, .*alpha = 64 .*fb_shift 4"),
        ({"first_epoch": 2}, r"epoch 2 .*alpha = 16 .*build another from recipe.network_at"),
        (
            {"network": HALVING.network_at(LOIHI, 1)},
            r"epoch 0 .*alpha = 32 .*built with alpha = 64",
        ),
    ],
)
def test_an_error_scale_the_system_has_not_is_refused(options, message):
    digits = data.digits("train").head(3)
    start = initial_state(LOIHI)
    with session(build(LOIHI, start), timeout=600) as run:
        with pytest.raises(ValueError, match=message):
            run.fit(digits.images, digits.labels, recipe=HALVING, progress=False, **options)
        assert run.state().equals(start)


@pytest.mark.parametrize("batch", [1, 3])
def test_samples_are_learned_one_by_one(batch):
    """Whatever room the system has, and how many samples one message holds."""
    network = replace(LOIHI, batch=batch)
    digits = data.digits("train").head(40)
    keys, state = train_keys(0, 0, np.arange(40)), initial_state(network)
    with session(build(network, state, capacity=7), timeout=600) as run:
        found = run.train_online(digits.images, digits.labels, keys, lr_boost=1)
        learned = run.state()
        with pytest.raises(ValueError, match="labels are"):
            run.train_online(digits.images, digits.labels[:3], keys)
    for k in range(40):
        part = slice(k, k + 1)
        state, expected = reference.train_batch(
            network, state, digits.images[part], digits.labels[part], keys[part], lr_boost=1
        )
        np.testing.assert_array_equal(found.counts[part], expected.counts)
        np.testing.assert_array_equal(found.v[part], expected.v)
        np.testing.assert_array_equal(found.predictions[part], expected.predictions)
    assert learned.equals(state)


def test_float_models_refuse_random_feedback():
    with (
        pytest.raises(ProcessModelError, match="'random': in integers only"),
        session(build(LOIHI, initial_state(LOIHI)), Loihi2SimCfg(select_tag="floating_pt")),
    ):
        pass


def test_frames_are_learned_and_moved_as_by_the_engine():
    """Recurrent, delayed network on counts, with every change that augmentation knows."""
    hidden, output = presets.fsdd_rsnn().layers
    hidden = replace(hidden, n_in=12, n_out=20, max_delay=3)
    network = replace(
        presets.fsdd_rsnn(), layers=(hidden, replace(output, n_in=20)), batch=16, name="small"
    )
    rng = np.random.default_rng(0)
    frames = data.Dataset(
        name="noise",
        images=rng.integers(0, 256, (40, network.n_values)).astype(np.uint8),
        labels=rng.integers(0, 10, 40).astype(np.int32),
        n_classes=10,
        image_shape=(network.steps, network.n_in),
        split="train",
    )
    changes = Augment(shift=2, stretch=20, time_shift=1, time_mask=2, channel_mask=2, mix=60)
    recipe = Recipe(epochs=2, lr_drops=(50,), augment=changes)
    expected = train(network, frames, recipe=recipe, seed=1, progress=False)
    start = initial_state(network, 1)
    with session(build(network, start), timeout=600) as run:
        run.fit(frames.images, frames.labels, epochs=2, recipe=recipe, progress=False)
        assert run.state().equals(expected)
        mine = run.evaluate(frames.images, frames.labels)
    theirs = evaluate(network, expected, frames)
    np.testing.assert_array_equal(mine.counts, theirs.counts)
    assert not np.array_equal(expected.weights[0], start.weights[0])


def test_batch_of_build_replaces_that_of_the_network():
    digits = data.digits("train").head(9)
    keys = train_keys(0, 0, np.arange(9))
    state = initial_state(NETWORK)
    with (
        Engine(replace(NETWORK, batch=9), state, threads=1) as engine,
        session(build(NETWORK, state, batch=9), timeout=600) as run,
    ):
        for executor in (engine, run):
            executor.train_batch(digits.images, digits.labels, keys)
        assert run.state().equals(engine.state())


@pytest.mark.parametrize(
    ("decay_shift", "steps"),
    [
        pytest.param(decay, steps, marks=() if (decay, steps) in QUICK else pytest.mark.slow)
        for decay in (0, 1, 3)
        for steps in (1, 2, 20)
    ],
)
def test_lavas_own_processes_give_the_same_spikes(steps, decay_shift):
    network = guarded(batch=1, tie_break=False, steps=steps)
    neuron = replace(network.layers[0].neuron, decay_shift=decay_shift, vth=250)
    network = replace(
        network, layers=tuple(replace(layer, neuron=neuron) for layer in network.layers)
    )
    state = initial_state(network, 3)
    images, keys = data.digits("test").images[:7], train_keys(3, 0, np.arange(7))
    expected = reference.infer_batch(network, state, images, keys)
    assert expected.counts.any()
    assert_decomposed(network, state, images, keys, expected)


def assert_decomposed(network, state, images, keys, expected):
    system = build(network, state, learning=False, decompose=True, capacity=3)
    cfg = Loihi2SimCfg(select_tag="fixed_pt", select_sub_proc_model=True)
    with session(system, cfg, timeout=600) as run:
        for _ in range(2):
            result = run.infer_batch(images, keys)
            np.testing.assert_array_equal(result.counts, expected.counts)
            np.testing.assert_array_equal(result.predictions, expected.predictions)
        assert run.get(system.readout.count).shape == (1, network.n_classes)


FRAMES = FrameEncoder(max_count=9)
SQUARE = {"kernel": 3, "stride": 2, "padding": 1}, {"kernel": 2, "stride": 1}, (200, 120, 60)
WIDE = (
    {"kernel": (2, 3), "stride": (1, 2), "padding": (0, 1), "dilation": (3, 1), "groups": 2},
    {"kernel": (3, 1), "stride": (2, 1), "padding": (2, 0), "groups": 4, "channels": 8},
    (60, 40, 40),
)


@pytest.mark.parametrize(
    ("encoder", "windows"),
    [
        (RateEncoder(), SQUARE),
        (FrameEncoder(max_count=9), SQUARE),
        (FrameEncoder(max_count=9), WIDE),
    ],
)
def test_lavas_conv_and_graded_input_give_the_same_spikes(encoder, windows):
    many = 1 if encoder.kind != "frames" else 9

    def lif(vth):
        return Neuron(vth=vth, window=1, guarded=True)

    first = Conv(
        in_shape=(7, 5, 2),
        channels=4,
        neuron=lif(windows[2][0] * many),
        lr_shift=0,
        **windows[0],
    )
    options = {"channels": 3} | windows[1]
    second = Conv(in_shape=first.out_shape, neuron=lif(windows[2][1]), lr_shift=0, **options)
    network = Network(
        name="convolutions",
        layers=(
            first,
            second,
            Dense(n_in=second.n_out, n_out=5, neuron=lif(windows[2][2]), lr_shift=0),
        ),
        steps=6,
        batch=1,
        encoder=encoder,
        tie_break=False,
    )
    state = initial_state(network, 3)
    images = np.random.default_rng(1).integers(0, 256, (6, network.n_values)).astype(np.uint8)
    keys = train_keys(3, 0, np.arange(6))
    expected = reference.infer_batch(network, state, images, keys)
    assert expected.counts.any()
    assert not expected.counts.all()
    assert_decomposed(network, state, images, keys, expected)


@pytest.mark.parametrize(
    ("network", "learning", "reason"),
    [
        (guarded(batch=1, tie_break=False), True, "learning is on"),
        (guarded(batch=4, tie_break=False), False, "batch = 4"),
        (guarded(batch=1), False, "tie_break = True"),
        (replace(NETWORK, batch=1, tie_break=False), False, "guarded = False"),
        (
            guarded(presets.digits_snn(precision="16-12"), batch=1, tie_break=False),
            False,
            "inference weights have 12 bits",
        ),
        (pooled(guarded(batch=1, tie_break=False)), False, "a pool"),
    ],
)
def test_what_lavas_processes_cannot_do_is_refused(network, learning, reason):
    with pytest.raises(NetworkError, match=f"cannot be decomposed:\n- {reason}"):
        build(network, initial_state(network), learning=learning, decompose=True)


def test_reasons_several_layers_share_are_told_once():
    network = replace(NETWORK, batch=4)
    with pytest.raises(NetworkError, match="cannot be decomposed") as error:
        build(network, initial_state(network), learning=False, decompose=True)
    told = [line for line in str(error.value).splitlines() if line.startswith("- ")]
    assert [line.split(":")[0] for line in told] == [
        "- batch = 4",
        "- guarded = False",
        "- tie_break = True",
    ]


@pytest.mark.slow
def test_floating_point_twin_learns_digits_as_well():
    digits, test = data.digits("train"), data.digits("test")
    accuracy = {}
    for tag in ("fixed_pt", "floating_pt"):
        system = build(NETWORK, initial_state(NETWORK))
        with session(system, Loihi2SimCfg(select_tag=tag), timeout=600) as run:
            run.fit(digits.images, digits.labels, epochs=2, progress=False)
            accuracy[tag] = run.evaluate(test.images, test.labels).accuracy
    assert accuracy["floating_pt"] > 80
    assert abs(accuracy["floating_pt"] - accuracy["fixed_pt"]) < 6
    assert system.layers[0].weights.dtype == np.float32
    with pytest.raises(ValueError, match="float32 weights"):
        system.state()


def test_a_system_built_without_learning_refuses_to_learn():
    system = build(NETWORK, initial_state(NETWORK), learning=False)
    images, labels = np.zeros((2, 64), np.uint8), np.zeros(2, np.int32)
    with session(system, timeout=600) as run:
        run.infer_batch(images, np.zeros(2, np.uint64))
        with pytest.raises(SessionError, match="learning=False"):
            run.fit(images, labels, progress=False)


def test_batches_begin_where_samples_begin():
    system = build(NETWORK, initial_state(NETWORK))
    images, keys = np.zeros((2, 64), np.uint8), np.zeros(2, np.uint64)
    with session(system, timeout=600) as run:
        run.run(23)
        with pytest.raises(SessionError, match="run 17 more"):
            run.infer_batch(images, keys)
        run.run(17)
        run.infer_batch(images, keys)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((2, 63), np.uint8), np.zeros(2, int), r"images have shape \(2, 63\)"),
        (np.zeros((2, 64)), np.zeros(2, int), "images are float64"),
        (np.zeros((2, 64), np.uint8), np.array([0, 10]), "label 10 of sample 1"),
        (np.zeros((2, 64), np.uint8), np.zeros(3, int), r"labels are int64 \(3,\)"),
    ],
)
def test_samples_that_do_not_fit_are_refused(images, labels, message):
    with session(build(NETWORK, initial_state(NETWORK)), timeout=600) as run:
        with pytest.raises(ValueError, match=message):
            run.fit(images, labels, progress=False)
        run.infer_batch(np.zeros((1, 64), np.uint8), np.zeros(1, np.uint64))  # still open


def test_state_of_another_network_is_refused():
    with pytest.raises(ValueError, match="state has 1 layers"):
        build(NETWORK, State((np.zeros((10, 64), np.int32),)))
