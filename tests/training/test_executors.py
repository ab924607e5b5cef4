"""Every executor keeps the one contract, on a small network that Loihi can train."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from same_bits import assert_same_results, assert_same_state

import lava_intsnn as ls
from lava_intsnn import presets, reference
from lava_intsnn.contract import BatchResult, Executor
from lava_intsnn.data import Dataset
from lava_intsnn.network import Dense, NetworkError, Neuron, Precision
from lava_intsnn.network.guarded import inference_network
from lava_intsnn.random_keys import eval_keys, train_keys
from lava_intsnn.recipe import Recipe
from lava_intsnn.runtime import SessionError
from lava_intsnn.state import State, initial_state
from lava_intsnn.training import executors
from lava_intsnn.training.executors import backends, executor, register
from lava_intsnn.training.training_run import start

LOIHI = presets.preset("digits-snn-loihi").network()
NETWORK = replace(
    LOIHI,
    name="small",
    layers=(
        replace(LOIHI.layers[0], n_in=12, n_out=9, lr_shift=7),
        replace(LOIHI.layers[1], n_in=9, n_out=3, lr_shift=7),
    ),
)
EXACT = [name for name in backends() if name != "float"]
NO_BOOST = {"microcode", "learning-engine"}
STATE = initial_state(NETWORK, 5)
rng = np.random.default_rng(0)
IMAGES = rng.integers(0, 256, (6, 12)).astype(np.uint8)
LABELS = np.array([0, 2, -1, 1, -1, 0])
KEYS = train_keys(5, 0, np.arange(6))


def learned(network, state, images, labels, keys, *, lr_boost=0):
    parts = []
    for k in range(len(images)):
        one = slice(k, k + 1)
        state, result = reference.train_batch(
            network, state, images[one], labels[one], keys[one], lr_boost=lr_boost
        )
        parts.append(result)
    return state, BatchResult.joined(parts)


@pytest.mark.parametrize("backend", EXACT)
def test_every_executor_keeps_the_contract(backend):
    half, others = slice(0, 3), slice(3, 6)
    with executor(NETWORK, STATE, backend=backend, threads=1) as runner:
        assert isinstance(runner, Executor)
        assert runner.network == NETWORK
        assert_same_state(runner.state(), STATE)

        oracle = reference.infer_batch(NETWORK, STATE, IMAGES, KEYS)
        assert_same_results(runner.infer_batch(IMAGES, KEYS), oracle)
        none = runner.infer_batch(IMAGES[:0], KEYS[:0])
        assert (none.predictions.shape, none.counts.shape, none.v.shape) == ((0,), (0, 3), (0, 3))
        for learn in (runner.train_batch, runner.train_online, runner.train_many):
            assert_same_results(learn(IMAGES[:0], LABELS[:0], KEYS[:0]), none)
        assert_same_state(runner.state(), STATE)

        end, oracle = learned(NETWORK, STATE, IMAGES[half], LABELS[half], KEYS[half])
        found = runner.train_online(IMAGES[half], LABELS[half], KEYS[half])
        assert_same_results(found, oracle)
        middle = runner.state()
        assert_same_state(middle, end)
        end, oracle = learned(NETWORK, end, IMAGES[others], LABELS[others], KEYS[others])
        found = runner.train_many(IMAGES[others], LABELS[others], KEYS[others])
        assert_same_results(found, oracle)
        assert_same_state(runner.state(), end)

        # back to the middle, and the same again: nothing of what came after is left
        runner.load(middle)
        assert_same_state(runner.state(), middle)
        for k in range(3, 6):
            one = slice(k, k + 1)
            runner.train_batch(IMAGES[one], LABELS[one], KEYS[one])
        assert_same_state(runner.state(), end)
        oracle = reference.infer_batch(NETWORK, end, IMAGES, KEYS)
        assert_same_results(runner.infer_batch(IMAGES, KEYS), oracle)

        check_refusals(runner, backend)
        assert_same_state(runner.state(), end)
        check_boost(runner, backend, end)
        end = runner.state()
        end.weights[0][:] = 0  # a copy: not the executor's own
        assert not runner.state().equals(end)
        end = runner.state()
    runner.close()
    runner.close()
    assert_same_state(runner.state(), end)


def check_refusals(runner, backend):
    one = slice(0, 1)
    arrays = IMAGES[one], LABELS[one], KEYS[one]
    for change, message in [
        (lambda i, b, k: (i[:, :5], b, k), "images have shape"),
        (lambda i, b, k: (i.astype(np.int64), b, k), "images are int64"),
        (lambda i, b, k: (i, b, k[:0]), "keys are"),
        (lambda i, b, k: (i, b + 3, k), "label 3 of sample 0"),
    ]:
        for learn in (runner.train_batch, runner.train_online, runner.train_many):
            with pytest.raises(ValueError, match=message):
                learn(*change(*arrays))
    with pytest.raises(ValueError, match="a batch of 6 samples"):
        runner.train_batch(IMAGES, LABELS, KEYS)
    with pytest.raises(ValueError, match="images have shape"):
        runner.infer_batch(IMAGES[:, :5], KEYS)
    with pytest.raises(ValueError, match="state has 1 layers"):
        runner.load(State(STATE.weights[:1], 5))
    with pytest.raises(ValueError, match="outside -128..127"):
        runner.load(replace(STATE, weights=(STATE.weights[0] * 0 + 300, STATE.weights[1])))
    if backend in ("lava", "lava-microcode", "learning-engine"):
        with pytest.raises(SessionError, match="seed = 6: the system was built with 5"):
            runner.load(replace(STATE, seed=6))


def check_boost(runner, backend, state):
    one = slice(0, 1)
    arrays = IMAGES[one], LABELS[one], KEYS[one]
    if backend in NO_BOOST:
        with pytest.raises((ValueError, RuntimeError), match="lr_boost = 1: learning shifts are"):
            runner.train_batch(*arrays, lr_boost=1)
        with pytest.raises((ValueError, RuntimeError), match="use a recipe with error_drops"):
            runner.check_boost(1)
        assert_same_state(runner.state(), state)
    else:
        runner.check_boost(1)
        end, oracle = learned(NETWORK, state, *arrays, lr_boost=1)
        assert_same_results(runner.train_batch(*arrays, lr_boost=1), oracle)
        assert_same_state(runner.state(), end)


def test_a_chip_and_a_system_made_for_inference_do_not_learn():
    other = initial_state(NETWORK, 8)
    for backend in ("microcode", "lava"):
        with executor(NETWORK, STATE, backend=backend, learning=False) as runner:
            with pytest.raises((ValueError, RuntimeError), match="learning=(True|False)"):
                runner.train_batch(IMAGES[:1], LABELS[:1], KEYS[:1])
            runner.load(replace(other, seed=5))
            oracle = reference.infer_batch(NETWORK, other, IMAGES, KEYS)
            assert_same_results(runner.infer_batch(IMAGES, KEYS), oracle)


def test_a_chip_takes_over_the_seed():
    other = replace(initial_state(NETWORK, 8), updates=40)
    with executor(NETWORK, STATE, backend="microcode") as chip:
        chip.train_online(IMAGES, LABELS, KEYS)
        chip.load(other)
        end, oracle = learned(NETWORK, other, IMAGES, LABELS, KEYS)
        assert_same_results(chip.train_online(IMAGES, LABELS, KEYS), oracle)
        assert_same_state(chip.state(), end)


def test_lavas_own_processes_refuse_a_state():
    network = presets.digits_snn(precision="8-8")
    network = replace(inference_network(network), batch=1)
    state = initial_state(network)
    from lava.magma.core.run_configs import Loihi2SimCfg

    system = ls.build(network, state, learning=False, decompose=True, capacity=2)
    own = Loihi2SimCfg(select_tag="fixed_pt", select_sub_proc_model=True)
    refused = pytest.raises(SessionError, match="build another system from this state")
    with ls.session(system, own, timeout=60) as run, refused:
        run.load(state)


@pytest.mark.parametrize("backend", ["engine", "float", "lava"])
def test_fp32_runs_in_the_float_twin(backend):
    hidden = Dense(n_in=12, n_out=7, neuron=Neuron(vth=300, window=600), lr_shift=9)
    layers = hidden, replace(hidden, n_in=7, n_out=3)
    network = ls.Network(
        name="float", layers=layers, steps=6, batch=4, precision=Precision.parse("fp32")
    )
    state = initial_state(network, 2)
    with executor(network, state) as engine:
        oracle = engine.train_many(IMAGES, LABELS, KEYS), engine.infer_batch(IMAGES, KEYS)
        end = engine.state()
    assert not end.equals(state)
    with executor(network, state, backend=backend, threads=1) as runner:
        for _ in range(2):
            found = runner.train_many(IMAGES, LABELS, KEYS), runner.infer_batch(IMAGES, KEYS)
            assert runner.state().equals(end)
            for mine, wanted in zip(found, oracle):
                np.testing.assert_array_equal(mine.counts, wanted.counts)
                np.testing.assert_array_equal(mine.v, wanted.v)
            runner.load(state)


def test_executors_that_cannot_run_a_network_say_so():
    floating = presets.digits_snn(precision="fp32")
    state = initial_state(floating)
    with pytest.raises(NetworkError, match="fp32, and the reference computes in integers"):
        executor(floating, state, backend="reference")
    with pytest.raises(NetworkError, match="the float engine runs fp32, Engine the integers"):
        executor(NETWORK, STATE, backend="float")
    network = presets.digits_snn()
    with pytest.raises(ValueError, match="cannot learn on Loihi 2"):
        executor(network, initial_state(network), backend="learning-engine")


def test_a_load_that_does_not_fit_is_refused_before_anything_changes():
    with executor(NETWORK, STATE, threads=1) as engine:
        with pytest.raises(ValueError, match="weights are int32"):
            engine.load(State((STATE.weights[0], STATE.weights[1][:, :4]), 5))
        assert_same_state(engine.state(), STATE)


# --- the registry ---------------------------------------------------------------------------------


def test_the_registry_is_public_and_names_what_it_knows():
    assert ls.executor is executor
    with pytest.raises(ValueError, match="backend 'torch': known are engine, lava, microcode"):
        executor(NETWORK, STATE, backend="torch")


def test_an_executor_of_somebody_else_joins_in(monkeypatch):
    monkeypatch.setattr(executors, "_HOMES", dict(executors._HOMES))
    made = []

    @contextmanager
    def mine(network, state, *, threads, learning):
        made.append((threads, learning))
        with executor(network, state, threads=threads) as engine:
            yield engine

    register("mine", mine)
    register("by-name", "lava_intsnn.training.executors:engine_for")
    assert backends()[-2:] == ("mine", "by-name")
    for name in ("mine", "by-name"):
        with executor(NETWORK, STATE, backend=name, threads=1, learning=False) as runner:
            assert_same_state(runner.state(), STATE)
        assert ls.verify(NETWORK, dataset(6), samples=3, backends=[name]).identical
    assert made == [(1, False), (None, True)]
    with pytest.raises(ValueError, match="backend 'mine' exists already"):
        register("mine", mine)


# --- one loop of training and one of evaluation ---------------------------------------------------


def dataset(n):
    return Dataset(
        name="noise",
        images=np.tile(IMAGES, (-(-n // 6), 1))[:n],
        labels=np.abs(np.tile(LABELS, -(-n // 6))[:n]).astype(np.int32),
        n_classes=3,
        image_shape=(3, 4),
        split="train",
    )


@pytest.mark.parametrize("backend", [name for name in EXACT if name != "engine"])
def test_training_and_evaluation_take_any_backend(backend):
    data = dataset(8)
    recipe = Recipe(epochs=2, lr_drops=(), error_drops=())
    options = {"recipe": recipe, "seed": 3, "progress": False}
    expected = ls.train(NETWORK, data, **options)
    state = ls.train(NETWORK, data, backend=backend, validation=data, **options)
    assert_same_state(state, expected)
    mine, theirs = (ls.evaluate(NETWORK, state, data, backend=b) for b in (backend, "engine"))
    np.testing.assert_array_equal(mine.counts, theirs.counts)
    assert mine.accuracy == theirs.accuracy
    oracle = reference.infer_batch(NETWORK, state, data.images, eval_keys(3, 8))
    np.testing.assert_array_equal(mine.predictions, oracle.predictions)


@pytest.mark.parametrize("backend", ["microcode", "learning-engine", "lava-microcode"])
def test_a_schedule_that_a_backend_cannot_follow_is_refused_at_the_start(backend):
    data, recipe = dataset(4), Recipe(epochs=4, lr_drops=(75, 75))
    training = start(NETWORK, recipe, data=data.fingerprint(), seed=3)
    with pytest.raises(
        (ValueError, RuntimeError), match=r"lr_boost = 2: .* error_drops|lr_shift 9"
    ):
        next(ls.epochs_of(training, data, backend=backend, progress=False))
