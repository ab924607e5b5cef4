"""Learning sample by sample in one call: the reference's bits, whatever the network."""

from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import given
from local_readouts import legal_local_cases
from random_case import Case
from random_loihi import loihi_cases
from random_networks import EVERYTHING, cases

from lava_intsnn import data, presets, reference
from lava_intsnn.arithmetic import Rounding
from lava_intsnn.engine import Engine
from lava_intsnn.network import NetworkError
from lava_intsnn.random_keys import epoch_order, train_keys
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import initial_state
from lava_intsnn.training.epochs import epochs_of, train
from lava_intsnn.training.evaluation import evaluate
from lava_intsnn.training.executors import engine_for
from lava_intsnn.training.training_run import start


def assert_online_equals_reference(case: Case, *, calls: int = 1) -> None:
    """Assert that samples shown in a few calls leave what the reference's single updates leave."""
    expected, results = case.state, []
    for k in range(len(case.images)):
        one = slice(k, k + 1)
        expected, result = reference.train_batch(
            case.network,
            expected,
            case.images[one],
            case.labels[one],
            case.keys[one],
            lr_boost=case.lr_boost,
        )
        results.append(result)
    with Engine(case.network, case.state, threads=1) as engine:
        found = [
            engine.train_online(*part, lr_boost=case.lr_boost)
            for part in zip(
                *(np.array_split(x, calls) for x in (case.images, case.labels, case.keys))
            )
        ]
        state = engine.state()
    for name in ("predictions", "counts", "v"):
        mine = np.concatenate([getattr(result, name) for result in found])
        assert mine.dtype == np.int32
        np.testing.assert_array_equal(mine, np.concatenate([getattr(r, name) for r in results]))
    assert state.updates == expected.updates == case.state.updates + len(case.images)
    for mine, theirs in zip(state.weights, expected.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@given(loihi_cases(max_steps=20))
@family(80, quick=6)
def test_networks_loihi_can_train(case):
    assert_online_equals_reference(case)


@given(legal_local_cases(max_size=12))
@family(80, quick=4)
def test_networks_with_local_readouts_that_loihi_can_train(case):
    assert_online_equals_reference(case, calls=2)


@given(cases(features=EVERYTHING, max_size=12))
@family(60, quick=5)
def test_any_network(case):
    first = slice(0, 6)
    assert_online_equals_reference(
        replace(case, images=case.images[first], labels=case.labels[first], keys=case.keys[first])
    )


def loihi_case(network, *, samples=12, lr_boost=0):
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (samples, network.n_in)).astype(np.uint8)
    images[rng.random(images.shape) < 0.7] = 0
    state = replace(initial_state(network, 5), updates=1000)
    labels = rng.integers(-1, 10, samples)
    return Case(network, state, images, labels, train_keys(5, 0, np.arange(samples)), lr_boost)


@pytest.mark.parametrize("name", ["digits-snn-loihi", "mnist-snn-loihi"])
@pytest.mark.parametrize("kind", ["low_discrepancy", "random"])
def test_presets(name, kind):
    network = presets.preset(name).network()
    network = replace(network, encoder=replace(network.encoder, kind=kind))
    case = loihi_case(network)
    with Engine(network, case.state, threads=1) as engine:
        assert engine._online is not None
    assert_online_equals_reference(case, calls=3)


@pytest.mark.parametrize("rounding", Rounding)
def test_other_roundings_and_weights_with_a_shadow(rounding):
    preset = presets.preset("digits-snn-loihi")
    network = replace(preset.network("16-8"), rounding=rounding)
    assert_online_equals_reference(loihi_case(network, samples=4, lr_boost=1))


def test_an_epoch_of_batch_1_learns_online():
    """The trainer restated with single updates, over a schedule that halves the error."""
    digits = data.digits("train").head(700)  # more than one call of the trainer
    network = presets.preset("digits-snn-loihi").network()
    recipe = Recipe(epochs=2, lr_drops=(), error_drops=(50,))
    training = start(network, recipe, data=digits.fingerprint(), seed=3)
    last = list(epochs_of(training, digits, progress=False))[-1]
    state = training.state
    for epoch in (0, 1):
        with Engine(recipe.network_at(network, epoch), state, threads=1, form="general") as engine:
            order = epoch_order(3, epoch, len(digits))
            keys = train_keys(3, epoch, order)
            for k, sample in enumerate(order):
                engine.train_batch(
                    digits.images[[sample]], digits.labels[[sample]], keys[k : k + 1]
                )
            state = engine.state()
    assert last.state.equals(state)


@pytest.mark.parametrize("precision", ["8-8", "8-4", "16-4", "16-8", "16-12", "16-16"])
def test_a_preset_for_loihi_learns_in_every_precision(precision):
    chosen = presets.preset("digits-snn-loihi")
    network, recipe = chosen.network(precision), replace(chosen.recipe, epochs=3)
    state = train(network, data.digits("train"), recipe=recipe, progress=False)
    assert evaluate(network, state, data.digits("test")).accuracy > 90


def test_no_samples_are_no_update():
    case = loihi_case(presets.preset("digits-snn-loihi").network(), samples=0)
    for network in (case.network, replace(case.network, steps=40)):  # 40: beyond the fast kernel
        with Engine(network, case.state, threads=1) as engine:
            result = engine.train_online(case.images, case.labels, case.keys)
            assert result.predictions.shape == (0,)
            assert engine.state().equals(case.state)


def test_fp32_learns_one_by_one():
    network = replace(presets.preset("digits-snn").network("fp32"), batch=1)
    case = loihi_case(network, samples=3)
    with engine_for(network, case.state) as online, engine_for(network, case.state) as single:
        found = online.train_online(case.images, case.labels, case.keys)
        for k in range(3):
            one = slice(k, k + 1)
            expected = single.train_batch(case.images[one], case.labels[one], case.keys[one])
            np.testing.assert_array_equal(found.v[one], expected.v)
        assert online.state().equals(single.state())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda i, la, k: (i[:, :60], la, k), r"images have shape \(12, 60\)"),
        (lambda i, la, k: (i, la[:3], k), r"labels are int64 \(3,\): give integers of"),
        (lambda i, la, k: (i, la + 10, k), r"label .* must be in 0\.\.9"),
        (lambda i, la, k: (i, la, k[:2]), r"keys are uint64 \(2,\)"),
    ],
)
def test_samples_that_do_not_fit_are_refused(change, message):
    case = loihi_case(presets.preset("digits-snn-loihi").network())
    with Engine(case.network, case.state, threads=1) as engine:
        with pytest.raises(ValueError, match=message):
            engine.train_online(*change(case.images, case.labels, case.keys))
        with pytest.raises(NetworkError, match=r"raised by 40 is 48: must be in 0\.\.40"):
            engine.train_online(case.images, case.labels, case.keys, lr_boost=40)
        assert engine.state().equals(case.state)
