"""Which results of a phase could leave their width: interval arithmetic over straight-line code.

The core checks at run time only what is not proven here, so that a program whose declared widths
suffice runs without checks, and no program ever wraps silently.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from lava_intsnn.arithmetic import limit
from lava_intsnn.loihi.limits.encoding import REGISTER_BITS, TRACE_BITS
from lava_intsnn.loihi.microcode.errors import payload_range, signed_range
from lava_intsnn.loihi.microcode.group import Group, Phase
from lava_intsnn.loihi.microcode.isa import STEP, Instruction, Kind, Op

Interval = tuple[int, int]


#: What instructions compute, monotonic in each operand: the extremes are at the corners.
_MONOTONIC: dict[Op, Callable[..., int]] = {
    Op.MOV: lambda a: a,
    Op.NEG: lambda a: -a,
    Op.ADD: lambda a, b: a + b,
    Op.SUB: lambda a, b: a - b,
    Op.MIN: min,
    Op.MAX: max,
    Op.SHL: lambda a, n: a << n,
    Op.SHR: lambda a, n: a >> n,
    Op.SHZ: lambda a, n: -(-a >> n) if a < 0 else a >> n,
    Op.MUL_SHR: lambda a, b, n: (a * b) >> n,
    Op.SAT: lambda a, bits: min(max(a, -limit(bits)), limit(bits)),
}


def allowed(group: Group, instruction: Instruction) -> Interval | None:
    """Return the range the result of an instruction has to be in, None if it has no number."""
    first = str(instruction.operands[0]) if instruction.operands else ""
    if instruction.op is Op.STORE:
        return signed_range(group.find("state", first).bits)
    if instruction.op is Op.TRACE:
        return signed_range(TRACE_BITS)
    if instruction.op is Op.SPIKE:
        return payload_range(group.find("axon", first).bits)
    if Op.READ <= instruction.op <= Op.SAT:
        return signed_range(REGISTER_BITS)
    return None


def unproven(group: Group, phase: Phase, period: int) -> tuple[bool, ...]:
    """Return for each instruction whether its result could leave its range."""
    known: dict[str, Interval] = {c.name: (min(c.numbers), max(c.numbers)) for c in group.constants}
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
        return signed_range(group.find("state", names[1]).bits)
    if op is Op.RDC:
        return signed_range(group.find("port", names[1]).bits)
    if op in (Op.STORE, Op.TRACE, Op.SPIKE):
        return known[names[-1]]
    kinds = op.operands
    numbers = [n for kind, n in zip(kinds, operands) if kind in (Kind.SHIFT, Kind.BITS)]
    sources = [known[name] for kind, name in zip(kinds, names) if kind is Kind.SOURCE]
    if op is Op.SEL:
        results = [end for source in sources for end in source]
    elif op is Op.ABS:
        low, high = sources[0]
        results = [abs(low), abs(high), *([0] if low <= 0 <= high else [])]
    else:
        results = [_MONOTONIC[op](*corner, *numbers) for corner in product(*sources)]
    return min(results), max(results)
