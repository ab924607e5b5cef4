"""Runs a phase on all neurons of a group at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lava_intsnn.arithmetic import limit, saturate, shift_floor, shift_toward_zero
from lava_intsnn.field_checks import short_repr
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.group import Group, Phase
from lava_intsnn.loihi.microcode.isa import (
    SIGNATURES,
    STEP,
    TRACES,
    Instruction,
    Kind,
    Op,
)
from lava_intsnn.loihi.microcode.ranges import Interval, allowed, unproven

#: What instructions without effect outside the registers compute. Numbers are int64, so that no
#: result of 32-bit operands can wrap before it is checked.
_FUNCTIONS: dict[Op, Callable[..., Any]] = {
    Op.MOV: lambda a: a,
    Op.SEL: np.where,
    Op.ADD: np.add,
    Op.SUB: np.subtract,
    Op.NEG: np.negative,
    Op.ABS: np.abs,
    Op.MIN: np.minimum,
    Op.MAX: np.maximum,
    Op.SHL: np.left_shift,
    Op.SHR: shift_floor,
    Op.SHZ: shift_toward_zero,
    Op.MUL_SHR: lambda a, b, n: shift_floor(a * b, n),
    Op.SAT: saturate,
    Op.LT: np.less,
    Op.GE: np.greater_equal,
    Op.EQ: np.equal,
    Op.GT: np.greater,
    Op.AND: np.logical_and,
    Op.OR: np.logical_or,
    Op.NOT: np.logical_not,
}


@dataclass
class Words:
    """What the neurons of a group hold, int64 ``(B, n)`` each; replaced, never changed in place."""

    states: dict[str, np.ndarray]
    traces: dict[str, np.ndarray]
    ports: dict[str, np.ndarray]

    __repr__ = short_repr

    @classmethod
    def zeros(
        cls, group: Group, batch: int, parameters: Mapping[str, np.ndarray] | None = None
    ) -> Words:
        """Return the words of a group after a reset; ``parameters`` are those of the image."""
        zero = _zeros((batch, group.n))
        states = {state.name: zero for state in group.states}
        for state in group.parameters:
            own = np.resize((parameters or {})[f"{group.name}.{state.name}"], group.n)
            states[state.name] = np.broadcast_to(own, zero.shape)
        return cls(
            states=states,
            traces=dict.fromkeys(TRACES, zero),
            ports={port.name: zero for port in group.ports},
        )


@dataclass(frozen=True)
class _Step:
    """One instruction, prepared: the operands' names, and the range to check, if any."""

    op: Op
    target: str
    sources: tuple[str, ...]
    check: Interval | None
    instruction: Instruction


class Interpreter:
    """A phase of a group, prepared to run.

    Parameters
    ----------
    group : Group
    phase : Phase
    period : int
        Steps of the program's period.
    batch : int
        Chips side by side.
    """

    def __init__(self, group: Group, phase: Phase, *, period: int, batch: int) -> None:
        self._group, self._phase = group, phase
        self._shape = (batch, group.n)
        self._zero = _zeros(self._shape)
        self._fixed: dict[str, Any] = {c.name: _fixed(c.value) for c in group.constants}
        self._steps = []
        for instruction, unsure in zip(phase.code, unproven(group, phase, period)):
            if instruction.op is not Op.HALT:
                check = allowed(group, instruction) if unsure else None
                self._steps.append(self._prepare(instruction, check))
        ops = [instruction.op for instruction in phase.code]
        #: Instructions one neuron executes, and neuron words it reads and writes by them.
        self.instructions = len(ops)
        self.reads = ops.count(Op.READ) + ops.count(Op.RDC)
        self.writes = ops.count(Op.STORE) + ops.count(Op.TRACE) + ops.count(Op.RDC)

    def _prepare(self, instruction: Instruction, check: Interval | None) -> _Step:
        target, *sources = map(str, instruction.operands)
        for kind, operand in zip(SIGNATURES[instruction.op], instruction.operands):
            if kind is Kind.SHIFT:
                self._fixed[str(operand)] = np.int64(operand)
            elif kind is Kind.BITS:
                sources[-1] = f"limit {operand}"
                self._fixed[sources[-1]] = np.int64(limit(int(operand)))
        return _Step(instruction.op, target, tuple(sources), check, instruction)

    def run(self, words: Words, step: int) -> dict[str, np.ndarray]:
        """Run the phase in ``step`` of the period, replacing what it writes in ``words``.

        Returns
        -------
        dict of str to int64 array (B, n)
            Payloads by axon, 0 where a neuron is silent; axons the phase does not name are left
            out.

        Raises
        ------
        MicrocodeError
            If a number leaves its width: names the group, the instruction, the neuron, the value.
        """
        values: dict[str, Any] = {**self._fixed, STEP: np.int64(step)}
        spikes: dict[str, np.ndarray] = {}
        for item in self._steps:
            op, target = item.op, item.target
            if op is Op.READ:
                values[target] = words.states[item.sources[0]]
            elif op is Op.RDC:
                values[target] = words.ports[item.sources[0]]
                words.ports[item.sources[0]] = self._zero
            elif op is Op.STORE or op is Op.TRACE:
                held = words.states if op is Op.STORE else words.traces
                held[target] = self._per_neuron(self._checked(item, values[item.sources[0]]))
            elif op is Op.SPIKE:
                flag, payload = (values[name] for name in item.sources)
                sent = self._per_neuron(self._checked(item, np.where(flag, payload, 0)))
                spikes[target] = np.where(sent == 0, spikes.get(target, 0), sent)
            else:
                result = _FUNCTIONS[op](*[values[name] for name in item.sources])
                values[target] = self._checked(item, result)
        return spikes

    def _per_neuron(self, value: Any) -> np.ndarray:
        return value if np.shape(value) == self._shape else np.full(self._shape, value, np.int64)

    def _checked(self, item: _Step, value: Any) -> Any:
        if item.check is None:
            return value
        low, high = item.check
        wrong = (value < low) | (value > high)
        if not np.any(wrong):
            return value
        b, j = (int(i) for i in np.argwhere(np.broadcast_to(wrong, self._shape))[0])
        found = int(np.broadcast_to(value, self._shape)[b, j])
        raise MicrocodeError(
            f"group {self._group.name}, phase {self._phase.name}, {item.instruction}: {found} in "
            f"neuron {j} of chip {b} leaves {low}..{high}, what {_place(item)} holds: widen it or "
            "saturate before"
        )


def _fixed(value: int | tuple[int, ...]) -> Any:
    """Return a constant as the instructions take it: int64, of one number or of ``(n,)``."""
    return np.array(value, np.int64) if isinstance(value, tuple) else np.int64(value)


def _zeros(shape: tuple[int, int]) -> np.ndarray:
    """Return zeros that many words may share."""
    zero = np.zeros(shape, np.int64)
    zero.flags.writeable = False
    return zero


def _place(item: _Step) -> str:
    kinds = {Op.STORE: "state", Op.TRACE: "trace", Op.SPIKE: "axon"}
    return f"{kinds.get(item.op, 'register')} {item.target}"


def axon_payloads(
    group: Group, spikes: Mapping[str, np.ndarray], batch: int
) -> dict[str, np.ndarray]:
    """Return the payloads of every axon of ``group``, zeros for those without spikes."""
    silent = np.zeros((batch, group.n), np.int64)
    return {axon.name: spikes.get(axon.name, silent) for axon in group.axons}
