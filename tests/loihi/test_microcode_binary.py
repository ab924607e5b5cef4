"""Code words: what they mean, and that nothing but code decodes."""

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st
from microcode_support import PORTS, group_of
from random_programs import groups

from lava_intsnn.loihi.microcode import MicrocodeError, Op, decode, encode, ins

GROUP = group_of(n=1, states={"v": 24}, ports=PORTS, constants={"one": 1, "vth": 500})


@given(groups())
@family(80)
def test_code_survives_its_words(group):
    for phase in group.phases:
        words = encode(group, phase.code)
        assert words.dtype == np.uint32
        assert len(words) == len(phase.code)
        assert decode(group, words) == phase.code


@given(st.lists(st.integers(0, (1 << 32) - 1), min_size=1, max_size=3), groups())
@family(150)
def test_what_decodes_encodes_to_the_same_words(numbers, group):
    """So no bit is ignored: two words never mean the same."""
    words = np.array(numbers, np.uint32)
    try:
        code = decode(group, words)
    except MicrocodeError:
        return
    assert encode(group, code).tolist() == words.tolist()


@given(groups(), st.data())
@family(80)
def test_a_flipped_bit_is_another_instruction_or_refused(group, data):
    code = data.draw(st.sampled_from(group.phases)).code
    words = encode(group, code)
    at = data.draw(st.integers(0, len(words) - 1))
    words[at] ^= np.uint32(1 << data.draw(st.integers(0, 31)))
    try:
        changed = decode(group, words)
    except MicrocodeError:
        return
    assert changed != code


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("HALT",), 0),
        (("READ", "r3", "v"), 1 << 26 | 3 << 20),
        (("ADD", "r1", "r2", "r3"), 8 << 26 | 1 << 20 | 2 << 14 | 3 << 8),
        (("SEL", "r1", "p2", "step", "vth"), 7 << 26 | 1 << 20 | 2 << 14 | 8 << 8 | 10),
        (("SAT", "r0", "r0", 24), 18 << 26 | 24 << 8),
        (("MUL_SHR", "r0", "r1", "one", 31), 17 << 26 | 1 << 14 | 9 << 8 | 31),
    ],
)
def test_words_by_hand(words, number):
    assert encode(GROUP, [ins(*words)]).tolist() == [number]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (63 << 26, r"word 1 \(0xfc000000\): operation 63: must be 0\.\.25"),
        (1, r"field D of HALT = 1: unused"),
        (6 << 26 | 8 << 20, r"field A of MOV = 8: must be a register to write"),
        (6 << 26 | 11 << 14, r"field B of MOV = 11: must be .*9: one, 10: vth"),
        (1 << 26 | 1 << 14, r"field B of READ = 1: must be a state of the group \(0: v\)"),
        (5 << 26, r"field A of SPIKE = 0: must be an axon of the group \(none declared\)"),
        (18 << 26 | 1 << 8, r"field C of SAT = 1: must be a width in bits, 2\.\.32"),
        (14 << 26 | 32 << 8, r"field C of SHL = 32: must be a shift"),
    ],
)
def test_words_refused(word, message):
    with pytest.raises(MicrocodeError, match=message):
        decode(GROUP, np.array([0, word], np.uint32))


def test_operation_codes_are_those_of_the_manual():
    """They are in files: a number once given is never given to another operation."""
    assert {op.name: op.value for op in Op} == {
        "HALT": 0, "READ": 1, "STORE": 2, "RDC": 3, "TRACE": 4, "SPIKE": 5, "MOV": 6, "SEL": 7,
        "ADD": 8, "SUB": 9, "NEG": 10, "ABS": 11, "MIN": 12, "MAX": 13, "SHL": 14, "SHR": 15,
        "SHZ": 16, "MUL_SHR": 17, "SAT": 18, "LT": 19, "GE": 20, "EQ": 21, "GT": 22, "AND": 23,
        "OR": 24, "NOT": 25,
    }  # fmt: skip
