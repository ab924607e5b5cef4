"""The instruction set of neuron programs: what an instruction is and what its operands may be.

docs/microcode.md is the reference manual: what each instruction does, and which parts of it are
known of Loihi 2 and which are our own choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, IntEnum, unique

from lava_intsnn.field_checks import check_fields, shown
from lava_intsnn.loihi.limits.encoding import REGISTER_BITS
from lava_intsnn.loihi.microcode.errors import MicrocodeError, require_int

#: Working registers of a neuron; they do not survive a phase.
REGISTERS = tuple(f"r{i}" for i in range(8))
#: Flags of a neuron that comparisons set; they do not survive a phase.
PREDICATES = tuple(f"p{i}" for i in range(8))
#: Postsynaptic traces that learning rules read. They keep their value until written again.
TRACES = ("y1", "y2", "y3")
#: Read-only operand: the step within the period.
STEP = "step"
#: Constants a group may declare: what the operand field of an instruction has room for.
CONSTANTS = 64 - len(REGISTERS) - 1
#: What names of programs, groups, states and so on look like.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
#: Names that mean something else in an instruction.
RESERVED = frozenset((*REGISTERS, *PREDICATES, *TRACES, STEP))


@unique
class Kind(Enum):
    """What an operand of an instruction may be."""

    REGISTER = "a register to write, r0..r7"
    SOURCE = "a register r0..r7, a constant of the group, or step"
    STATE = "a state of the group"
    PORT = "a port of the group"
    AXON = "an axon of the group"
    TRACE = "a trace, y1..y3"
    SET_FLAG = "a predicate to write, p0..p7"
    FLAG = "a predicate, p0..p7"
    SHIFT = f"a shift, 0..{REGISTER_BITS - 1}"
    BITS = f"a width in bits, 2..{REGISTER_BITS}"


_R, _S, _P, _Q = Kind.REGISTER, Kind.SOURCE, Kind.SET_FLAG, Kind.FLAG


@unique
class Op(IntEnum):
    """Operation codes: the number of the binary form, the operands in order, what it does.

    docs/microcode.md says it to the bit.
    """

    operands: tuple[Kind, ...]
    meaning: str

    def __new__(cls, code: int, operands: tuple[Kind, ...], meaning: str) -> Op:
        """Return the operation."""
        op = int.__new__(cls, code)
        op._value_, op.operands, op.meaning = code, operands, meaning
        return op

    HALT = 0, (), "end"
    READ = 1, (_R, Kind.STATE), "{0} = {1}"
    STORE = 2, (Kind.STATE, _S), "{0} = {1}"  #: state = a, which must fit the state's width
    RDC = 3, (_R, Kind.PORT), "{0} = {1}, which is cleared"
    TRACE = 4, (Kind.TRACE, _S), "{0} = {1}"  #: y = a, which must fit a trace
    SPIKE = 5, (Kind.AXON, _Q, _S), "send {2} over {0} if {1}"
    MOV = 6, (_R, _S), "{0} = {1}"
    SEL = 7, (_R, _Q, _S, _S), "{0} = {2} if {1} else {3}"
    ADD = 8, (_R, _S, _S), "{0} = {1} + {2}"
    SUB = 9, (_R, _S, _S), "{0} = {1} - {2}"
    NEG = 10, (_R, _S), "{0} = -{1}"
    ABS = 11, (_R, _S), "{0} = |{1}|"
    MIN = 12, (_R, _S, _S), "{0} = min({1}, {2})"
    MAX = 13, (_R, _S, _S), "{0} = max({1}, {2})"
    SHL = 14, (_R, _S, Kind.SHIFT), "{0} = {1} << {2}"
    SHR = 15, (_R, _S, Kind.SHIFT), "{0} = {1} >> {2}"
    SHZ = 16, (_R, _S, Kind.SHIFT), "{0} = {1} >> {2}, toward zero"
    MUL_SHR = 17, (_R, _S, _S, Kind.SHIFT), "{0} = ({1} * {2}) >> {3}"
    SAT = 18, (_R, _S, Kind.BITS), "{0} = {1} saturated at {2} bits"
    LT = 19, (_P, _S, _S), "{0} = {1} < {2}"
    GE = 20, (_P, _S, _S), "{0} = {1} >= {2}"
    EQ = 21, (_P, _S, _S), "{0} = {1} == {2}"
    GT = 22, (_P, _S, _S), "{0} = {1} > {2}"
    AND = 23, (_P, _Q, _Q), "{0} = {1} and {2}"
    OR = 24, (_P, _Q, _Q), "{0} = {1} or {2}"
    NOT = 25, (_P, _Q), "{0} = not {1}"


#: Operands of each instruction, in order.
SIGNATURES = {op: op.operands for op in Op}


@dataclass(frozen=True)
class Instruction:
    """One instruction with its operands.

    Parameters
    ----------
    op : Op
    operands : tuple of str and int
        As ``SIGNATURES[op]`` says: names of registers, predicates, traces, states, ports, axons and
        constants; integers for shifts and widths.
    comment : str
        What it means; part of the listing, not of the instruction: comparisons leave it out.

    Raises
    ------
    MicrocodeError
        If the number of operands is wrong, or an operand is not of the kind it has to be. Whether a
        group has such a state, port, axon or constant is checked by :class:`~.program.Group`.
    """

    op: Op
    operands: tuple[str | int, ...] = ()
    comment: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_fields(self, MicrocodeError, but=("operands", "comment"))
        kinds = SIGNATURES[self.op]
        if not isinstance(self.operands, tuple):
            raise MicrocodeError(f"operands of {self.op.name} = {shown(self.operands)}: no tuple")
        if len(self.operands) != len(kinds):
            raise MicrocodeError(
                f"{self.op.name} with {len(self.operands)} operands: it takes {len(kinds)}"
                + "".join(f"; {kind.value}" for kind in kinds)
            )
        for kind, operand in zip(kinds, self.operands):
            _check_operand(self.op, kind, operand)

    def __str__(self) -> str:
        return f"{self.op.name} {', '.join(map(str, self.operands))}".rstrip()


def ins(op: str, *operands: str | int, comment: str = "") -> Instruction:
    """Return the instruction called ``op``: ``ins("ADD", "r0", "r0", "r1", comment="(3.2)")``."""
    if op not in Op.__members__:
        raise MicrocodeError(f"instruction {op!r}: must be one of {', '.join(Op.__members__)}")
    return Instruction(Op[op], operands, comment)


#: Kinds of operands that are one of a few names.
NAMED = {
    Kind.REGISTER: REGISTERS,
    Kind.TRACE: TRACES,
    Kind.SET_FLAG: PREDICATES,
    Kind.FLAG: PREDICATES,
}
_NUMBERS = {Kind.SHIFT: (0, REGISTER_BITS - 1), Kind.BITS: (2, REGISTER_BITS)}


def _check_operand(op: Op, kind: Kind, operand: str | int) -> None:
    if kind in _NUMBERS:
        require_int(f"{op.name}: {kind.value.split(',')[0]}", operand, *_NUMBERS[kind])
        return
    legal = isinstance(operand, str) and (
        operand in NAMED[kind]
        if kind in NAMED
        else operand in REGISTERS or operand == STEP or _is_name(operand)
        if kind is Kind.SOURCE
        else _is_name(operand)
    )
    if not legal:
        raise MicrocodeError(f"{op.name}: operand {operand!r} must be {kind.value}")


def _is_name(text: str) -> bool:
    return NAME.fullmatch(text) is not None and text not in RESERVED
