"""Instructions as 32-bit words.

::

    31    26 25    20 19    14 13     8 7      0
    +-------+--------+--------+--------+--------+
    |  op   |   A    |   B    |   C    |   D    |      A..D: the operands, in order; unused: 0
    +-------+--------+--------+--------+--------+

A register, predicate or trace is its number; a state, port or axon its place in the group's
declarations; a source 0..7 a register, 8 the step, 9 and up a constant; a shift or width itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lava_intsnn.loihi.limits.encoding import REGISTER_BITS
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.group import Group
from lava_intsnn.loihi.microcode.isa import (
    NAMED,
    REGISTERS,
    SIGNATURES,
    STEP,
    Instruction,
    Kind,
    Op,
)

#: The operation takes the bits above the operand fields.
_OP_SHIFT = 26
#: Where the operand fields start, and how wide they are.
_FIELDS = ((20, 6), (14, 6), (8, 6), (0, 8))


def encode(group: Group, code: Sequence[Instruction]) -> np.ndarray:
    """Return instructions of ``group`` as words, uint32 ``(len(code),)``.

    Raises
    ------
    MicrocodeError
        If an instruction names something the group does not have.
    """
    tables = {kind: _table(group, kind) for kind in Kind}
    words = []
    for instruction in code:
        group.check_instruction(instruction)
        word = int(instruction.op) << _OP_SHIFT
        kinds = SIGNATURES[instruction.op]
        for (shift, _), kind, operand in zip(_FIELDS, kinds, instruction.operands):
            word |= tables[kind].index(operand) << shift
        words.append(word)
    return np.array(words, np.uint32)


def decode(group: Group, words: np.ndarray) -> tuple[Instruction, ...]:
    """Return the instructions that words, uint32 ``(n,)``, stand for.

    Raises
    ------
    MicrocodeError
        On an operation that does not exist, an operand the group does not have, or bits in unused
        fields: names the word and the field.
    """
    tables = {kind: _table(group, kind) for kind in Kind}
    return tuple(_decode(tables, at, int(word)) for at, word in enumerate(words))


def _decode(tables: dict[Kind, list[str | int | None]], at: int, word: int) -> Instruction:
    here = f"word {at} (0x{word:08x})"
    number = word >> _OP_SHIFT
    if number > max(Op):
        raise MicrocodeError(f"{here}: operation {number}: must be 0..{max(Op)}")
    op = tuple(Op)[number]
    kinds = SIGNATURES[op]
    operands: list[str | int] = []
    for field, (shift, bits) in enumerate(_FIELDS):
        value = (word >> shift) & ((1 << bits) - 1)
        if field >= len(kinds):
            if value:
                raise MicrocodeError(
                    f"{here}: field {'ABCD'[field]} of {op.name} = {value}: unused"
                )
            continue
        table = tables[kinds[field]]
        operand = table[value] if value < len(table) else None
        if operand is None:
            allowed = ", ".join(f"{i}: {name}" for i, name in enumerate(table) if name is not None)
            raise MicrocodeError(
                f"{here}: field {'ABCD'[field]} of {op.name} = {value}: must be "
                f"{kinds[field].value} ({allowed or 'none declared'})"
            )
        operands.append(operand)
    return Instruction(op, tuple(operands))


def _table(group: Group, kind: Kind) -> list[str | int | None]:
    """Return what the numbers 0, 1, ... of an operand field mean; None: nothing."""
    if kind is Kind.SOURCE:
        return [*REGISTERS, STEP, *(constant.name for constant in group.constants)]
    if kind is Kind.BITS:
        return [None, None, *range(2, REGISTER_BITS + 1)]
    if kind is Kind.SHIFT:
        return list(range(REGISTER_BITS))
    if kind in NAMED:
        return list(NAMED[kind])
    declared: dict[Kind, tuple[Any, ...]] = {
        Kind.STATE: group.states,
        Kind.PORT: group.ports,
        Kind.AXON: group.axons,
    }
    return [part.name for part in declared[kind]]
