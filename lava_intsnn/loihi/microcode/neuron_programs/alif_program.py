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
from lava_intsnn.network import ALIF

if TYPE_CHECKING:
    from lava_intsnn.loihi.microcode.compiler.part import Part

_STATE, _ADAPTATION, _THRESHOLD, _GROWTH = "adaptation", "r3", "r4", "r5"


def _constants(part: Part) -> dict[str, int]:
    neuron = _adaptive(part)
    table = common_constants(part) | {"adapt_step": neuron.adapt_step}
    if part.plastic:  # a threshold that adapts may be further from the potential than its width
        table["window"] = neuron.window
    return table


def _step(part: Part, *, first: bool) -> Iterator[Instruction]:
    """Yield the program of one step; the sample's first one finds an adaptation of 0."""
    neuron = _adaptive(part)
    yield from integrate(part, first=first)
    if not first:
        yield ins("READ", _ADAPTATION, _STATE)
        yield ins("ADD", _THRESHOLD, _ADAPTATION, "vth", comment="A = vth + adaptation")
    yield from gate_and_fire(part, threshold="vth" if first else _THRESHOLD)
    yield ins("SEL", _GROWTH, FIRES, "adapt_step", "zero")
    if not first:
        yield ins("NEG", _THRESHOLD, _ADAPTATION)
        yield ins("SHR", _THRESHOLD, _THRESHOLD, neuron.adapt_shift, comment="decay, rounded up")
        yield ins("ADD", _ADAPTATION, _ADAPTATION, _THRESHOLD)
        yield ins("ADD", _GROWTH, _GROWTH, _ADAPTATION)
    yield ins("SAT", _GROWTH, _GROWTH, neuron.adapt_bits)
    yield ins("STORE", _STATE, _GROWTH)


def _adaptive(part: Part) -> ALIF:
    assert isinstance(part.neuron, ALIF)
    return part.neuron


PROGRAM = NeuronProgram(constants=_constants, step=_step)
