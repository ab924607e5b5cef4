"""Neuron programs of converted networks: by hand, and against the literal reference."""

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st

from lava_intsnn.conversion.spiking_network import SpikingLayer
from lava_intsnn.conversion.spiking_reference import encoder_level, fire
from lava_intsnn.loihi.converted.threshold_forms import bits_for, line, stored, table
from lava_intsnn.loihi.microcode import (
    Axon,
    Constant,
    Group,
    GroupState,
    Image,
    Input,
    Phase,
    Port,
    Program,
    Slot,
    SynapseBlock,
    SynapseData,
    digest,
    ins,
)
from lava_intsnn.loihi.microcode.machine import Machine
from lava_intsnn.loihi.microcode.neuron_programs import threshold_program

BITS = 24


def run_neurons(code_of, arrivals, *, states, thresholds=None, amplitude=1):
    """Run a program on neurons that receive ``arrivals`` (T, n); return spikes and all states."""
    steps, n = arrivals.shape
    words = [GroupState(name, bits) for name, bits in states.items()]
    parameters = {}
    for name, numbers in (thresholds.parameters if thresholds else {}).items():
        words.append(
            GroupState(name, thresholds.widths[name], rows=len(numbers), digest=digest(numbers))
        )
        parameters[f"g.{name}"] = numbers
    phases = [Phase("first", (*code_of(first=True), ins("HALT")))]
    phases.append(Phase("step", (*code_of(first=False), ins("HALT"))))
    constants = threshold_program.CONSTANTS | {"amplitude": amplitude}
    group = Group(
        name="g",
        n=n,
        states=tuple(words),
        ports=(Port("a", BITS),),
        axons=(Axon("spike", 8),),
        constants=tuple(Constant(name, value) for name, value in constants.items()),
        phases=tuple(phases),
        schedule=(Slot("first", 0, 0), Slot("step", 1, steps - 1)),
    )
    eye = np.eye(n, dtype=np.int64)
    block = SynapseBlock(
        name="w",
        source="x",
        group="g",
        port="a",
        shape=(n, n),
        bits=8,
        w_min=-128,
        w_max=127,
        weights_digest=digest(eye),
    )
    program = Program(
        name="p",
        period=steps,
        inputs=(Input(name="x", n=n, bits=BITS),),
        groups=(group,),
        blocks=(block,),
    )
    machine = Machine(Image(program, {"w": SynapseData(eye)}, parameters))
    found, held = [], []
    for _ in range(2):  # a second sample finds what the first has left
        for arrived in arrivals:
            found.append(machine.tick({"x": arrived[None]})["g.spike"][0])
            held.append({name: machine.cores["g"].state(name)[0] for name in states})
    assert np.array_equal(found[:steps], found[steps:])
    return np.array(found[:steps]), held[:steps]


def form_of(kind, theta, *, levels, bound):
    theta = np.asarray(theta)
    if kind == "table":
        return table(theta, levels=levels, bound=bound)
    return line(table(theta, levels=levels, bound=bound), bound=bound, state_bits=BITS)


@pytest.mark.parametrize("kind", ["table", "line"])
def test_a_neuron_fires_and_takes_back_by_hand(kind):
    # one channel with Theta = 3, 5, 7; what arrives, then v, n and the spike of each step
    by_hand = [
        (2, 2, 0, 0),  # below Theta_1
        (4, 6, 1, 1),  # reaches Theta_1 and Theta_2: one spike a step
        (0, 6, 2, 1),  # the second one
        (-3, 3, 1, -1),  # below Theta_2: taken back
        (0, 3, 1, 0),  # Theta_1 is just reached
        (-9, -6, 0, -1),
        (0, -6, 0, 0),  # nothing is left to take back
        (20, 14, 1, 1),
        (0, 14, 2, 1),
        (0, 14, 3, 1),
    ]
    arrivals = np.array([[row[0]] for row in by_hand])
    thresholds = form_of(kind, [[3, 5, 7]], levels=3, bound=20)
    states = {"v": bits_for(-20, 20), "n": bits_for(0, 4)}

    def code(*, first):
        return thresholds.code(first=first, graded=False)

    spikes, held = run_neurons(code, arrivals, states=states, thresholds=thresholds)
    assert [int(s[0]) for s in spikes] == [row[3] for row in by_hand]
    assert [(int(h["v"][0]), int(h["n"][0])) for h in held] == [row[1:3] for row in by_hand]


def test_an_encoder_spikes_as_long_as_its_level_says_by_hand():
    thresholds = table(np.array([[-2, 5, 5, 9]]), levels=4, bound=20)
    # levels 0, 1, 1, 3, 4; later input is ignored
    arrivals = np.array([[-3, -2, 4, 5, 9], [20, 20, 20, 20, -20], *[[0] * 5] * 4])

    def code(*, first):
        return threshold_program.thermometer(4, first=first)

    spikes, held = run_neurons(
        code, arrivals, states={"level": 4}, thresholds=thresholds, amplitude=4
    )
    assert held[-1]["level"].tolist() == [0, 1, 1, 3, 4]
    assert spikes.tolist() == [
        [0, 4, 4, 4, 4],
        [0, 0, 0, 4, 4],
        [0, 0, 0, 4, 4],
        [0, 0, 0, 0, 4],
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
    ]


def test_an_accumulator_adds_up_by_hand():
    arrivals = np.array([[5, -7], [-9, 0], [0, 3]])

    def code(*, first):
        return threshold_program.accumulator(first=first)

    spikes, held = run_neurons(code, arrivals, states={"acc": 6})
    assert [h["acc"].tolist() for h in held] == [[5, -7], [-4, -7], [-4, -4]]
    assert not spikes.any()


@st.composite
def staircases(draw):
    """Thresholds (O, M) that never fall, near a line or anywhere, and a bound of potentials."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    channels, levels = draw(st.integers(1, 4)), draw(st.integers(1, 10))
    bound = draw(st.sampled_from((1, 7, 100, 5000)))
    if draw(st.booleans()):
        step = rng.uniform(0, bound / 3, (channels, 1))
        theta = np.ceil(rng.uniform(-bound, bound, (channels, 1)) + step * np.arange(levels))
    else:
        theta = np.sort(rng.integers(-2 * bound, 2 * bound + 1, (channels, levels)), axis=1)
        theta[rng.random(theta.shape) < 0.1] = draw(st.sampled_from((-(2**40), 2**40)))
        theta = np.sort(theta, axis=1)
    return theta.astype(np.int64), bound, rng


@given(staircases(), st.integers(2, 12), st.sampled_from((1, 3)))
@family(150)
def test_both_forms_do_what_the_reference_does(case, steps, amplitude):
    theta, bound, rng = case
    channels, levels = theta.shape
    n = 3 * channels
    # potentials that stay within the bound, and arrive there from anywhere
    v = np.clip(rng.integers(-bound, bound + 1, (steps, n)), -bound, bound)
    v[rng.random(v.shape) < 0.3] = 0
    layer = SpikingLayer(np.ones((channels, 1, 1, 1), np.int8), theta)
    count, wanted = np.zeros((1, 3, channels), np.int64), []
    for t in range(steps):
        s = fire(layer, v[t].reshape(count.shape), count)
        # no more counts than thresholds, as the steps of a run ensure
        s = np.where(count + s > levels, 0, s)
        count = count + s
        wanted.append(amplitude * s.ravel())
    rows = table(theta, levels=levels, bound=bound)
    on_line = line(rows, bound=bound, state_bits=BITS)
    arrivals = np.diff(v, axis=0, prepend=0)
    states = {"v": bits_for(-bound, bound), "n": bits_for(0, max(levels, steps))}
    for form in (rows, on_line):
        if form is None or (form is on_line and steps > levels):
            continue  # a line goes on beyond its last level

        def code(*, first, form=form):
            return form.code(first=first, graded=amplitude != 1)

        spikes, _ = run_neurons(code, arrivals, states=states, thresholds=form, amplitude=amplitude)
        np.testing.assert_array_equal(spikes, wanted, err_msg=form.form)


@given(staircases())
@family(200)
def test_every_form_is_the_same_staircase(case):
    """Checked for every potential of a layer, not for those that occur."""
    theta, bound, _ = case
    v = np.arange(-bound, bound + 1)
    wanted = (v[None, :, None] >= theta[:, None, :]).sum(axis=2)
    rows = table(theta, levels=theta.shape[1], bound=bound)
    clipped = np.stack(list(rows.parameters.values()), axis=1)
    np.testing.assert_array_equal((v[None, :, None] >= clipped[:, None, :]).sum(axis=2), wanted)
    layer = SpikingLayer(np.ones((len(theta), 1, 1, 1), np.int8), clipped)
    grid = np.broadcast_to(v[:, None], (len(v), len(theta)))[None]
    np.testing.assert_array_equal(encoder_level(layer, grid)[0].T, wanted)
    found = line(rows, bound=bound, state_bits=BITS)
    chosen = stored(theta, levels=theta.shape[1], bound=bound, state_bits=BITS)
    assert chosen.bytes <= rows.bytes
    if found is None:
        assert chosen.form == "table"
        return
    first, step = found.parameters.values()
    levels = first[:, None] + step[:, None] * np.arange(theta.shape[1])
    scaled = v.astype(np.int64) << found.shift
    reached = (scaled[None, :, None] >= levels[:, None, :]).sum(axis=2)
    np.testing.assert_array_equal(reached, wanted)


@pytest.mark.parametrize(
    ("theta", "shift", "first", "step"),
    [
        ([[3, 5, 7]], 0, [3], [2]),
        ([[0, 2, 3, 5]], 1, None, [3]),  # steps of 3/2
        ([[3, 4, 9]], None, None, None),
    ],
)
def test_lines_by_hand(theta, shift, first, step):
    theta = np.array(theta)
    found = line(table(theta, levels=theta.shape[1], bound=50), bound=50, state_bits=BITS)
    if shift is None:
        assert found is None
        return
    assert found.shift == shift
    firsts, steps = found.parameters.values()
    assert steps.tolist() == step
    assert first is None or firsts.tolist() == first


@pytest.mark.parametrize(
    ("low", "high", "bits"), [(0, 0, 2), (0, 1, 2), (-2, 1, 2), (-3, 0, 3), (0, 4, 4), (-8, 7, 4)]
)
def test_the_fewest_bits_of_a_range(low, high, bits):
    assert bits_for(low, high) == bits
