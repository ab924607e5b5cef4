"""The neuron's program: decay, integrate, gate, fire, reset (3.1-3.3), as in the reference."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.loihi.microcode.compiler.names import POTENTIAL, RECURRENT, SPIKE, SUM
from lava_intsnn.loihi.microcode.compiler.part import Part
from lava_intsnn.loihi.microcode.isa import Instruction, ins
from lava_intsnn.network.neuron import GUARDED_STATE_BITS

_WRAP_TOP = 1 << (GUARDED_STATE_BITS - 1)

#: Where the program leaves the potential, the gate and the spike: r0, p0, p1.
V, GATE, FIRES = "r0", "p0", "p1"


def constants(part: Part) -> dict[str, int]:
    """Return the constants the neuron's program names."""
    neuron = part.neuron
    table = {"zero": 0, "one": 1, "vth": neuron.vth << neuron.guard_bits}
    if part.learning:
        # no potential is further from its threshold than this
        table["window"] = min(neuron.window << neuron.guard_bits, 1 << (neuron.v_bits + 1))
    if _may_wrap(part):
        table |= {"wrap": 2 * _WRAP_TOP, "wrap_top": _WRAP_TOP, "wrap_bottom": -_WRAP_TOP}
    return table


def neuron_code(part: Part, *, first: bool) -> Iterator[Instruction]:
    """Yield the program of one step; the sample's ``first`` step finds cleared state."""
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
    if part.learning:
        yield ins("SUB", "r2", V, "vth")
        yield ins("ABS", "r2", "r2")
        yield ins("LT", GATE, "r2", "window", comment="g = |v - vth| < window (3.3)")
        yield ins("SEL", "r2", GATE, "one", "zero")
        yield ins("TRACE", "y1", "r2", comment="the gate, for T_corr (3.5)")
    yield ins("GT", FIRES, V, "vth", comment="s = v > vth (3.1)")
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
        yield ins("SEL", into, "p2", "r2", into, comment="the current wraps at 24 bits")
        yield ins("ADD", "r2", into, "wrap")
        yield ins("GE", "p2", "wrap_bottom", into)
        yield ins("SEL", into, "p2", "r2", into)


def _may_wrap(part: Part) -> bool:
    largest = (part.bounds.a + part.bounds.r) << part.neuron.guard_bits
    return part.neuron.guarded and largest >= _WRAP_TOP
