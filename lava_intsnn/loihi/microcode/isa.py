"""The instruction set of neuron programs: what an instruction is and what its operands may be.

docs/microcode.md is the reference manual: what each instruction does, and which parts of it are
known of Loihi 2 and which are our own choice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, IntEnum, unique

from lava_intsnn.field_checks import check_fields, shown
from lava_intsnn.loihi.microcode.errors import MicrocodeError, require_int

__all__ = [
    "CONSTANTS",
    "Instruction",
    "Kind",
    "NAME",
    "Op",
    "PREDICATES",
    "REGISTERS",
    "REGISTER_BITS",
    "RESERVED",
    "SIGNATURES",
    "STEP",
    "TRACES",
    "TRACE_BITS",
    "ins",
]

#: Width of a register; an instruction whose result leaves it stops the core.
REGISTER_BITS = 32
#: Working registers of a neuron; they do not survive a phase.
REGISTERS = tuple(f"r{i}" for i in range(8))
#: Flags of a neuron that comparisons set; they do not survive a phase.
PREDICATES = tuple(f"p{i}" for i in range(8))
#: Postsynaptic traces that learning rules read. They keep their value until written again.
TRACES = ("y1", "y2", "y3")
#: Width of a postsynaptic trace: Lava's learning engine holds -128 .. 127.
TRACE_BITS = 8
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
    SHIFT = "a shift, 0..31"
    BITS = "a width in bits, 2..32"


@unique
class Op(IntEnum):
    """Operation codes; the number is the one in the binary form."""

    HALT = 0  #: end of the phase
    READ = 1  #: rd = state
    STORE = 2  #: state = a, which must fit the state's width
    RDC = 3  #: rd = accumulator of the port, which is cleared
    TRACE = 4  #: y = a, which must fit 8 bits
    SPIKE = 5  #: where the predicate holds, send a as payload over the axon; 0 is not sent
    MOV = 6  #: rd = a
    SEL = 7  #: rd = a where the predicate holds, else b
    ADD = 8  #: rd = a + b
    SUB = 9  #: rd = a - b
    NEG = 10  #: rd = -a
    ABS = 11  #: rd = |a|
    MIN = 12  #: rd = min(a, b)
    MAX = 13  #: rd = max(a, b)
    SHL = 14  #: rd = a * 2**n
    SHR = 15  #: rd = floor(a / 2**n)
    SHZ = 16  #: rd = a / 2**n, truncated toward zero
    MUL_SHR = 17  #: rd = floor(a * b / 2**n), the product held in 64 bits
    SAT = 18  #: rd = a clipped to -(2**(bits-1) - 1) .. 2**(bits-1) - 1
    LT = 19  #: p = a < b
    GE = 20  #: p = a >= b
    EQ = 21  #: p = a == b
    GT = 22  #: p = a > b
    AND = 23  #: p = q and r
    OR = 24  #: p = q or r
    NOT = 25  #: p = not q


_R, _S, _P, _Q = Kind.REGISTER, Kind.SOURCE, Kind.SET_FLAG, Kind.FLAG
#: Operands of each instruction, in order.
SIGNATURES: dict[Op, tuple[Kind, ...]] = {
    Op.HALT: (),
    Op.READ: (_R, Kind.STATE),
    Op.STORE: (Kind.STATE, _S),
    Op.RDC: (_R, Kind.PORT),
    Op.TRACE: (Kind.TRACE, _S),
    Op.SPIKE: (Kind.AXON, _Q, _S),
    Op.MOV: (_R, _S),
    Op.SEL: (_R, _Q, _S, _S),
    **dict.fromkeys((Op.ADD, Op.SUB, Op.MIN, Op.MAX), (_R, _S, _S)),
    **dict.fromkeys((Op.NEG, Op.ABS), (_R, _S)),
    **dict.fromkeys((Op.SHL, Op.SHR, Op.SHZ), (_R, _S, Kind.SHIFT)),
    Op.MUL_SHR: (_R, _S, _S, Kind.SHIFT),
    Op.SAT: (_R, _S, Kind.BITS),
    **dict.fromkeys((Op.LT, Op.GE, Op.EQ, Op.GT), (_P, _S, _S)),
    **dict.fromkeys((Op.AND, Op.OR), (_P, _Q, _Q)),
    Op.NOT: (_P, _Q),
}


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


_NAMED = {
    Kind.REGISTER: REGISTERS,
    Kind.TRACE: TRACES,
    Kind.SET_FLAG: PREDICATES,
    Kind.FLAG: PREDICATES,
}
_NUMBERS = {Kind.SHIFT: (0, 31), Kind.BITS: (2, 32)}


def _check_operand(op: Op, kind: Kind, operand: str | int) -> None:
    if kind in _NUMBERS:
        require_int(f"{op.name}: {kind.value.split(',')[0]}", operand, *_NUMBERS[kind])
        return
    legal = isinstance(operand, str) and (
        operand in _NAMED[kind]
        if kind in _NAMED
        else operand in REGISTERS or operand == STEP or _is_name(operand)
        if kind is Kind.SOURCE
        else _is_name(operand)
    )
    if not legal:
        raise MicrocodeError(f"{op.name}: operand {operand!r} must be {kind.value}")


def _is_name(text: str) -> bool:
    return NAME.fullmatch(text) is not None and text not in RESERVED
