"""The reference manual is right: its table of instructions, its widths, its example."""

import re
from pathlib import Path

import numpy as np

from lava_intsnn.loihi.microcode import GroupCore, Image, Op, SynapseData, assemble
from lava_intsnn.loihi.microcode.isa import CONSTANTS, SIGNATURES, Kind
from lava_intsnn.loihi.microcode.sum_of_products import X1_MAX

MANUAL = (Path(__file__).parents[2] / "docs" / "microcode.md").read_text()

#: What the manual calls the operands of each kind.
SYMBOLS = {
    Kind.REGISTER: {"rd"},
    Kind.SOURCE: {"a", "b"},
    Kind.STATE: {"state"},
    Kind.PORT: {"port"},
    Kind.AXON: {"axon"},
    Kind.TRACE: {"y"},
    Kind.SET_FLAG: {"p"},
    Kind.FLAG: {"q"},
    Kind.SHIFT: {"n"},
    Kind.BITS: {"n"},
}


def test_the_table_has_every_instruction_with_its_code_and_operands():
    rows = re.findall(r"^\| (\d+) \| `([A-Z_]+) ?([^`]*)` \|", MANUAL, re.M)
    assert [(int(code), name) for code, name, _ in rows] == [(op.value, op.name) for op in Op]
    for _, name, operands in rows:
        symbols = operands.split(", ") if operands else []
        kinds = SIGNATURES[Op[name]]
        assert len(symbols) == len(kinds), name
        assert all(symbol in SYMBOLS[kind] for symbol, kind in zip(symbols, kinds)), name


def test_the_numbers_are_those_of_the_code():
    assert f"up to {CONSTANTS}, shared" in MANUAL
    assert f"0..{X1_MAX}" in MANUAL


def test_the_example_runs():
    program = assemble(re.search("```microcode\n(.*?)```", MANUAL, re.S)[1])
    weights = np.array([[60, -20, 45], [-60, 101, 5]])
    image = Image(program, {program.blocks[0].name: SynapseData(weights)})
    core = GroupCore(image, "neurons")
    fired = []
    for step, pixels in enumerate([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 0, 0]]):
        core.deliver("pixels-to-neurons", np.array([pixels]))
        fired.append(core.tick(step)["spike"][0].tolist())
    # v: 60, -60; 30 + 105 fires, -30 - 55 = -85; 0 - 20, -43 + 101 = 58; -10, 29
    assert fired == [[0, 0], [1, 0], [0, 0], [0, 0]]
    assert core.state("v").tolist() == [[-10, 29]]
