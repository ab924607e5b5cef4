"""The program of the adaptive neuron, as in the reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lava_intsnn.loihi.microcode.isa import Instruction, ins
from lava_intsnn.loihi.microcode.neuron_programs.neuron_steps import (
    FIRES,
    NeuronProgram,
    common_constants,
    gate_and_fire,
    integrate,
)
from lava_intsnn.network import ALIF, Adaptation

if TYPE_CHECKING:
    from lava_intsnn.loihi.microcode.compiler.part import Part

_STATE = "adaptation"
#: Registers: the adaptation, the threshold of the step, and scratch.
ADAPTATION, THRESHOLD, GROWTH = "r5", "r6", "r7"


def _constants(part: Part) -> dict[str, int | tuple[int, ...]]:
    neuron = part.neuron
    assert isinstance(neuron, ALIF)
    table = common_constants(part) | {"adapt_step": neuron.adapt_step}
    if part.plastic:  # a threshold that adapts may be further from the potential than its width
        table["window"] = neuron.window
    return {**table}


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
        yield ins("SHR", THRESHOLD, THRESHOLD, neuron.adapt_shift, comment="decay, rounded up")
        yield ins("ADD", ADAPTATION, ADAPTATION, THRESHOLD)
        yield ins("ADD", GROWTH, GROWTH, ADAPTATION)
    yield ins("SAT", GROWTH, GROWTH, neuron.adapt_bits)
    yield ins("STORE", _STATE, GROWTH)


PROGRAM = NeuronProgram(constants=_constants, step=_step)
