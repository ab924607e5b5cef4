"""Verification finds nothing where nothing is wrong, and exactly what is wrong elsewhere."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn import data, presets, reference
from lava_intsnn.engine import Engine
from lava_intsnn.random_keys import epoch_order, train_keys
from lava_intsnn.state import State, initial_state
from lava_intsnn.training.executors import executor
from lava_intsnn.verification import verify


@pytest.fixture(scope="module")
def digits():
    return data.digits("train")


@pytest.fixture(scope="module")
def net():
    return presets.digits_snn()


class Corrupt:
    """An engine of which one weight is changed before it is read, or one result."""

    def __init__(self, engine, *, weight=None, output=None):
        self.engine, self.weight, self.output = engine, weight, output
        self.batches = 0

    def train_batch(self, images, labels, keys):
        result = self.engine.train_batch(images, labels, keys)
        if self.output and self.output[0] == self.batches:
            _, what, index = self.output
            array = np.array(getattr(result, what))
            array[index] += 1
            result = replace(result, **{what: array})
        self.batches += 1
        return result

    def state(self):
        state = self.engine.state()
        if self.weight:
            layer, index = self.weight
            state.weights[layer][index] += 3
        return state


def corrupt(**what):
    @contextmanager
    def factory(network, state):
        with Engine(network, state) as engine:
            yield Corrupt(engine, **what)

    return factory


@pytest.mark.parametrize("batch", [1, 7])
def test_the_engine_is_the_reference(net, digits, batch):
    report = verify(net, digits, samples=20, batch=batch, backends=["engine"])
    assert report.identical
    assert report.difference is None
    assert report.batches == -(-20 // batch)
    (engine,) = report.backends
    assert (engine.weights, engine.weights_identical) == (7400, 7400)
    assert engine.outputs == engine.outputs_identical == 20 * 21


def test_the_final_state_is_that_of_the_reference_trained_by_hand(net, digits):
    report = verify(net, digits, samples=5, batch=5, seed=4, epoch=2, backends=[])
    chosen = epoch_order(4, 2, len(digits))[:5]
    start = initial_state(net, 4)
    state, _ = reference.train_batch(
        net, start, digits.images[chosen], digits.labels[chosen], train_keys(4, 2, chosen)
    )
    assert report.state.equals(state)
    assert not np.array_equal(state.weights[0], start.weights[0])


@pytest.mark.parametrize(("layer", "index"), [(0, (99, 63)), (1, (0, 0)), (1, (9, 50))])
def test_one_wrong_weight_is_found(net, digits, layer, index):
    bad = {"good": executor, "bad": corrupt(weight=(layer, index))}
    report = verify(net, digits, samples=8, batch=4, backends=bad)
    assert not report.identical
    good, found = report.backends
    assert good.identical
    difference = report.difference
    assert (difference.backend, difference.what) == ("bad", "w_shadow")
    assert (difference.layer, difference.index, difference.batch) == (layer, index, None)
    assert difference.found - difference.expected == 3
    assert difference.expected == report.state.weights[layer][index]
    assert found.weights - found.weights_identical == 1


@pytest.mark.parametrize(
    ("what", "index"), [("predictions", (2,)), ("counts", (1, 9)), ("v", (3, 0))]
)
def test_one_wrong_output_is_found_in_its_batch(net, digits, what, index):
    bad = {"bad": corrupt(output=(1, what, index), weight=(0, (0, 0)))}
    report = verify(net, digits, samples=8, batch=4, backends=bad)
    difference = report.difference
    assert (difference.what, difference.batch, difference.index) == (what, 1, index)
    assert difference.found - difference.expected == 1
    assert str(difference).startswith(f"bad: {what}{list(index)} of batch 1 is")


def test_a_backend_that_does_not_learn_is_found(net, digits):
    @contextmanager
    def lazy(network, state):
        with Engine(network, state) as engine:

            class Lazy:
                def train_batch(self, images, labels, keys):
                    return engine.infer_batch(images, keys)

                def state(self):
                    return engine.state()

            yield Lazy()

    report = verify(net, digits, samples=4, batch=4, backends={"lazy": lazy})
    assert report.difference.what == "w_shadow"


def test_it_can_start_where_a_run_has_come_to(net, digits):
    state = verify(net, digits, samples=6, batch=3, backends=[]).state
    report = verify(net, digits, samples=6, batch=3, state=state, backends=["engine"])
    assert report.identical
    assert report.state.updates == 4


def test_what_cannot_be_verified_is_refused(net, digits):
    with pytest.raises(ValueError, match=r"samples = 2000: must be an integer in 1\.\.1437"):
        verify(net, digits, samples=2000)
    with pytest.raises(ValueError, match="backend 'torch': known are engine, lava"):
        verify(net, digits, samples=2, backends=["torch"])
    with pytest.raises(ValueError, match="1 layers"):
        verify(net, digits, samples=2, state=State(weights=(np.zeros((2, 2), np.int32),)))


def test_lava_is_the_reference(net, digits):
    report = verify(net, digits, samples=20, batch=8, backends=["lava"])
    assert report.identical, report.difference


def test_samples_that_loihi_could_learn_are_learned_alike_everywhere(digits):
    network = presets.preset("digits-snn-loihi").network()
    report = verify(network, digits, samples=24, backends=["engine", "lava"])
    assert report.identical, report.difference
    assert (report.batches, report.state.updates) == (24, 24)


def test_fp32_has_nothing_to_be_compared_with(digits):
    with pytest.raises(ValueError, match="fp32, which no reference defines"):
        verify(presets.digits_snn(precision="fp32"), digits, samples=2)


@pytest.mark.parametrize("name", ["mnist-csnn", "fsdd-rsnn", "fsdd-delay"])
def test_lava_is_the_reference_on_every_kind_of_layer(name):
    network = presets.preset(name).network()
    rng = np.random.default_rng(0)
    shape = (network.steps, network.n_in) if network.graded else (28, 28)
    images = rng.integers(0, 60, (20, network.n_values)).astype(np.uint8)
    samples = data.Dataset(
        name="noise",
        images=images,
        labels=rng.integers(0, 10, 20).astype(np.int32),
        n_classes=10,
        image_shape=shape,
        split="train",
    )
    report = verify(network, samples, samples=7, batch=4, backends=["lava"])
    assert report.identical, report.difference
    start = initial_state(network)
    assert all(not np.array_equal(a, b) for a, b in zip(report.state.weights, start.weights))
