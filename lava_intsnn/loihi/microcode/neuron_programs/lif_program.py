"""The program of the leaky integrate-and-fire neuron (3.1-3.3), as in the reference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lava_intsnn.loihi.microcode.isa import Instruction
from lava_intsnn.loihi.microcode.neuron_programs.neuron_steps import (
    NeuronProgram,
    common_constants,
    gate_and_fire,
    integrate,
)

if TYPE_CHECKING:
    from lava_intsnn.loihi.microcode.compiler.part import Part


def _step(part: Part, *, first: bool) -> Iterator[Instruction]:
    """Yield the program of one step: decay, integrate, gate, fire, reset."""
    yield from integrate(part, first=first)
    yield from gate_and_fire(part, threshold="vth")


PROGRAM = NeuronProgram(constants=common_constants, step=_step)
