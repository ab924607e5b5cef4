"""Where nothing is rounded, the float twin is the integer network."""

from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn import reference
from lava_intsnn.floating import FloatEngine
from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    FrameEncoder,
    Loss,
    Network,
    Neuron,
    Precision,
    Recurrence,
)
from lava_intsnn.random_keys import train_keys
from lava_intsnn.state import State
from lava_intsnn.training.executors import engine_for

#: Shifts by 0, no leak, nothing near its width.
NEURON = Neuron(vth=12, window=30, decay_shift=0, v_bits=31)
PLASTIC = {"neuron": NEURON, "lr_shift": 0, "clip": 16, "trace_shift": 0}
FIXED, LEARNED = (
    Recurrence(source="voltage", b16_shift=0, shift=0),
    Recurrence(source="spikes", shift=0, learned=True),
)
LOCAL = Feedback(propagation="local")
NETWORKS = {
    "direct": ((Dense(n_in=9, n_out=6, **PLASTIC), Dense(n_in=6, n_out=3, **PLASTIC)), {}),
    "feedback": (
        (Dense(n_in=9, n_out=6, **PLASTIC), Dense(n_in=6, n_out=3, **PLASTIC)),
        {"feedback": Feedback(propagation="feedback", soft_start=1, err_vth=9, err_shift=1)},
    ),
    "final": (
        (Dense(n_in=9, n_out=6, **PLASTIC), Dense(n_in=6, n_out=3, **PLASTIC)),
        {"feedback": Feedback(propagation="final", err_vth=1, time_gated=False)},
    ),
    "conv": (
        (
            Conv(in_shape=(5, 5, 1), channels=2, kernel=3, stride=2, padding=1, **PLASTIC),
            Dense(n_in=18, n_out=3, **PLASTIC),
        ),
        {},
    ),
    "recurrence": (
        (Dense(n_in=9, n_out=4, recurrence=FIXED, **PLASTIC), Dense(n_in=4, n_out=3, **PLASTIC)),
        {"loss": Loss(kind="positive", alpha=8)},
    ),
    "learned": (
        (Dense(n_in=9, n_out=4, recurrence=LEARNED, **PLASTIC), Dense(n_in=4, n_out=3, **PLASTIC)),
        {"loss": Loss(kind="random", alpha=8)},
    ),
    "local": (
        tuple(Dense(n_in=n, n_out=o, **PLASTIC) for n, o in ((9, 6), (6, 5), (5, 3))),
        {"feedback": LOCAL, "local": (Dense(n_in=6, n_out=3, **PLASTIC), None)},
    ),
    "delays and counts": (
        (Dense(n_in=9, n_out=6, max_delay=2, **PLASTIC), Dense(n_in=6, n_out=3, **PLASTIC)),
        {"encoder": FrameEncoder(max_count=5)},
    ),
}


def twin_of(integer):
    return replace(integer, precision=replace(integer.precision, floating=True))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("tie_break", [True, False])
def test_same_numbers_as_the_reference(name, tie_break):
    layers, options = NETWORKS[name]
    options = {"loss": Loss(kind="standard", alpha=8)} | options
    integer = Network(
        name=name,
        layers=layers,
        steps=4,
        batch=6,
        tie_break=tie_break,
        precision=Precision.parse("16-16"),
        **options,
    )
    floating = twin_of(integer)
    rng = np.random.default_rng(len(name))
    weights = tuple(
        rng.integers(-8, 14, layer.weight_shape).astype(np.int32) for layer in integer.all_layers
    )
    state = State(weights)
    first = state
    with FloatEngine(
        floating, State(tuple(w.astype(np.float32) for w in weights)), threads=1
    ) as engine:
        for step in range(2):
            images = rng.integers(0, 256, (6, integer.n_values)).astype(np.uint8)
            labels = rng.integers(-1, 3, 6)
            keys = train_keys(0, step, np.arange(6))
            state, expected = reference.train_batch(integer, state, images, labels, keys)
            found = engine.train_batch(images, labels, keys)
            for what in ("predictions", "counts", "v"):
                np.testing.assert_array_equal(getattr(found, what), getattr(expected, what))
            assert found.predictions.dtype == found.counts.dtype == np.int32
        for w, w_float, old in zip(state.weights, engine.state().weights, first.weights):
            assert (w != old).any()
            np.testing.assert_array_equal(w_float, w)
        images = images[[0] * 15]  # any number of samples, however many fit a batch
        keys = np.arange(15, dtype=np.uint64)
        expected = reference.infer_batch(integer, state, images, keys)
        np.testing.assert_array_equal(engine.infer_batch(images, keys).counts, expected.counts)


def test_the_potential_that_recurrence_reads_saturates():
    """A loop of a gain above one grows by what 16 bits hold in a step, not without bounds."""
    neuron = replace(NEURON, vth=2**29)
    integer = Network(
        name="loop",
        layers=(Dense(n_in=1, n_out=2, recurrence=FIXED, **PLASTIC | {"neuron": neuron}),),
        steps=12,
        batch=1,
        tie_break=False,
        encoder=FrameEncoder(max_count=255),
        precision=Precision.parse("16-16"),
    )
    floating = twin_of(integer)
    weights = np.array([[100, 9, 0], [-100, 0, 9]], np.int32)
    images, keys = np.full((1, 12), 255, np.uint8), np.zeros(1, np.uint64)
    expected = reference.infer_batch(integer, State((weights,)), images, keys).v
    assert expected.tolist() == [[12 * 25_500 + 9 * (25_500 + 10 * 32_767), -3_484_530]]
    with FloatEngine(floating, State((weights.astype(np.float32),)), threads=1) as twin:
        np.testing.assert_array_equal(twin.infer_batch(images, keys).v, expected)


def mixed(batch):
    neuron = Neuron(vth=300, window=500)
    return Network(
        name="mixed",
        layers=(
            Conv(in_shape=(6, 6, 1), channels=3, kernel=3, stride=1, neuron=neuron, lr_shift=9),
            Dense(n_in=48, n_out=20, neuron=neuron, lr_shift=7, recurrence=Recurrence()),
            Dense(n_in=20, n_out=4, neuron=neuron, lr_shift=3),
        ),
        steps=8,
        batch=batch,
        precision=Precision.parse("fp32"),
    )


def test_number_of_threads_changes_no_bit():
    from lava_intsnn.state import initial_state

    network = mixed(batch=150)
    rng = np.random.default_rng(1)
    states, results = [], []
    images = rng.integers(0, 256, (140, 36)).astype(np.uint8)
    labels, keys = rng.integers(0, 4, 140), train_keys(0, 0, np.arange(140))
    for threads in (1, 3):
        with engine_for(network, initial_state(network), threads=threads) as engine:
            assert isinstance(engine, FloatEngine)
            for _ in range(3):
                results.append(engine.train_batch(images, labels, keys))
            states.append(engine.state())
    assert states[0].updates == 3
    assert states[0].equals(states[1])
    assert not states[0].equals(initial_state(network))
    for one, other in zip(results[:3], results[3:]):
        assert one.v.tobytes() == other.v.tobytes()


def test_samples_of_an_incomplete_batch_do_not_hear_of_the_last_one():
    from lava_intsnn.state import initial_state

    network = mixed(batch=100)
    rng = np.random.default_rng(2)
    images = rng.integers(0, 256, (100, 36)).astype(np.uint8)
    labels, keys = rng.integers(0, 4, 100), train_keys(0, 0, np.arange(100))
    with FloatEngine(network, initial_state(network)) as engine:
        fresh = engine.infer_batch(images[:7], keys[:7])
        engine.train_batch(images, labels, keys)
        engine.load(initial_state(network))
        again = engine.infer_batch(images[:7], keys[:7])
        assert fresh.v.tobytes() == again.v.tobytes()
        # the same samples among others, and learned with the others labelled "not to be learned"
        engine.train_batch(images[:7], labels[:7], keys[:7])
        alone = engine.state()
        engine.load(initial_state(network))
        engine.train_batch(images, np.where(np.arange(100) < 7, labels, -1), keys)
        assert engine.state().equals(alone)
