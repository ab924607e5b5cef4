"""The core runs code as the manual says, and no number leaves its width unseen."""

import numpy as np
import pytest
from families import family
from hypothesis import HealthCheck, given, strategies as st
from microcode_support import AXONS, LeftItsWidth, group_of, image_of, interpret
from random_programs import groups, images

from lava_intsnn.loihi.microcode import (
    Axon,
    CoreCounts,
    GroupCore,
    Image,
    MicrocodeError,
    Port,
    Program,
)
from lava_intsnn.loihi.microcode.errors import signed_range
from lava_intsnn.loihi.microcode.instruction_set import Interpreter, Words
from lava_intsnn.loihi.microcode.isa import TRACES
from lava_intsnn.network import Neuron
from lava_intsnn.reference.membrane import neuron_step


def core_of(group, **more) -> GroupCore:
    """The core of a group that has no synapses."""
    program = Program(name="p", period=1, inputs=(), groups=(group,), blocks=())
    return GroupCore(Image(program, {}), "g", **more)


# --- instructions --------------------------------------------------------------------------------


@given(groups(), st.integers(1, 2), st.data())
@family(120)
def test_any_code_does_what_the_plain_interpreter_does(group, batch, data):
    """Also where a number leaves its width: the checks left out are those that are not needed."""
    phase = data.draw(st.sampled_from(group.phases))
    step = data.draw(st.integers(0, 5))
    words = Words.zeros(group, batch)
    widths = {**dict.fromkeys(TRACES, 8), **{s.name: s.bits for s in (*group.states, *group.ports)}}
    for held in (words.states, words.traces, words.ports):
        for name in held:
            value = st.one_of(st.sampled_from(signed_range(widths[name])), st.integers(-2, 1))
            cells = [data.draw(value) for _ in range(batch * group.n)]
            held[name] = np.array(cells, np.int64).reshape(batch, group.n)
    neurons = [
        {k: int(v[b, j]) for held in vars(words).values() for k, v in held.items()}
        for b in range(batch)
        for j in range(group.n)
    ]
    executor = Interpreter(group, phase, period=6, batch=batch)
    try:
        expected = [interpret(group, phase.name, neuron, step) for neuron in neurons]
    except LeftItsWidth:
        with pytest.raises(MicrocodeError, match=f"group g, phase {phase.name}, .* leaves"):
            executor.run(words, step)
        return
    spikes = executor.run(words, step)
    for at, neuron in enumerate(neurons):
        for held in vars(words).values():
            for name, array in held.items():
                assert array.shape == (batch, group.n)
                assert array.flat[at] == neuron[name], name
        for name, payload in spikes.items():
            assert payload.flat[at] == expected[at].get(name, 0)


@pytest.mark.parametrize(
    ("words", "a", "b", "result"),
    [
        (("ADD", "r2", "r0", "r1"), 5, -7, -2),
        (("SUB", "r2", "r0", "r1"), 5, -7, 12),
        (("NEG", "r2", "r0"), 5, 0, -5),
        (("ABS", "r2", "r1"), 5, -7, 7),
        (("MIN", "r2", "r0", "r1"), 5, -7, -7),
        (("MAX", "r2", "r0", "r1"), 5, -7, 5),
        (("SHL", "r2", "r1", 4), 5, -7, -112),
        (("SHR", "r2", "r1", 1), 5, -7, -4),
        (("SHZ", "r2", "r1", 1), 5, -7, -3),
        (("MUL_SHR", "r2", "r0", "r1", 2), 5, -7, -9),
        (("MUL_SHR", "r2", "r0", "r1", 31), 2**31 - 1, -(2**31), -(2**31) + 1),
        (("SAT", "r2", "r1", 8), 5, -128, -127),
        (("SAT", "r2", "r0", 8), 127, 0, 127),
        (("SAT", "r2", "r0", 32), -(2**31), 0, -(2**31) + 1),
        (("MOV", "r2", "step"), 0, 0, 0),
    ],
)
def test_instructions_by_hand(words, a, b, result):
    group = group_of(
        ("MOV", "r0", "a"), ("MOV", "r1", "b"), words, ("STORE", "v", "r2"),
        states={"v": 32}, constants={"a": a, "b": b},
    )  # fmt: skip
    core = core_of(group)
    core.tick(0)
    assert core.state("v").tolist() == [[result] * 4]


# --- the neuron of the paper ---------------------------------------------------------------------

FIRE = [
    ("SUB", "r2", "r0", "vth"),
    ("ABS", "r2", "r2"),
    ("LT", "p0", "r2", "window"),
    ("SEL", "r3", "p0", "one", "zero"),
    ("TRACE", "y1", "r3"),
    ("GT", "p1", "r0", "vth"),
    ("SEL", "r0", "p1", "zero", "r0"),
    ("STORE", "v", "r0"),
    ("SPIKE", "out", "p1", "one"),
]


def lif(neuron: Neuron, n: int):
    """The LIF step by hand (3.1-3.3), plain or guarded."""
    guard = neuron.guard_bits
    constants = {"vth": neuron.vth << guard, "window": neuron.window << guard, "one": 1, "zero": 0}
    read = [("READ", "r0", "v"), ("RDC", "r1", "a")]
    if neuron.guarded:
        constants |= {"top": 1 << 23, "bottom": -(1 << 23), "turn": 1 << 24}
        current = [
            ("SHL", "r1", "r1", guard),
            ("SUB", "r2", "r1", "turn"),
            ("GT", "p0", "r1", "top"),
            ("SEL", "r1", "p0", "r2", "r1"),
            ("ADD", "r2", "r1", "turn"),
            ("GE", "p0", "bottom", "r1"),
            ("SEL", "r1", "p0", "r2", "r1"),
            ("SHZ", "r0", "r0", neuron.decay_shift),
        ]
    else:
        current = [("SHR", "r0", "r0", neuron.decay_shift)]
    add = [("ADD", "r0", "r0", "r1"), ("SAT", "r0", "r0", neuron.v_bits)]
    return group_of(
        *read, *current, *add, *FIRE,
        n=n, states={"v": neuron.v_bits}, ports=(Port("a", 20, host=True),), axons=AXONS,
        constants=constants,
    )  # fmt: skip


@given(st.booleans(), st.data())
@family(200)
def test_lif_by_hand_is_the_reference_neuron(guarded, data):
    v_bits = 24 if guarded else data.draw(st.sampled_from((12, 20, 24)))
    neuron = Neuron(
        vth=data.draw(st.integers(1, 2000)),
        window=data.draw(st.integers(0, 4000)),
        decay_shift=data.draw(st.integers(0, 12)),
        v_bits=v_bits,
        guarded=guarded,
    )
    core = core_of(lif(neuron, 3))
    v = np.zeros(3, np.int64)
    for _ in range(data.draw(st.integers(1, 5))):
        edge = 1 << 17
        sums = st.one_of(
            st.integers(-3 * neuron.vth, 3 * neuron.vth),
            st.integers(-(1 << 19), (1 << 19) - 1),
            st.sampled_from((edge, edge + 1, -edge, -edge - 1, 3 * edge, -3 * edge, neuron.vth)),
        )
        a = np.array([data.draw(sums) for _ in range(3)])
        v, s, g = neuron_step(neuron, v, a)
        core.inject("a", a[None])
        spikes = core.tick(0)
        assert core.state("v").tolist() == [v.tolist()]
        assert spikes["out"].tolist() == [s.tolist()]
        assert core.trace("y1").tolist() == [g.tolist()]


def test_widths_that_suffice_need_no_checks():
    """Else every instruction would search its result for what cannot be there."""
    for guarded in (False, True):
        group = lif(Neuron(vth=500, window=1000, v_bits=24, guarded=guarded), 3)
        executor = Interpreter(group, group.phases[0], period=1, batch=1)
        assert [step.instruction for step in executor._steps if step.check] == []


# --- widths --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            [("STORE", "v", "r0")],
            r"group g, phase go, STORE v, r0: 128 in neuron 2 of chip 1 leaves -128\.\.127, what "
            "state v holds",
        ),
        ([("TRACE", "y2", "r0")], "TRACE y2, r0: 128 .* what trace y2 holds"),
        (
            [("EQ", "p0", "r0", "r0"), ("SPIKE", "out", "p0", "r0")],
            r"128 in neuron 2 .* leaves 0\.\.1, what axon out holds",
        ),
        ([("SHL", "r1", "r0", 24)], r"2147483648 in .* leaves -2147483648\.\.2147483647, what reg"),
        ([("MUL_SHR", "r1", "r0", "big", 6)], "2147483648 in neuron 2"),
    ],
)
def test_a_number_beyond_its_width_stops_the_core(code, message):
    group = group_of(
        ("RDC", "r0", "in"), *code,
        states={"v": 8}, ports=(Port("in", 9, host=True),), axons=(Axon("out"),),
        constants={"big": 1 << 30},
    )  # fmt: skip
    core = core_of(group, batch=2)
    values = np.zeros((2, 4), np.int64)
    values[1, 2] = 128
    core.inject("in", values)
    with pytest.raises(MicrocodeError, match=message):
        core.tick(0)


def test_a_sum_beyond_its_port_stops_the_core():
    group = group_of(("RDC", "r0", "a"), n=2, ports=(Port("a", 8),))
    core = GroupCore(image_of(group, np.array([[100, 20, 8], [0, 0, -3]])), "g")
    core.deliver("w", np.array([[1, 1, 0]]))
    core.tick(0)
    core.deliver("w", np.array([[1, 1, 1]]))
    with pytest.raises(MicrocodeError, match=r"group g: sum 128 at port a: must be in -128\.\.127"):
        core.tick(0)


# --- what a core refuses, keeps and counts --------------------------------------------------------

ADD_UP = group_of(
    ("READ", "r0", "v"), ("RDC", "r1", "a"), ("ADD", "r0", "r0", "r1"), ("STORE", "v", "r0"),
    ("GT", "p0", "r0", "zero"), ("SPIKE", "out", "p0", "r0"),
    n=2, states={"v": 16}, ports=(Port("a", 12), Port("label", 2, host=True)),
    axons=(Axon("out", 16), Axon("spare")), constants={"zero": 0},
)  # fmt: skip
W = np.array([[1, -2, 3], [-4, 5, -6]])


def test_what_a_core_is_given_is_checked():
    core = GroupCore(image_of(ADD_UP, W, period=2, input_bits=3), "g", batch=2)
    good = np.zeros((2, 3), int)
    for payload, message in (
        (good[:1], r"payload of shape \(1, 3\), int64: must be integers \(2, 3\)"),
        (good.astype(float), "float64: must be integers"),
        (good + 4, r"payload in 4\.\.4: must be in -4\.\.3"),
    ):
        with pytest.raises(MicrocodeError, match=message):
            core.deliver("w", payload)
    core.deliver("w", good)
    with pytest.raises(MicrocodeError, match="have arrived in this step already"):
        core.deliver("w", good)
    with pytest.raises(MicrocodeError, match="synapse block u: group g has w"):
        core.deliver("u", good)
    with pytest.raises(MicrocodeError, match=r"port label in 2\.\.2: must be in -2\.\.1"):
        core.inject("label", np.full((2, 2), 2))
    with pytest.raises(MicrocodeError, match="port a is fed by synapses only"):
        core.inject("a", good[:, :2])
    with pytest.raises(MicrocodeError, match=r"step 2: the period is 0\.\.1"):
        core.tick(2)
    with pytest.raises(MicrocodeError, match="batch = 0"):
        GroupCore(image_of(ADD_UP, W), "g", batch=0)


def test_states_stay_and_sums_do_not():
    core = GroupCore(image_of(ADD_UP, W, period=2), "g")
    core.deliver("w", np.array([[1, 0, 1]]))
    spikes = core.tick(0)
    assert spikes["out"].tolist() == [[4, 0]]
    assert spikes["spare"].tolist() == [[0, 0]]
    core.deliver("w", np.array([[1, 1, 1]]))
    assert core.tick(1)["out"].tolist() == [[0, 0]]  # idle: what arrived is lost
    assert core.tick(0)["out"].tolist() == [[4, 0]]
    assert core.state("v").tolist() == [[4, -10]]
    core.clear()
    assert core.state("v").tolist() == [[0, 0]]


def test_counts_by_hand():
    core = GroupCore(image_of(ADD_UP, W, period=2), "g", batch=2)
    core.deliver("w", np.array([[1, 0, 1], [1, 0, 0]]))
    core.tick(0)
    core.deliver("w", np.array([[0, 1, 0], [0, 0, 0]]))
    core.tick(1)  # idle: synapses work, neurons do not
    assert core.counts() == CoreCounts(
        instructions=7 * 2 * 2,
        spikes=2,
        synaptic_ops=4 * 2,
        state_reads=2 * 2 * 2,
        state_writes=2 * 2 * 2,
        synapse_reads=4 * 2,
    )


@given(images(), st.data())
@family(60, suppress_health_check=list(HealthCheck))
def test_chips_side_by_side_do_not_see_each_other(image, data):
    """Two chips in one core are two cores, for any program, up to the first refused number."""
    period = image.program.period
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    for group in image.program.groups:
        both = GroupCore(image, group.name, batch=2, learning=False)
        ones = [GroupCore(image, group.name, learning=False) for _ in range(2)]
        blocks = image.program.blocks_into(group.name)
        for step in [*range(period), *range(period)]:
            for block in blocks:
                n, _ = image.program.source_size(block.source)
                payload = rng.integers(0, 2, (2, n))
                both.deliver(block.name, payload)
                for chip, one in enumerate(ones):
                    one.deliver(block.name, payload[chip : chip + 1])
            expected = []
            try:
                expected = [one.tick(step) for one in ones]
            except MicrocodeError:
                with pytest.raises(MicrocodeError):
                    both.tick(step)
                break
            spikes = both.tick(step)
            for axon in group.axons:
                for chip in range(2):
                    assert np.array_equal(spikes[axon.name][chip], expected[chip][axon.name][0])
