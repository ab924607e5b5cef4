"""Parameters: numbers of a neuron's own that the image holds and no program writes."""

import re

import numpy as np
import pytest
from microcode_support import AXONS

from lava_intsnn.loihi.microcode import (
    Constant,
    Group,
    GroupCore,
    GroupState,
    Image,
    MicrocodeError,
    Phase,
    Program,
    Slot,
    assemble,
    digest,
    disassemble,
    ins,
)

OWN = np.array([-8, 7, 3])
FIRE = (("READ", "r0", "own"), ("GE", "p0", "r0", "zero"), ("SPIKE", "out", "p0", "one"))


def group(code=FIRE, **changes) -> Group:
    own = {"name": "own", "bits": 4, "rows": 3, "digest": digest(OWN)} | changes
    return Group(
        name="g",
        n=6,
        states=(GroupState("v", 8), GroupState(**own)),
        axons=AXONS,
        constants=(Constant("zero", 0), Constant("one", 1)),
        phases=(Phase("go", (*(ins(*words) for words in code), ins("HALT"))),),
        schedule=(Slot("go", 0, 0),),
    )


def program(**changes) -> Program:
    return Program(name="p", period=1, inputs=(), groups=(group(**changes),), blocks=())


def test_neurons_of_a_channel_share_a_number_and_keep_it_when_cleared():
    image = Image(program(), {}, {"g.own": OWN})
    core = GroupCore(image, "g", batch=2)
    for _ in range(2):
        assert core.tick(0)["out"].tolist() == [[0, 1, 1, 0, 1, 1]] * 2
        assert core.state("own").tolist() == [[-8, 7, 3] * 2] * 2
        core.clear()


def test_a_listing_names_the_rows_and_the_digest():
    text = disassemble(program())
    assert f"  state own bits 4 rows 3 sha256 {digest(OWN)}" in text
    assert assemble(text) == program()


@pytest.mark.parametrize(
    ("numbers", "what"),
    [
        ({}, "parameter g.own: its numbers are missing"),
        ({"g.own": OWN, "g.v": OWN}, "parameters 'g.v': the program has no such state"),
        ({"g.own": OWN + 1}, "parameter g.own in -7..8: must be in -8..7"),
        ({"g.own": OWN[::-1]}, "not those of the program"),
        ({"g.own": OWN.repeat(2)}, "is int64 (6,): must be integers (3,)"),
        ({"g.own": OWN / 1}, "is float64 (3,): must be integers"),
    ],
)
def test_an_image_refuses_other_numbers(numbers, what):
    with pytest.raises(MicrocodeError, match=re.escape(what)):
        Image(program(), {}, numbers)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"rows": 4}, "rows = 4: must divide the 6 neurons"),
        ({"rows": 7}, "rows = 7: must be an integer in 0..6"),
        ({"digest": "x"}, "digest = 'x': must be a SHA-256"),
        ({"rows": 0}, "a digest without rows: leave it empty"),
        ({"code": (("STORE", "own", "one"),)}, "state own is a parameter: it cannot be written"),
    ],
)
def test_a_group_refuses_unfit_parameters(changes, what):
    with pytest.raises(MicrocodeError, match=re.escape(what)):
        group(**changes)
