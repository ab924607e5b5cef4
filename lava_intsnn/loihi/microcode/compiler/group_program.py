"""A layer as a group: its words, its phases, when they run."""

from __future__ import annotations

from collections.abc import Iterable

from lava_intsnn.loihi.labels import THIS_CLASS
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.microcode.compiler import output_program
from lava_intsnn.loihi.microcode.compiler.learning import error_phase
from lava_intsnn.loihi.microcode.compiler.part import Part
from lava_intsnn.loihi.microcode.group import Axon, Constant, Group, GroupState, Phase, Port, Slot
from lava_intsnn.loihi.microcode.isa import Instruction, ins
from lava_intsnn.loihi.microcode.names import (
    COUNT,
    ERROR,
    FEEDBACK,
    LABEL,
    RECURRENT,
    SPIKE,
    SUM,
)
from lava_intsnn.loihi.microcode.neuron_programs import PROGRAMS

#: Width of the label port: its largest number and a sign.
LABEL_BITS = THIS_CLASS.bit_length() + 1


def group_of(part: Part) -> Group:
    """Return the group of a layer."""
    slots = _slots(part)
    return Group(
        name=part.name,
        n=part.layer.n_out,
        states=_states(part),
        ports=_ports(part),
        axons=_axons(part),
        constants=tuple(Constant(name, value) for name, value in _constants(part).items()),
        phases=tuple(Phase(slot.phase, _code(part, slot)) for slot in slots),
        schedule=slots,
    )


def _slots(part: Part) -> tuple[Slot, ...]:
    """Return when what runs: the first and, where there is an error, the last step are special."""
    first, last = part.first, part.last
    compares = part.output and part.learning
    slots = []
    if compares and first == last:
        slots.append(Slot("only", first, last))
    else:
        slots.append(Slot("first", first, first))
        if first < last - compares:
            slots.append(Slot("step", first + 1, last - compares))
        if compares:
            slots.append(Slot("last", last, last))
    if part.learning and not part.output:
        slots.append(Slot("error", part.update, part.update))
    return tuple(slots)


def _code(part: Part, slot: Slot) -> tuple[Instruction, ...]:
    if slot.phase == "error":
        return _ended(error_phase(part))
    first = slot.phase in ("first", "only")
    code = list(PROGRAMS[part.neuron.kind].step(part, first=first))
    if part.output:
        code += output_program.count_code(first=first)
    if slot.phase in ("last", "only"):
        code += output_program.error_code(part)
    return _ended(code)


def _ended(code: Iterable[Instruction]) -> tuple[Instruction, ...]:
    return (*code, ins("HALT"))


def _states(part: Part) -> tuple[GroupState, ...]:
    states = [GroupState(state.name, state.bits) for state in part.bounds.states]
    if part.output:
        states.append(GroupState(COUNT, part.network.steps.bit_length() + 1))
    return tuple(states)


def _ports(part: Part) -> tuple[Port, ...]:
    accumulator = LOIHI2.current_bits.value
    ports = [Port(SUM, accumulator)]
    if part.recurrence:
        ports.append(Port(RECURRENT, accumulator))
    if part.learning:
        ports.append(
            Port(LABEL, LABEL_BITS, host=True) if part.output else Port(FEEDBACK, accumulator)
        )
    return tuple(ports)


def _axons(part: Part) -> tuple[Axon, ...]:
    axons = [Axon(SPIKE)]
    if part.sends_error:
        axons.append(Axon(ERROR, part.network.loss.err_bits))
    return tuple(axons)


def _constants(part: Part) -> dict[str, int | tuple[int, ...]]:
    table = PROGRAMS[part.neuron.kind].constants(part)
    return {**table, **output_program.constants(part)} if part.output else table
