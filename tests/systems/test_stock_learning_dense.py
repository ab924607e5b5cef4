"""A network of Lava's own LearningDense: what Lava computes, written here in plain numpy."""

from dataclasses import replace

import numpy as np
import pytest
from lava.proc.dense.models import PyLearningDenseModelBitApproximate
from lava.proc.dense.process import LearningDense
from same_bits import assert_same_state

from lava_intsnn import data, network as nw, presets, reference
from lava_intsnn.arithmetic import limit, saturate, shift_ceil
from lava_intsnn.loihi.learning_engine import build, session
from lava_intsnn.network import NetworkError
from lava_intsnn.random_keys import epoch_order, train_keys
from lava_intsnn.reference.membrane import neuron_step
from lava_intsnn.reference.output_error import prediction_error
from lava_intsnn.runtime import SessionError
from lava_intsnn.state import State, initial_state


def digits(steps=6):
    """Return a legal network and some digits with their keys."""
    network = replace(presets.digits_snn_loihi(), steps=steps)
    found = data.digits("train").head(12)
    return network, found.images, found.labels, train_keys(4, 0, np.arange(12))


class LavasArithmetic:
    """Weights ``W = 2 w`` in Lava's nine bits, learned sample by sample.

    Sums are halved after they are formed. One random number of numpy's generator with seed 2 rounds
    all weights of an epoch up whose fraction is larger; the first is drawn before the first epoch.
    """

    def __init__(self, network, state):
        self.network = network
        self.weights = [2 * w.astype(np.int64) for w in state.weights]
        self.random = np.random.default_rng(2)
        self.random.random()

    def forward(self, image, key):
        """Return the output counts and every layer's eligibility."""
        network = self.network
        x = reference.encode(network.encoder, image, key=key, steps=network.steps).astype(int)
        t_corr = []
        for w, layer in zip(self.weights, network.layers):
            v = np.zeros(layer.n_out, np.int64)
            spikes, tags = [], np.zeros_like(w)
            for s_in in x:
                v, s, g = neuron_step(layer.neuron, v, (w @ s_in) >> 1)
                tags += np.outer(g, s_in)
                spikes.append(s)
            t_corr.append(tags)
            x = np.array(spikes)
        return x.sum(axis=0), t_corr

    def learn(self, image, label, key):
        """Learn one sample; return the counts."""
        network = self.network
        counts, t_corr = self.forward(image, key)
        e = prediction_error(network, counts, int(label), t=network.steps - 1, key=key)
        for _ in range(network.steps + len(network.layers)):
            drawn = self.random.random()
        for index, layer in enumerate(network.layers):
            v_fb = e
            if index < len(network.layers) - 1:
                sums = network.feedback_weights(index).astype(np.int64) @ e
                v_fb = saturate(shift_ceil(sums, layer.fb_shift), limit(network.feedback.v_fb_bits))
            change = v_fb[:, None] * t_corr[index] * 2 / 2.0**layer.lr_shift
            exact = self.weights[index] - change
            up = drawn < exact % 1
            self.weights[index] = np.clip(np.floor(exact).astype(int) + up, -256, 255)
        return counts


@pytest.mark.parametrize("third_factor", ["signed", "split"])
def test_lava_alone_learns_and_runs_as_its_arithmetic_says(third_factor):
    network, images, labels, keys = digits()
    start = initial_state(network, 4)
    oracle = LavasArithmetic(network, start)
    system = build(network, start, stock=True, third_factor=third_factor)
    assert [type(layer) for layer in system.layers] == [LearningDense, LearningDense]
    with session(system, timeout=600) as run:
        for k in range(len(images)):
            one = slice(k, k + 1)
            if k == 5:  # inference in between: it takes epochs, and so random numbers
                seen = run.infer_batch(images[one], keys[one])
                np.testing.assert_array_equal(seen.counts[0], oracle.forward(images[k], keys[k])[0])
                for _ in range(network.steps + len(network.layers)):
                    oracle.random.random()
            result = run.train_batch(images[one], labels[one], keys[one])
            counts = oracle.learn(images[k], labels[k], keys[k])
            np.testing.assert_array_equal(result.counts[0], counts)
        models = {layer.model_class for layer in system.layers}
        assert models == {PyLearningDenseModelBitApproximate}  # Lava's, not one derived from it
        held = [run.get(layer.weights).astype(int) for layer in system.layers]
        after = run.state()
    for mine, lavas, w in zip(oracle.weights, held, after.weights):
        np.testing.assert_array_equal(lavas, mine)
        np.testing.assert_array_equal(w, lavas >> 1)
        assert (lavas % 2).any()  # halves of our weights
    assert (after.seed, after.updates) == (4, 12)
    after.validate(network)


@pytest.mark.slow
def test_stock_learns_digits_within_a_fifth_of_an_epoch():
    """With larger steps than the preset; benchmarks/stock_learning_dense.py trains in full."""
    network = presets.digits_snn_loihi()
    fast = tuple(replace(layer, lr_shift=4) for layer in network.layers)
    network = replace(network, steps=4, layers=fast)
    train, test = data.digits("train"), data.digits("test").head(60)
    order = epoch_order(0, 0, len(train))[:300]
    with session(build(network, initial_state(network, 0), stock=True), timeout=600) as run:
        run.train_online(train.images[order], train.labels[order], train_keys(0, 0, order))
        assert run.evaluate(test.images, test.labels).accuracy > 60


def test_weights_are_loaded_and_the_state_is_asked_of_the_session():
    network, images, labels, keys = digits(steps=3)
    start, other = initial_state(network, 4), initial_state(network, 4)
    other = State(tuple(w // 2 for w in other.weights), seed=4, updates=7)
    system = build(network, start, stock=True)
    with session(system, timeout=600) as run:
        run.train_batch(images[:1], labels[:1], keys[:1])
        with pytest.raises(ValueError, match=r"keeps its weights to itself: call state\(\) of the"):
            system.state()
        run.load(other)
        assert_same_state(run.state(), other)
        run.infer_batch(images[:2], keys[:2])  # learns nothing
        assert_same_state(run.state(), other)
    with pytest.raises(SessionError, match="is closed"):
        run.state()


def test_ours_and_stock_have_the_same_tags():
    network, images, labels, keys = digits(steps=7)
    start = initial_state(network, 4)
    tags, weights = zip(*(observed(network, start, images, labels, keys, s) for s in (0, 1)))
    w = [layer.astype(np.int64) for layer in start.weights]
    for index, record in enumerate(reference.batch.infer_sample(network, w, images[0], keys[0])):
        np.testing.assert_array_equal(tags[0][index], 8 * record.t_corr)
        np.testing.assert_array_equal(tags[1][index], 8 * record.t_corr)
    for ours, theirs in zip(*weights):
        assert np.abs(ours - theirs).max() <= 2  # a step of w is 2 in Lava's weights


def observed(network, start, images, labels, keys, stock):
    """Return Lava's tags at the end of the first sample, and its weights after it."""
    built = build(network, start, stock=bool(stock))
    with session(built, timeout=600) as run:
        built.encoder.memory.put(0, images[:1], labels[:1], keys[:1])
        run.run(built.latency)
        tags = [run.get(layer.tag_1).astype(int) for layer in built.layers]
        run.run(built.ticks - built.latency)
        assert not any(run.get(layer.tag_1).any() for layer in built.layers)  # cleared
        return tags, [run.get(layer.weights).astype(int) for layer in built.layers]


def test_a_frozen_layer_stays_beside_stock_synapses():
    network, images, labels, keys = digits(steps=4)
    hidden, output = network.layers
    network = replace(network, layers=(replace(hidden, plastic=False), output))
    start = initial_state(network, 4)
    with session(build(network, start, stock=True), timeout=600) as run:
        run.train_online(images, labels, keys)
        after = run.state()
    np.testing.assert_array_equal(after.weights[0], start.weights[0])
    assert (after.weights[1] != start.weights[1]).any()
    assert after.updates == len(images)


# ---- what is refused


def test_traces_that_lava_cannot_keep_are_refused_by_layer():
    network, *_ = digits(steps=7)
    hidden, output = network.layers
    counting = replace(network, layers=(hidden, replace(output, trace_shift=0)))
    with pytest.raises(NetworkError, match=r"(?s)own LearningDense:\n- layer 1: its presynaptic"):
        build(counting, initial_state(counting), stock=True)
    build(counting, initial_state(counting))  # ours can
    graded = replace(network, steps=2, encoder=nw.FrameEncoder(max_count=3))
    with pytest.raises(NetworkError, match=r"(?s)own LearningDense:\n- layer 0: its presynaptic"):
        build(graded, initial_state(graded), stock=True)


def test_there_are_two_third_factors():
    network = presets.digits_snn_loihi()
    with pytest.raises(ValueError, match="third_factor = 'both': must be one of signed, split"):
        build(network, initial_state(network), third_factor="both")
