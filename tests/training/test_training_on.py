"""Training that goes on from a state: where it enters the schedule, and that nothing is lost."""

import re
from dataclasses import replace

import pytest

import lava_intsnn as ls
from lava_intsnn import data, presets
from lava_intsnn.formats.checkpoint import load, save
from lava_intsnn.network import NetworkError
from lava_intsnn.recipe import Recipe
from lava_intsnn.training.epochs import epochs_of, train
from lava_intsnn.training.evaluation import evaluate
from lava_intsnn.training.training_run import start


@pytest.fixture(scope="module")
def digits():
    return data.digits("train")


@pytest.fixture(scope="module")
def trained(digits):
    return train(presets.digits_snn(), digits, progress=False)


@pytest.mark.parametrize(
    ("start_at", "boosts"),
    [(0, [0, 0, 1, 2]), (50, [1, 1, 2, 2]), (80, [2, 2, 2, 3]), (100, [3, 3, 3, 3])],
)
def test_a_continued_recipe_enters_the_schedule_at_the_given_point(start_at, boosts):
    recipe = Recipe(epochs=12).continued(start_at, epochs=4)
    assert [recipe.lr_boost(epoch) for epoch in range(4)] == boosts


def test_the_whole_schedule_once_more_is_the_recipe_itself():
    recipe = Recipe(epochs=12, augment=1, error_drops=(50, 92))
    assert recipe.continued(0) == recipe
    assert recipe.continued().error_drops == (0, 0)


@pytest.mark.parametrize("start_at", [-1, 101, 50.0, True])
def test_points_outside_the_schedule_are_refused(start_at):
    with pytest.raises(NetworkError, match=r"start_at = .*: must be an integer in 0\.\.100"):
        Recipe(epochs=3).continued(start_at)


def test_on_the_same_data_accuracy_never_falls_by_more_than_a_point(digits, trained):
    """From 99.9 % it fell to 94 when the schedule began anew."""
    network = presets.digits_snn()
    began = evaluate(network, trained, digits).accuracy
    recipe = presets.preset("digits-snn").recipe.continued(epochs=8)
    run = start(network, recipe, data=digits.fingerprint(), state=trained)
    kept = [
        evaluate(network, run.state, digits).accuracy
        for run in epochs_of(run, digits, progress=False)
    ]
    assert began > 99
    assert min(kept) > began - 1


def test_training_on_is_a_run_of_the_continued_recipe(digits, trained):
    network, few = presets.digits_snn(), digits.head(200)
    state = train(network, few, state=trained, start_at=50, epochs=2, seed=5, progress=False)
    recipe = presets.preset("digits-snn").recipe.continued(50, epochs=2)
    again = start(network, recipe, data=few.fingerprint(), state=replace(trained, seed=5))
    *_, last = epochs_of(again, few, progress=False)
    assert state.equals(last.state)
    assert (state.seed, state.updates) == (5, trained.updates + 2 * 7)


def test_training_on_keeps_the_seed_of_the_state(digits, trained):
    state = train(presets.digits_snn(), digits.head(64), state=trained, epochs=1, progress=False)
    assert state.seed == trained.seed


def test_a_point_without_a_state_is_refused(digits):
    with pytest.raises(ValueError, match="start_at = 50 without state="):
        train(presets.digits_snn(), digits, start_at=50)


def test_a_state_of_another_network_is_refused(digits, trained):
    network = presets.mnist_snn()
    with pytest.raises(ValueError, match="layer 0: weights are"):
        train(network, digits, state=trained)


def test_what_train_returns_is_saved_and_learned_on(digits, trained, tmp_path):
    network = replace(presets.digits_snn(), name="mine")
    save(tmp_path / "mine.npz", network, trained, recipe=Recipe(epochs=7))
    found = load(tmp_path / "mine.npz")
    assert found.network == network
    assert found.state.equals(trained)
    assert (found.recipe.epochs, found.data, found.epoch) == (7, "", 0)
    few = digits.head(64)
    options = {"epochs": 1, "progress": False}
    assert train(found.network, few, state=found.state, **options).equals(
        train(network, few, state=trained, **options)
    )


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 2, 1), (2, 1, 0)])
def test_arguments_of_save_in_another_order_are_named(order, trained, tmp_path):
    right = (tmp_path / "a.npz", presets.digits_snn(), trained)
    with pytest.raises(TypeError, match=r"save\(path, network, state, recipe\): .* must be a "):
        save(*(right[k] for k in order))


def test_a_run_is_saved_alone(trained, tmp_path):
    run = start(presets.digits_snn(), Recipe(epochs=1), data="", state=trained)
    with pytest.raises(TypeError, match="brings its own state"):
        save(tmp_path / "a.npz", run, trained)
    with pytest.raises(TypeError, match="the state is missing"):
        save(tmp_path / "a.npz", run.network)


def test_a_readout_that_never_fires_has_no_error_to_learn_from(digits):
    readout = ls.CUBA(vth=131072, window=4, current_decay=0, voltage_decay=4096)
    layer = ls.Dense(n_in=64, n_out=10, neuron=readout, lr_shift=6)
    network = ls.Network(name="sums", layers=(layer,), steps=5)
    with pytest.raises(NetworkError, match="layer 0 of 'sums' never fires") as refused:
        ls.train(network, digits, epochs=1, progress=False)
    (told,) = re.findall(r"CUBA\(.*\)", str(refused.value))
    neuron = eval(told, {"CUBA": ls.CUBA})
    fires = replace(network, layers=(replace(layer, neuron=neuron),))
    ls.train(fires, digits, epochs=1, progress=False)


def test_a_network_frozen_as_a_whole_is_not_trained(digits, trained):
    network = ls.frozen(presets.digits_snn(), [0, 1])
    with pytest.raises(NetworkError, match=r"all layers of 'digits-snn' are frozen.* 0\.\.1"):
        train(network, digits, state=trained, epochs=1, progress=False)
