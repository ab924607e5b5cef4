"""What instructions, groups, programs and images refuse."""

from dataclasses import replace

import numpy as np
import pytest
from microcode_support import PORTS, group_of, image_of

from lava_intsnn.loihi.microcode import (
    Axon,
    Constant,
    ConvGeometry,
    Group,
    GroupState,
    Image,
    LearningRule,
    MicrocodeError,
    Phase,
    Port,
    Slot,
    SumOfProducts,
    SynapseData,
    digest,
    ins,
)

RULE = dict(x1_shift=1, tag_first=0, tag_last=0, update_step=0, stream=0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ADDD", "r0", "r0", "r0"), "'ADDD': must be one of HALT, READ"),
        (("ADD", "r0", "r0"), "ADD with 2 operands: it takes 3"),
        (("ADD", "r8", "r0", "r0"), "'r8' must be a register to write"),
        (("ADD", "r0", "p0", "r0"), "'p0' must be a register r0..r7, a constant"),
        (("ADD", "r0", 3, "r0"), "3 must be a register r0..r7, a constant"),
        (("SHL", "r0", "r0", 32), r"SHL: a shift = 32: must be an integer in 0\.\.31"),
        (("SHL", "r0", "r0", True), "a shift = True"),
        (("SAT", "r0", "r0", 1), r"a width in bits = 1: must be an integer in 2\.\.32"),
        (("SEL", "r0", "r1", "r0", "r0"), "'r1' must be a predicate"),
        (("TRACE", "y4", "r0"), "'y4' must be a trace"),
        (("STORE", "step", "r0"), "'step' must be a state"),
    ],
)
def test_instruction_refuses(words, message):
    with pytest.raises(MicrocodeError, match=message):
        ins(*words)


def test_comments_are_no_part_of_an_instruction():
    assert ins("HALT", comment="(3.2)") == ins("HALT")
    assert hash(ins("HALT", comment="(3.2)")) == hash(ins("HALT"))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ([("MOV", "r0", "r1")], "instruction 0 .MOV r0, r1.: reads r1, which this phase has not"),
        ([("MOV", "r0", "one"), ("SEL", "r0", "p0", "r0", "r0")], "reads p0"),
        ([("NOT", "p0", "p0")], "reads p0"),
        ([("READ", "r0", "u")], "state 'u': must be one of those declared: v"),
        ([("RDC", "r0", "b")], "port 'b': must be one of those declared: a"),
        ([("MOV", "r0", "two")], "constant 'two': must be one of those declared: one"),
        ([("EQ", "p0", "one", "one"), ("SPIKE", "o", "p0", "one")], "axon 'o'.*declared: none"),
        ([("HALT",)], "must end with HALT, and have no other one"),
    ],
)
def test_phase_refuses(code, message):
    with pytest.raises(MicrocodeError, match=message):
        group_of(*code, states={"v": 8}, ports=PORTS, constants={"one": 1})


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"n": 0}, r"n = 0: must be an integer in 1\.\."),
        ({"states": (GroupState("v", 33),)}, r"v: bits = 33: must be an integer in 2\.\.32"),
        ({"states": (GroupState("v", 8), GroupState("v", 9))}, "state 'v': is given twice"),
        ({"ports": (Port("a b", 8),)}, "port name 'a b'"),
        ({"axons": (Axon("out", 0),)}, r"bits = 0: must be an integer in 1\.\.32"),
        ({"constants": (Constant("r0", 1),)}, "'r0': is that of a register"),
        ({"constants": (Constant("big", 1 << 31),)}, "constant big = 2147483648"),
        ({"constants": tuple(Constant(f"c{i}", 0) for i in range(56))}, "at most 55"),
        ({"phases": (Phase("go", ()),)}, "must end with HALT"),
        ({"schedule": (Slot("go", 0, 1),)}, "phase 'go'.*declared: none"),
    ],
)
def test_group_refuses(parts, message):
    with pytest.raises(MicrocodeError, match=message):
        Group(**{"name": "g", "n": 4, **parts})


@pytest.mark.parametrize("slots", [((2, 1),), ((0, 3), (3, 4)), ((4, 5), (0, 1)), ((-1, 0),)])
def test_schedule_is_ascending_without_overlap(slots):
    phase = Phase("go", (ins("HALT"),))
    with pytest.raises(MicrocodeError, match="schedule of phase go"):
        Group(name="g", n=1, phases=(phase,), schedule=tuple(Slot("go", *s) for s in slots))


CONV = ConvGeometry(in_shape=(1, 3, 1), kernel=1, stride=1, padding=0)
W = np.array([[1, -2, 3], [4, 5, -6]])


def program(**block):
    return image_of(group_of(n=2, ports=(*PORTS, Port("label", 3, host=True))), W, **block).program


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"source": "y"}, "source 'y': this program has x"),
        ({"port": "b"}, "port 'b'"),
        ({"port": "label"}, "port label of g is written by the host"),
        ({"n_in": 4}, "3 sources onto 2 neurons: x has 4 and g 2"),
        ({"bits": 10}, r"bits = 10: must be an integer in 2\.\.9"),
        ({"w_min": -129}, r"w_min = -129: must be an integer in -128\.\.127"),
        ({"w_min": 5, "w_max": 4}, r"w_max = 4: must be an integer in 5\.\.127"),
        ({"weights_digest": "abc"}, "weights_digest = 'abc': must be a SHA-256"),
        ({"delays_digest": digest(W)}, "delays_digest without delays"),
        ({"max_delay": 63}, r"max_delay = 63: must be an integer in 0\.\.62"),
        ({"conv": CONV}, r"shape = \(2, 3\): the geometry gives"),
        ({"period": 0}, "period = 0"),
        (
            {"learning": LearningRule(dt="x1*y1", dw="t", **{**RULE, "update_step": 1})},
            r"update_step = 1: must be an integer in 0\.\.0",
        ),
    ],
)
def test_program_refuses(block, message):
    with pytest.raises(MicrocodeError, match=message):
        program(**block)


def test_a_schedule_stays_in_the_period():
    with pytest.raises(MicrocodeError, match=r"phase go at step 3: the period has 3 steps"):
        image_of(group_of(n=2, ports=PORTS, step=3), W, period=3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "w: its data is missing"),
        ({"w": W, "v": W}, "data of v: the program has no such block"),
        ({"w": W.T}, r"weights of shape \(3, 2\): must be \(2, 3\)"),
        ({"w": W * 30}, r"weights in -180\.\.150: must be in -128\.\.127"),
        ({"w": W + 1}, "weights are not those of the program"),
        ({"w": SynapseData(W, W * 0)}, "delays are given exactly where"),
    ],
)
def test_image_refuses(data, message):
    held = {k: v if isinstance(v, SynapseData) else SynapseData(v) for k, v in data.items()}
    with pytest.raises(MicrocodeError, match=message):
        Image(program(), held)


def test_image_refuses_delays_of_another_program():
    delays = np.array([[0, 1, 2], [2, 1, 0]])
    image = image_of(group_of(n=2, ports=PORTS), W, delays=delays)
    with pytest.raises(MicrocodeError, match="delays are not those of the program"):
        Image(image.program, {"w": SynapseData(W, delays[::-1])})
    with pytest.raises(MicrocodeError, match=r"delays in 0\.\.3: must be in 0\.\.2"):
        Image(image.program, {"w": SynapseData(W, delays + (delays == 2))})


def test_learned_weights_make_another_image_of_the_same_code():
    image = image_of(group_of(n=2, ports=PORTS), W)
    learned = image.with_weights({"w": W + 1})
    assert learned.data["w"].weights.tolist() == (W + 1).tolist()
    assert learned.program != image.program
    restored = replace(learned.program.blocks[0], weights_digest=digest(W))
    assert replace(learned.program, blocks=(restored,)) == image.program
    with pytest.raises(MicrocodeError, match="synapse block 'u'"):
        image.with_weights({"u": W})


def test_digests_tell_shapes_and_numbers_apart_but_not_dtypes():
    assert digest(W) == digest(W.astype(np.int8)) == digest(np.asfortranarray(W))
    assert len({digest(W), digest(W.T), digest(W.reshape(3, 2)), digest(W + 1)}) == 4


@pytest.mark.parametrize(
    ("text", "shift"),
    [
        ("-2^-8*t*y2", 8),
        ("x1*y1", 0),
        ("2^3*x1*y1 - 2^-2*t", 2),
        ("3*2^-4*x1*y1*w + 7*x0", 4),
        ("-8*y3", 0),
    ],
)
def test_rules_as_text(text, shift):
    rule = SumOfProducts.parse(text)
    assert str(rule) == text
    assert rule.shift == shift
    assert SumOfProducts.parse(text.replace(" ", "")) == rule


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must be a sum of products"),
        ("t +", "must be a sum of products"),
        ("2^-8", "product of 0 factors"),
        ("t*z", "factor 'z' of a rule: must be one of x0, x1"),
        ("t*y1*y2*y3", "product of 4 factors"),
        ("9*t", r"mantissa of a product = 9: must be an integer in -8\.\.7"),
        ("0*t", "mantissa of a product = 0"),
        ("2^8*t", r"exponent of a product = 8: must be an integer in -15\.\.7"),
        ("2**3*t", "scale '2.*3' must be"),
        ("2^^3*t", "scale '2^^3' must be".replace("^", r"\^")),
    ],
)
def test_rules_refused(text, message):
    with pytest.raises(MicrocodeError, match=message):
        SumOfProducts.parse(text)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"dt": "2^-1*x1"}, "a tag changes by whole numbers"),
        ({"dw": "2^7*t*w*y1 + 2^-8*t"}, "must fit 32 bits"),
        ({"tag_bits": 10}, r"tag_bits = 10: must be an integer in 2\.\.9"),
        ({"tag_first": 1}, r"tag_first = 1: must be an integer in 0\.\.0"),
        ({"tag_last": 1}, r"tag_last = 1: must be an integer in 0\.\.0"),
        ({"x1_shift": -1}, "x1_shift = -1"),
    ],
)
def test_learning_rule_refuses(parts, message):
    with pytest.raises(MicrocodeError, match=message):
        LearningRule(**{"dt": "x1*y1", "dw": "2^-8*t*y2", **RULE, **parts})
