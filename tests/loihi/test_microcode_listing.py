"""Listings assemble to the program they were made from, and errors name line and token."""

import re
from dataclasses import replace

import numpy as np
import pytest
from families import family
from hypothesis import HealthCheck, given
from microcode_support import PORTS, group_of, image_of
from random_programs import images

from lava_intsnn.loihi.microcode import (
    LearningRule,
    MicrocodeError,
    Port,
    assemble,
    disassemble,
    ins,
)

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@given(images())
@family(80, suppress_health_check=SLOW)
def test_every_program_survives_its_listing(image):
    text = disassemble(image.program)
    program = assemble(text)
    assert program == image.program
    bare = re.sub(";.*", "", text).replace("\n\n", "\n")
    assert assemble(bare) == program, "comments and blank lines mean nothing"


GROUP = group_of(
    ("READ", "r0", "v"),
    ("SHR", "r0", "r0", 1),
    ("RDC", "r1", "a"),
    ("ADD", "r0", "r0", "r1"),
    ("GT", "p0", "r0", "vth"),
    ("SEL", "r0", "p0", "zero", "r0"),
    ("STORE", "v", "r0"),
    n=2,
    states={"v": 24},
    ports=(*PORTS, Port("label", 3, host=True)),
    constants={"vth": 500, "zero": 0},
)
RULE = LearningRule(
    dt="x1*y1", dw="-2^-8*t*y2", x1_shift=1, tag_first=0, tag_last=0, update_step=1, stream=0
)
PROGRAM = image_of(GROUP, np.ones((2, 3)), period=2, learning=RULE).program
TEXT = disassemble(PROGRAM)


def test_the_text_is_this():
    lines = [line.rstrip() for line in TEXT.splitlines()]
    assert lines[:4] == ["program p", "period 2", "", "input x n 3 bits 1"]
    assert "  port label bits 3 host" in lines
    assert "    SHR r0, r0, 1                 ; 3c000100  r0 = r0 >> 1" in lines
    assert "  at 0..0 go" in lines
    assert "  tag bits 9 at 0..0 dt = x1*y1   ; in each of these steps, after the phase" in lines
    assert "  update at 1 dw = -2^-8*t*y2     ; then clamped to the range of the weights" in lines
    assert lines[-3:] == ["  rounding stochastic stream 0", "", "end"]


def test_comments_of_the_compiler_are_in_the_listing():
    noted = ins("HALT", comment="the paper's (3.2)\nand more")
    phase = replace(GROUP.phases[0], code=(*GROUP.phases[0].code[:-1], noted))
    text = disassemble(replace(PROGRAM, groups=(replace(GROUP, phases=(phase,)),)))
    assert "end; the paper's (3.2) and more" in text
    assert assemble(text) == PROGRAM


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("program p", "", "line 2: 'period': must be program"),
        ("program p", "program 1p", "line 1: '1p': must be a name"),
        ("program p", "program p q", "line 1: 'q': must be the end of the line"),
        ("period 2", "period two", "line 2: 'two': must be an integer"),
        ("period 2", "period", "line 2: 'end of line': must be an integer"),
        ("period 2", "period 1", "line 1: group g|line 1: synapse block w"),
        ("n 3 bits 1", "bits 1", "line 4: 'bits': must be 'n'"),
        ("n 3 bits 1", "n 4 bits 1", "line 1: synapse block w: 3 sources onto"),
        ("group g n 2", "grup g n 2", "line 6: 'grup': must be input, group, synapses or end"),
        ("state v bits 24", "state v bits 40", "line 6: group g: v: bits = 40"),
        (
            "state v bits 24",
            "constant x 1\n  state v bits 24",
            "line 8: 'state': must be input, group",
        ),
        ("3 host", "3 hst", "line 9: 'hst': must be the end of the line"),
        ("SHR r0", "SHX r0", "line 14: 'SHX': must be HALT or READ or"),
        ("SHR r0, r0, 1 ", "SHR r0, r0 ", "line 14: 'end of line': must be a comma"),
        ("SHR r0, r0, 1 ", "SHR r0 r0, 1 ", "line 14: 'r0': must be a comma before"),
        ("SHR r0, r0, 1 ", "SHR r0, , 1 ", "line 14: ',': must be a register r0..r7, a"),
        ("SHR r0, r0, 1 ", "SHR r0, r0, 32 ", "line 14: SHR: a shift = 32: must be"),
        ("SHR r0, r0, 1 ", "SHR r0, r0, 1, 1 ", "line 14: ',': must be the end of the line"),
        ("SHR r0, r0, 1 ", "SHR r0, r5, 1 ", "line 14: reads r5, which this phase has not"),
        ("READ r0, v ", "READ r0, u ", "line 13: group g: state 'u': must be one of .* v"),
        ("    HALT", "  ; HALT", "line 21: 'at': must be HALT or READ"),
        ("at 0..0 go", "at 0 go", "line 21: '0': must be FIRST..LAST"),
        ("at 0..0 go", "at 0..0 come", "line 6: group g: phase 'come': must be one of"),
        ("from x to", "fro x to", "line 23: 'fro': must be 'from'"),
        ("to g.a", "to a", "line 23: 'a': must be GROUP.PORT"),
        ("to g.a", "to h.a", "line 1: group 'h': must be one of those declared: g"),
        ("shape 2x3", "shape 2", "line 24: '2': must be 2 integers with x between"),
        ("range -128..127", "range -128..1e2", "line 25: '-128..1e2': must be FIRST..LAST"),
        ("weights_sha256 ", "weights_sha256 0", "line 23: synapse block w: weights_digest"),
        ("dt = x1*y1", "dt = x1*z1", "line 28: factor 'z1' of a rule: must be one of"),
        ("dt = x1*y1", "dt x1*y1", "line 28: 'x1\\*y1': must be '='"),
        ("stochastic", "dice", "line 30: 'dice': must be one of floor, nearest, toward_zero"),
        ("rounding", "synapses", "line 30: 'synapses': must be rounding"),
        ("\nend\n", "\nend now\n", "line 32: 'now': must be the end of the line"),
        ("\nend\n", "\nend\nend\n", "line 33: 'end': must be nothing after end"),
        (
            "stream 0",
            "stream 0\nat 0..0 go",
            "line 31: 'at': must be input, group, synapses or end",
        ),
    ],
)
def test_errors_name_line_and_token(old, new, message):
    assert TEXT.count(old) == 1
    with pytest.raises(MicrocodeError, match=message):
        assemble(TEXT.replace(old, new))


def test_a_listing_that_ends_early_says_what_is_missing():
    for end in range(TEXT.count("\n")):
        with pytest.raises(MicrocodeError, match="listing ends where"):
            assemble("\n".join(TEXT.splitlines()[:end]))
