"""The engine's bits are the reference's, in every form, for any number of threads."""

from dataclasses import replace

import numpy as np
import pytest
from equal_training import assert_equal_training
from families import family
from hypothesis import given
from random_case import Case
from random_loihi import loihi_cases
from random_networks import EVERYTHING, cases

from lava_intsnn import presets
from lava_intsnn.augmenting import Augment
from lava_intsnn.engine import Engine
from lava_intsnn.network import PRECISIONS, Dense, Network, NetworkError, Neuron
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import initial_state
from lava_intsnn.training.augment import augment_samples


@given(cases(features=EVERYTHING))
@family(150)
def test_random_networks_learn_the_same_bits(case):
    for form in ("popcount", "general") if case.network.check().popcount else ("general",):
        for threads in (1, 3):
            assert_equal_training(case, threads=threads, form=form)


@given(loihi_cases(max_steps=20))
@family(60)
def test_networks_loihi_can_train_learn_the_same_bits(case):
    for form in ("popcount", "general") if case.network.check().popcount else ("general",):
        assert_equal_training(case, threads=1, form=form)


@pytest.mark.parametrize("precision", [*PRECISIONS, "16-8-unbounded"])
@pytest.mark.parametrize("name", ["digits-snn", "mnist-snn-paper"])
def test_presets_learn_the_same_bits(name, precision):
    network = replace(presets.preset(name).network(precision), batch=12)
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (24, network.n_in)).astype(np.uint8)
    images[rng.random(images.shape) < 0.8] = 0
    case = Case(
        network=network,
        state=initial_state(network, 5),
        images=images,
        labels=rng.integers(0, 10, 24).astype(np.int32),
        keys=train_keys(5, 0, np.arange(24)),
        lr_boost=0,
    )
    assert_equal_training(case, threads=2, form="auto")


def test_int16_partial_sums_are_widened_in_time():
    """600 inputs of weight -128 at once: beyond int16, so only exact if sums are widened."""
    network = replace(
        presets.mnist_snn(),
        layers=(
            replace(presets.mnist_snn().layers[0], n_in=600, n_out=3),
            replace(presets.mnist_snn().layers[1], n_in=3, n_out=2),
        ),
    )
    state = initial_state(network)
    state.weights[0][0] = -32767
    state.weights[0][1] = 32767
    images = np.full((2, 600), 255, np.uint8)
    case = Case(network, state, images, np.array([0, 1]), train_keys(0, 0, np.arange(2)), 0)
    assert_equal_training(case, threads=1, form="popcount")


def digits_case(n=8):
    network = presets.digits_snn()
    images = np.zeros((n, 64), np.uint8)
    return network, initial_state(network), images, np.zeros(n, np.int32), np.zeros(n, np.uint64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i, la, k: (i[:, :60], la, k), r"images have shape \(8, 60\).*\(samples, 64\)"),
        (lambda i, la, k: (i.astype(int), la, k), "images are int64: give uint8"),
        (
            lambda i, la, k: (i, la[:3], k),
            r"labels are int32 \(3,\): give integers of shape \(8,\)",
        ),
        (lambda i, la, k: (i, la + 10, k), r"label 10 of sample 0: must be in 0\.\.9"),
        (lambda i, la, k: (i, la - 2, k), r"label -2 of sample 0"),
        (lambda i, la, k: (i, la.astype(float), k), "labels are float64"),
        (lambda i, la, k: (i, la, k[:2]), r"keys are uint64 \(2,\)"),
        (
            lambda i, la, k: (np.tile(i, (9, 1)), np.tile(la, 9), np.tile(k, 9)),
            "a batch of 72 samples: .* at most batch = 32",
        ),
    ],
)
def test_batches_that_do_not_fit_are_refused(change, message):
    network, state, *batch = digits_case()
    with Engine(network, state, threads=1) as engine, pytest.raises(ValueError, match=message):
        engine.train_batch(*change(*batch))


def test_popcount_form_refuses_more_than_32_steps():
    network = replace(presets.digits_snn(), steps=33)
    with pytest.raises(NetworkError, match=r"steps = 33: the popcount form needs steps in 1\.\.32"):
        Engine(network, initial_state(network), form="popcount")


def test_engine_refuses_a_state_of_another_network():
    with pytest.raises(ValueError, match=r"weights are int32 \(100, 784\), the network needs"):
        Engine(presets.digits_snn(), initial_state(presets.mnist_snn()))


@pytest.mark.parametrize("boost", [-8, 34])
def test_a_schedule_that_leaves_the_proven_shifts_is_refused(boost):
    network, state, images, labels, keys = digits_case()
    with (
        Engine(network, state, threads=1) as engine,
        pytest.raises(NetworkError, match=rf"raised by {boost} is .*: must be in 0\.\.40"),
    ):
        engine.train_batch(images, labels, keys, lr_boost=boost)


@pytest.mark.parametrize("options", [{"threads": 0}, {"form": "fast"}])
def test_engine_refuses_bad_options(options):
    network, state, *_ = digits_case()
    with pytest.raises(ValueError, match="must be"):
        Engine(network, state, **options)


def test_augmentation_moves_images_by_whole_pixels():
    rng = np.random.default_rng(0)
    images = rng.integers(1, 256, (200, 30)).astype(np.uint8)
    moved = augment_samples(
        images, np.arange(200), augment=Augment(shift=1), mates=None, image_shape=(5, 6),
        frames=False, seed=3, epoch=2,
    )  # fmt: skip
    seen = set()
    for image, result in zip(images.reshape(-1, 5, 6), moved.reshape(-1, 5, 6)):
        padded = np.pad(image, 1)
        fits = [
            (dy, dx)
            for dy in (0, 1, 2)
            for dx in (0, 1, 2)
            if np.array_equal(result, padded[dy : dy + 5, dx : dx + 6])
        ]
        assert len(fits) == 1
        seen.update(fits)
    assert len(seen) == 9


def test_augmentation_of_frames_moves_channels_and_never_time():
    frames = np.zeros((40, 3, 11), np.uint8)
    frames[:, 1, 5] = 9
    shifted = augment_samples(
        frames.reshape(40, -1), np.arange(40), augment=Augment(shift=4), mates=None,
        image_shape=(3, 11), frames=True, seed=1, epoch=2,
    ).reshape(40, 3, 11)  # fmt: skip
    where = np.argwhere(shifted)
    assert len(where) == 40
    assert (where[:, 1] == 1).all()
    assert set(where[:, 2] - 5) == set(range(-4, 5))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_a_state_is_a_copy_even_of_a_single_row_or_column(shape):
    n_in, n_out = shape
    layer = Dense(n_in=n_in, n_out=n_out, neuron=Neuron(vth=9, window=1 << 20), lr_shift=0)
    network = Network(name="tiny", layers=(layer,), steps=4, batch=1)
    state = initial_state(network, 1)
    images, labels = np.full((1, n_in), 200, np.uint8), np.zeros(1, np.int32)
    with Engine(network, state, threads=1) as engine:
        before = engine.state()
        engine.train_batch(images, labels, train_keys(1, 0, np.arange(1)))
        assert not engine.state().equals(before)
        assert before.equals(state)


def test_delays_of_a_state_are_copies_and_are_compared():
    layer = Dense(
        n_in=2, n_out=3, neuron=Neuron(vth=9, window=9), lr_shift=0, max_delay=4,
        delay_source="state",
    )  # fmt: skip
    network = Network(name="tiny", layers=(layer,), steps=4, batch=1)
    state = initial_state(network, 1)
    before = state.delays[0].copy()
    with Engine(network, state, threads=1) as engine:
        state.delays[0][:] = 0
        engine.state().delays[0][:] = 0
        np.testing.assert_array_equal(engine.state().delays[0], before)
        assert not engine.state().equals(state)
        assert not engine.state().equals(replace(state, delays=()))
        assert not engine.state().equals(replace(state, weights=()))
