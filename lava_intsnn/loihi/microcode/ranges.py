"""Which results of a phase could leave their width: interval arithmetic over straight-line code.

The core checks at run time only what is not proven here, so that a program whose declared widths
suffice runs without checks, and no program ever wraps silently.
"""

from __future__ import annotations

from collections.abc import Callable

from lava_intsnn.arithmetic import limit
from lava_intsnn.loihi.limits.encoding import REGISTER_BITS, TRACE_BITS
from lava_intsnn.loihi.microcode.errors import payload_range, signed_range
from lava_intsnn.loihi.microcode.group import Group, Phase
from lava_intsnn.loihi.microcode.isa import STEP, Instruction, Op

Interval = tuple[int, int]


def _corners(op: Callable[[int, int], int]) -> Callable[[Interval, Interval], Interval]:
    """Bound an operation that is monotonic in each operand: its extremes are at the corners."""

    def bound(a: Interval, b: Interval) -> Interval:
        results = [op(x, y) for x in a for y in b]
        return min(results), max(results)

    return bound


def _abs(a: Interval) -> Interval:
    return (0 if a[0] <= 0 <= a[1] else min(map(abs, a))), max(map(abs, a))


def _toward_zero(a: int, n: int) -> int:
    return -(-a >> n) if a < 0 else a >> n


def _saturated(a: Interval, bits: int) -> Interval:
    low, high = (min(max(x, -limit(bits)), limit(bits)) for x in a)
    return low, high


_ONE = {
    Op.MOV: lambda a: a,
    Op.NEG: lambda a: (-a[1], -a[0]),
    Op.ABS: _abs,
}
_TWO = {
    Op.ADD: _corners(lambda a, b: a + b),
    Op.SUB: _corners(lambda a, b: a - b),
    Op.MIN: _corners(min),
    Op.MAX: _corners(max),
}
_BY_NUMBER = {
    Op.SHL: lambda a, n: (a[0] << n, a[1] << n),
    Op.SHR: lambda a, n: (a[0] >> n, a[1] >> n),
    Op.SHZ: lambda a, n: (_toward_zero(a[0], n), _toward_zero(a[1], n)),
    Op.SAT: _saturated,
}


def allowed(group: Group, instruction: Instruction) -> Interval | None:
    """Return the range the result of an instruction has to be in, None if it has no number."""
    first = str(instruction.operands[0]) if instruction.operands else ""
    if instruction.op is Op.STORE:
        return signed_range(group.state(first).bits)
    if instruction.op is Op.TRACE:
        return signed_range(TRACE_BITS)
    if instruction.op is Op.SPIKE:
        return payload_range(group.axon(first).bits)
    if Op.READ <= instruction.op <= Op.SAT:
        return signed_range(REGISTER_BITS)
    return None


def unproven(group: Group, phase: Phase, period: int) -> tuple[bool, ...]:
    """Return for each instruction whether its result could leave its range."""
    known: dict[str, Interval] = {c.name: (c.value, c.value) for c in group.constants}
    known[STEP] = (0, period - 1)
    open_ones = []
    for instruction in phase.code:
        limits = allowed(group, instruction)
        if limits is None:
            open_ones.append(False)
            continue
        low, high = _result(group, instruction, known)
        open_ones.append(low < limits[0] or high > limits[1])
        if instruction.op not in (Op.STORE, Op.TRACE, Op.SPIKE):
            # A result beyond the limits stops the core, so what follows may rely on them.
            known[str(instruction.operands[0])] = (
                min(max(low, limits[0]), limits[1]),
                max(min(high, limits[1]), limits[0]),
            )
    return tuple(open_ones)


def _result(group: Group, instruction: Instruction, known: dict[str, Interval]) -> Interval:
    op, operands = instruction.op, instruction.operands
    names = [str(operand) for operand in operands]
    if op is Op.READ:
        return signed_range(group.state(names[1]).bits)
    if op is Op.RDC:
        return signed_range(group.port(names[1]).bits)
    if op in (Op.STORE, Op.TRACE, Op.SPIKE):
        return known[names[-1]]
    if op in _ONE:
        return _ONE[op](known[names[1]])
    if op in _TWO:
        return _TWO[op](known[names[1]], known[names[2]])
    if op in _BY_NUMBER:
        return _BY_NUMBER[op](known[names[1]], int(operands[2]))
    if op is Op.SEL:
        a, b = known[names[2]], known[names[3]]
        return min(a[0], b[0]), max(a[1], b[1])
    n = int(operands[3])  # MUL_SHR
    low, high = _corners(lambda a, b: a * b)(known[names[1]], known[names[2]])
    return low >> n, high >> n
