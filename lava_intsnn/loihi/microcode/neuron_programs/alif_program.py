"""The program of the adaptive neuron, as in the reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lava_intsnn.loihi.microcode.isa import Instruction, ins
from lava_intsnn.loihi.microcode.neuron_programs.neuron_steps import (
    FIRES,
    Constants,
    NeuronProgram,
    common_constants,
    constant_of,
    gate_and_fire,
    integrate,
    own_shift,
    shifted,
)
from lava_intsnn.network import ALIF, Adaptation

if TYPE_CHECKING:
    from lava_intsnn.loihi.microcode.compiler.part import Part

_STATE = "adaptation"
#: Registers: the adaptation, the threshold of the step, and scratch.
ADAPTATION, THRESHOLD, GROWTH = "r5", "r6", "r7"


def _constants(part: Part) -> Constants:
    neuron = part.neuron
    assert isinstance(neuron, ALIF)
    table = common_constants(part) | adaptation_constants(part)
    if part.plastic:  # a threshold that adapts may be further from the potential than its width
        table["window"] = neuron.window
    return table


def adaptation_constants(part: Part) -> Constants:
    """Return the constants that :func:`adapt` names."""
    neuron = part.neuron
    assert isinstance(neuron, Adaptation)
    table: Constants = {"adapt_step": constant_of(part, neuron.adapt_step, int)}
    own_shift(table, part, "adapt_keep", neuron.adapt_shift)
    return table


def _step(part: Part, *, first: bool) -> Iterator[Instruction]:
    """Yield the program of one step."""
    yield from integrate(part, first=first)
    yield from raise_threshold(part, first=first)
    yield from gate_and_fire(part, threshold=adapted_threshold(first=first))
    yield from adapt(part, first=first)


def adapted_threshold(*, first: bool) -> str:
    """Return where the threshold of a step is; the sample's first one finds an adaptation of 0."""
    return "vth" if first else THRESHOLD


def raise_threshold(part: Part, *, first: bool) -> Iterator[Instruction]:
    """Yield what makes the threshold of the step."""
    if first:
        return
    yield ins("READ", ADAPTATION, _STATE)
    raised, guard_bits = ADAPTATION, part.neuron.guard_bits
    if guard_bits:
        yield ins("SHL", THRESHOLD, ADAPTATION, guard_bits, comment="guard bits")
        raised = THRESHOLD
    yield ins("ADD", THRESHOLD, raised, "vth", comment="A = vth + adaptation")


def adapt(part: Part, *, first: bool) -> Iterator[Instruction]:
    """Yield what makes the adaptation decay, and grow with a spike."""
    neuron = part.neuron
    assert isinstance(neuron, Adaptation)
    yield ins("SEL", GROWTH, FIRES, "adapt_step", "zero")
    if not first:
        yield ins("NEG", THRESHOLD, ADAPTATION)
        up, name = "decay, rounded up", "adapt_keep"
        yield from shifted(THRESHOLD, neuron.adapt_shift, name, toward_zero=False, comment=up)
        yield ins("ADD", ADAPTATION, ADAPTATION, THRESHOLD)
        yield ins("ADD", GROWTH, GROWTH, ADAPTATION)
    yield ins("SAT", GROWTH, GROWTH, neuron.adapt_bits)
    yield ins("STORE", _STATE, GROWTH)


PROGRAM = NeuronProgram(constants=_constants, step=_step)
