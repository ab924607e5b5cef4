"""Delays that learn: the engine's bits are the reference's, and both are the equation's."""

from dataclasses import replace

import numpy as np
import pytest
from equal_training import assert_equal_training
from families import family
from hypothesis import given
from random_layers import layered_cases, learning_delays
from random_networks import EVERYTHING, cases

from lava_intsnn import data, presets, reference
from lava_intsnn.arithmetic import Rounding
from lava_intsnn.engine import Engine
from lava_intsnn.network import Dense, FrameEncoder, Network, Neuron, Precision
from lava_intsnn.recipe import Recipe
from lava_intsnn.reference import sample_slope
from lava_intsnn.reference.forward import run_layer
from lava_intsnn.state import State
from lava_intsnn.training.epochs import epochs_of, last_of
from lava_intsnn.training.training_run import start


@pytest.mark.slow
@given(learning_delays(cases(features=EVERYTHING, max_size=12, max_steps=24)))
@family(200, quick=5)
def test_random_networks_learn_the_same_delays(case):
    for threads in (1, 2):
        assert_equal_training(case, threads=threads, form="general")


@given(learning_delays(layered_cases(features=EVERYTHING - {"conv"}, max_steps=12)))
@family(100, quick=3)
def test_random_layers_learn_the_same_delays(case):
    assert_equal_training(case, threads=2, form="general")


def by_hand():
    """One input that counts 5 at step 1; one neuron, whose gate is always open."""
    neuron = Neuron(vth=100, window=1000, decay_shift=1)
    network = Network(
        name="by-hand",
        layers=(
            Dense(
                n_in=1,
                n_out=1,
                neuron=neuron,
                lr_shift=0,
                clip=1,
                max_delay=3,
                delay_source="state",
                delay_bits=4,
                delay_lr_shift=9,
                delay_clip=40,
            ),
        ),
        steps=4,
        batch=1,
        precision=Precision(shadow_bits=8, inference_bits=8),
        encoder=FrameEncoder(),
        rounding=Rounding.FLOOR,
    )
    return network, State((np.array([[10]], np.int32),), delays=(np.array([[24]]),))


def test_a_delay_follows_the_slope_of_its_trace():
    """The synapse sees 0 0 5 2 of the trace, with one step more 0 0 0 5: the slope is 0 0 -5 3.

    Nothing spikes, so the error is -alpha, -128, at every step, and the sum of ``v_fb g`` times the
    slope is ``-128 (-5 + 3) = 256``. Times the weight, 10, and shifted by 9, it is a step of 5.
    """
    network, state = by_hand()
    image, label, key = np.array([[0, 5, 0, 0]], np.uint8), np.array([0]), np.array([7], np.uint64)
    learned, _ = reference.train_batch(network, state, image, label, key)
    assert learned.delays[0].tolist() == [[24 - 5]]
    clipped = replace(network.layers[0], delay_clip=3)
    learned, _ = reference.train_batch(
        replace(network, layers=(clipped,)), state, image, label, key
    )
    assert learned.delays[0].tolist() == [[24 - 3]]


@pytest.mark.parametrize(("weight", "end"), [(120, 0), (-120, 63)])
def test_a_delay_saturates_at_the_ends_of_its_range(weight, end):
    network, state = by_hand()
    state = replace(state, weights=(np.array([[weight]], np.int32),))
    image, label, key = np.array([[0, 9, 0, 0]], np.uint8), np.array([0]), np.array([7], np.uint64)
    # a neuron that ignores what it hears, and an error that is the same whatever it does
    deaf = replace(network.layers[0], neuron=Neuron(vth=2000, window=20_000), clip=1)
    network = replace(network, layers=(deaf,))
    for _ in range(6):
        state, _ = reference.train_batch(network, state, image, label, key)
    assert state.delays[0].tolist() == [[end]]


def test_a_small_step_along_the_rule_lowers_a_smooth_loss():
    """Delays between whole steps see traces in between; the loss is ``sum (a - wanted)^2 / 2``.

    Its derivative by ``a`` is the error that the rule is given. What the rule says must be the
    derivative by each delay, and a small step against it must lower the loss.
    """
    rng = np.random.default_rng(3)
    steps, shape = 12, (3, 5)
    layer = Dense(
        n_in=5,
        n_out=3,
        neuron=Neuron(vth=300, window=100_000),
        lr_shift=0,
        max_delay=6,
        delay_source="state",
        delay_lr_shift=0,
    )
    w, x = rng.integers(-50, 50, shape), rng.integers(0, 9, (steps, 5))
    wanted = rng.integers(-200, 200, (steps, 3))
    delays = rng.integers(0, 6, shape)
    record = run_layer(layer, w, x, delays)
    assert record.g.all()  # so the error itself weights the slope

    def sums(d):
        """Return ``a (T, O)`` for delays ``d`` between whole steps."""
        times, a = np.arange(-1, steps), np.zeros((steps, 3))
        for o, i in np.ndindex(shape):
            trace = np.append(0.0, record.in_trace[:, i])  # silence before the sample
            a[:, o] += w[o, i] * np.interp(times[1:] - d[o, i], times, trace, left=0)
        return a

    def loss(d):
        return ((sums(d) - wanted) ** 2).sum() / 2

    start = delays + 1e-9  # at whole steps the derivative jumps
    error = np.rint(sums(delays)).astype(np.int64) - wanted
    found = sample_slope(layer, record, error, delays) * w
    for o, i in np.ndindex(shape):
        longer = start.copy()
        longer[o, i] += 1e-6
        assert (loss(longer) - loss(start)) / 1e-6 == pytest.approx(found[o, i], rel=1e-3, abs=5)
    step = 1e-3 * found / np.abs(found).max()
    stays = (step > 0) & (start - step < delays)  # those that would leave their whole step
    assert not stays.all()
    assert loss(start - np.where(stays, 0, step)) < loss(start)


def test_frozen_layers_keep_their_delays():
    network, state = by_hand()
    frozen = replace(network, layers=(replace(network.layers[0], plastic=False),))
    image, label, key = np.array([[0, 5, 0, 0]], np.uint8), np.array([0]), np.array([7], np.uint64)
    learned, _ = reference.train_batch(frozen, state, image, label, key)
    assert learned.delays[0].tolist() == [[24]]
    with Engine(frozen, state, threads=1) as engine:
        engine.train_batch(image, label, key)
        assert engine.state().delays[0].tolist() == [[24]]


def test_a_run_that_is_resumed_learns_the_same_delays(tmp_path):
    from lava_intsnn.formats.checkpoint import load_checkpoint, save_checkpoint

    samples = data.digits("train").head(64)
    hidden, output = presets.digits_snn().layers
    hidden = replace(hidden, max_delay=5, delay_source="state", delay_bits=8, delay_lr_shift=4)
    network = replace(presets.digits_snn(), name="delays", layers=(hidden, output), batch=16)
    run = start(network, Recipe(epochs=3), data=samples.fingerprint(), seed=4)
    whole = list(epochs_of(run, samples, threads=1, progress=False))
    save_checkpoint(tmp_path / "run.npz", whole[0])
    held = load_checkpoint(tmp_path / "run.npz")
    assert held.state.equals(whole[0].state)
    resumed = last_of(epochs_of(held, samples, threads=1, progress=False))
    assert resumed.state.equals(whole[-1].state)
    assert not np.array_equal(whole[0].state.delays[0], whole[-1].state.delays[0])
