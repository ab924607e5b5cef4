"""Epochs: determinism, resume, schedule, and the data a run may go on with."""

import weakref
from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn import data, presets
from lava_intsnn.arithmetic import limit
from lava_intsnn.augmenting import Augment
from lava_intsnn.engine import Engine
from lava_intsnn.network import NetworkError
from lava_intsnn.random_keys import epoch_order, eval_keys, train_keys
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import initial_state
from lava_intsnn.training.augment import augment_samples
from lava_intsnn.training.epochs import epochs_of, last_of, train
from lava_intsnn.training.evaluation import classify, evaluate
from lava_intsnn.training.training_run import start


@pytest.fixture(scope="module")
def digits():
    return data.digits("train").head(300)


def begin(digits, *, epochs=3, augment=0, seed=1):
    recipe = Recipe(epochs=epochs, augment=augment)
    return start(presets.digits_snn(), recipe, data=digits.fingerprint(), seed=seed)


def run(training, digits, **options):
    return list(epochs_of(training, digits, progress=False, **options))


def test_a_run_resumed_after_any_epoch_ends_in_the_same_bits(digits):
    whole = run(begin(digits, augment=1), digits)
    assert [training.epoch for training in whole] == [1, 2, 3]
    for training in whole[:-1]:
        resumed = run(training, digits)[-1]
        assert resumed.state.equals(whole[-1].state)
        assert [r.train_accuracy for r in resumed.history] == [
            r.train_accuracy for r in whole[-1].history
        ]


def test_the_number_of_threads_changes_no_bit(digits):
    one, four = (run(begin(digits), digits, threads=n)[-1] for n in (1, 4))
    assert one.state.equals(four.state)


def test_seeds_differ(digits):
    assert not run(begin(digits), digits)[-1].state.equals(
        run(begin(digits, seed=2), digits)[-1].state
    )


def test_an_epoch_is_batches_in_shuffled_order_with_the_schedules_shift(digits):
    """The trainer restated with the engine's public pieces."""
    training = begin(digits, epochs=2)
    assert [training.recipe.lr_boost(epoch) for epoch in (0, 1)] == [0, 1]
    with Engine(training.network, training.state) as engine:
        for epoch in (0, 1):
            order = epoch_order(1, epoch, len(digits))
            assert sorted(order) == list(range(len(digits)))
            for batch in np.split(order, range(32, len(order), 32)):
                engine.train_batch(
                    digits.images[batch],
                    digits.labels[batch],
                    train_keys(1, epoch, batch),
                    lr_boost=epoch,
                )
        assert engine.state().equals(run(training, digits)[-1].state)


def test_digits_are_learned_within_the_declared_width():
    network = presets.digits_snn()
    state = train(network, data.digits("train"), epochs=8, progress=False)
    assert evaluate(network, state, data.digits("test")).accuracy > 94
    assert max(np.abs(w).max() for w in state.weights) <= limit(16)
    assert all(-128 <= state.w(network, k).min() <= state.w(network, k).max() < 128 for k in (0, 1))


def test_evaluation_is_the_share_of_predictions_that_match(digits):
    network = presets.digits_snn()
    state = train(network, digits, epochs=1, progress=False)
    evaluation = evaluate(network, state, digits)
    with Engine(network, state) as engine:
        result = engine.infer_batch(digits.images, eval_keys(state.seed, len(digits)))
    np.testing.assert_array_equal(evaluation.predictions, result.predictions)
    np.testing.assert_array_equal(evaluation.counts, result.counts)
    assert evaluation.accuracy == 100 * np.mean(result.predictions == digits.labels)


@pytest.mark.parametrize("labels", [np.zeros(31, int), np.zeros((32, 1), int), np.zeros(32)])
def test_one_label_for_each_image_or_a_sentence_that_says_so(digits, labels):
    network = presets.digits_snn()
    with (
        Engine(network, initial_state(network, 0)) as engine,
        pytest.raises(ValueError, match=r"32 images, and labels are .*, \(32,\)"),
    ):
        classify(engine, digits.images[:32], labels, seed=0)


def test_a_label_beyond_the_outputs_is_no_wrong_answer(digits):
    network = presets.digits_snn()
    with (
        Engine(network, initial_state(network, 0)) as engine,
        pytest.raises(ValueError, match=r"label 15 of sample 0: must be in 0\.\.9"),
    ):
        classify(engine, digits.images[:3], np.full(3, 15), seed=0)


@pytest.mark.parametrize("shape", [(5, 6, 3), (2, 5, 6, 3)])
def test_augmentation_moves_all_channels_and_frames_of_a_sample_together(shape):
    images = np.random.default_rng(0).integers(1, 256, (40, *shape)).astype(np.uint8)
    moved = augment_samples(
        images.reshape(40, -1), np.arange(40), augment=Augment(shift=1), mates=None,
        image_shape=shape, frames=True, seed=3, epoch=2,
    ).reshape(40, -1, 5, 6, 3)  # fmt: skip
    seen = set()
    for image, result in zip(images.reshape(40, -1, 5, 6, 3), moved):
        padded = np.pad(image, ((0, 0), (1, 1), (1, 1), (0, 0)))
        cut = {(y, x): padded[:, y : y + 5, x : x + 6] for y in range(3) for x in range(3)}
        fits = [place for place, part in cut.items() if np.array_equal(part, result)]
        assert len(fits) == 1
        seen.update(fits)
    assert len(seen) == 9


def test_validation_accuracy_is_recorded(digits):
    held_out = data.digits("train").head(400)
    last = run(begin(digits, epochs=1), digits, validation=held_out)[-1]
    expected = evaluate(last.network, last.state, held_out).accuracy
    assert last.history[-1].validation_accuracy == expected


def test_other_data_are_refused(digits):
    with pytest.raises(ValueError, match="fingerprint .* resume with the same data set"):
        run(begin(digits), digits.head(100))


def test_data_with_more_classes_than_outputs_are_refused(digits):
    network = presets.digits_snn()
    last = replace(network.layers[-1], n_out=4)
    small = replace(network, layers=(network.layers[0], last))
    training = start(small, Recipe(epochs=1), data=digits.fingerprint())
    with pytest.raises(ValueError, match="reach 9, network 'digits-snn' has 4 outputs"):
        run(training, digits)


@pytest.mark.parametrize(
    ("labels", "width", "message"),
    [(15, 64, "reach 15, .* has 10 outputs, 0..9: correct the labels"), (0, 25, "takes 64: give")],
)
def test_data_to_test_with_are_checked_before_an_epoch_is_learned(digits, labels, width, message):
    network = presets.digits_snn()
    other = data.Dataset(
        name="other", images=np.ones((3, width), np.uint8), labels=np.full(3, labels, np.int32),
        n_classes=16, image_shape=(1, width), split="test",
    )  # fmt: skip
    with pytest.raises(NetworkError, match=message):
        evaluate(network, initial_state(network), other)
    seen = []
    with pytest.raises(NetworkError, match=message):
        seen += epochs_of(begin(digits), digits, validation=other, progress=False)
    with pytest.raises(NetworkError, match=message):
        train(network, digits, epochs=1, validation=other, progress=False)
    assert not seen


def test_only_the_last_epochs_weights_are_kept():
    class Epoch:
        pass

    alive = weakref.WeakSet()

    def epochs():
        for _ in range(5):
            alive.add(epoch := Epoch())
            yield epoch
            del epoch
            assert len(alive) <= 1

    assert last_of(epochs()) in alive


def test_a_network_that_is_no_preset_needs_a_recipe(digits):
    network = replace(presets.digits_snn(), name="mine")
    with pytest.raises(ValueError, match="'mine' is no preset: give recipe= or epochs="):
        train(network, digits)


@pytest.mark.parametrize(
    ("drops", "boosts"),
    [((), [0, 0, 0, 0]), ((50,), [0, 0, 1, 1]), ((25, 75), [0, 1, 1, 2])],
)
def test_learning_shifts_grow_at_the_given_percentages(drops, boosts):
    recipe = Recipe(epochs=4, lr_drops=drops)
    assert [recipe.lr_boost(epoch) for epoch in range(4)] == boosts


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 0},
        {"lr_drops": (70, 50)},
        {"lr_drops": (-1,)},
        {"lr_drops": (101,)},
        {"augment": 32},
    ],
)
def test_recipes_out_of_range_are_refused(change):
    with pytest.raises(ValueError, match=r"epochs|lr_drops|augment"):
        Recipe(**({"epochs": 3} | change))
