"""What the programs of neurons are made of.

Registers: the potential stays in :data:`V` from :func:`integrate` on; ``r1``, ``r2`` and ``p2`` are
scratch. A program leaves the spike in :data:`FIRES`; ``r3`` and up are its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lava_intsnn.loihi.microcode.isa import Instruction, ins
from lava_intsnn.loihi.microcode.names import POTENTIAL, RECURRENT, SPIKE, SUM
from lava_intsnn.network.neuron import GUARDED_STATE_BITS

if TYPE_CHECKING:
    from lava_intsnn.loihi.microcode.compiler.part import Part

_WRAP_TOP = 1 << (GUARDED_STATE_BITS - 1)

#: Where a program leaves the potential, the gate and the spike.
V, GATE, FIRES = "r0", "p0", "p1"


class StepCode(Protocol):
    """Yields the code of one step of a neuron; the sample's ``first`` step finds cleared state."""

    def __call__(self, part: Part, *, first: bool) -> Iterator[Instruction]:
        """Yield the instructions."""


@dataclass(frozen=True, kw_only=True)
class NeuronProgram:
    """The program of one kind of neuron.

    Parameters
    ----------
    constants : callable
        Takes the layer, a :class:`~..compiler.part.Part`; returns name -> value of what the code
        names.
    step : StepCode
    """

    constants: Callable[[Part], dict[str, int]]
    step: StepCode


def common_constants(part: Part) -> dict[str, int]:
    """Return the constants that :func:`integrate` and :func:`gate_and_fire` name."""
    neuron = part.neuron
    table = {"zero": 0, "one": 1, "vth": neuron.vth << neuron.guard_bits}
    if part.plastic:
        # no potential is further from its threshold than this
        table["window"] = min(neuron.window << neuron.guard_bits, 1 << (neuron.v_bits + 1))
    if _may_wrap(part):
        table |= {"wrap": 2 * _WRAP_TOP, "wrap_top": _WRAP_TOP, "wrap_bottom": -_WRAP_TOP}
    return table


def integrate(part: Part, *, first: bool) -> Iterator[Instruction]:
    """Yield what makes the potential before its reset (3.2), in :data:`V`."""
    neuron = part.neuron
    # v is 0 as a sample begins, so the first potential is the current itself
    yield from _current(part, V if first else "r1", first=first)
    if not first:
        yield ins("READ", V, POTENTIAL)
        decay = "SHZ" if neuron.guarded else "SHR"
        if neuron.decay_shift:
            yield ins(decay, V, V, neuron.decay_shift, comment="v >> b (3.2)")
        yield ins("ADD", V, V, "r1", comment="v = (v >> b) + a (3.2)")
    yield ins("SAT", V, V, neuron.v_bits)


def gate_and_fire(part: Part, *, threshold: str) -> Iterator[Instruction]:
    """Yield gate, spike and reset (3.1, 3.3); ``threshold`` is a constant or a register."""
    if part.plastic:
        yield ins("SUB", "r2", V, threshold)
        yield ins("ABS", "r2", "r2")
        yield ins("LT", GATE, "r2", "window", comment="g = |v - vth| < window (3.3)")
        yield ins("SEL", "r2", GATE, "one", "zero")
        yield ins("TRACE", "y1", "r2", comment="the gate, for T_corr (3.5)")
    yield ins("GT", FIRES, V, threshold, comment="s = v > vth (3.1)")
    yield ins("SEL", V, FIRES, "zero", V, comment="hard reset")
    yield ins("STORE", POTENTIAL, V)
    yield ins("SPIKE", SPIKE, FIRES, "one")


def _current(part: Part, into: str, *, first: bool) -> Iterator[Instruction]:
    """Yield what brings this step's synaptic current into a register."""
    yield ins("RDC", into, SUM, comment="a = W s")
    if part.recurrence and not first:  # spikes of the sample before are left unread
        yield ins("RDC", "r2", RECURRENT)
        yield ins("SHR", "r2", "r2", part.recurrence.shift, comment="(W_rec s) >> shift (3.23)")
        yield ins("ADD", into, into, "r2")
    if part.neuron.guarded:
        yield ins("SHL", into, into, part.neuron.guard_bits, comment="guard bits")
    if _may_wrap(part):
        yield ins("SUB", "r2", into, "wrap")
        yield ins("GT", "p2", into, "wrap_top")
        wraps = f"the current wraps at {GUARDED_STATE_BITS} bits"
        yield ins("SEL", into, "p2", "r2", into, comment=wraps)
        yield ins("ADD", "r2", into, "wrap")
        yield ins("GE", "p2", "wrap_bottom", into)
        yield ins("SEL", into, "p2", "r2", into)


def _may_wrap(part: Part) -> bool:
    largest = (part.bounds.a + part.bounds.r) << part.neuron.guard_bits
    return part.neuron.guarded and largest >= _WRAP_TOP
