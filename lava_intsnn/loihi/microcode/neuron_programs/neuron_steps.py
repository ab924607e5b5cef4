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
from lava_intsnn.network import Neuron
from lava_intsnn.network.neuron_kind import GUARDED_STATE_BITS, WRAP_TOP
from lava_intsnn.network.per_neuron import numbers, spread

if TYPE_CHECKING:
    from lava_intsnn.loihi.microcode.compiler.part import Part

#: What :func:`wrap` names.
WRAP_CONSTANTS = {"wrap": 2 * WRAP_TOP, "wrap_top": WRAP_TOP, "wrap_bottom": -WRAP_TOP}

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
        names; a tuple has a value for each neuron.
    step : StepCode
    """

    constants: Callable[[Part], dict[str, int | tuple[int, ...]]]
    step: StepCode


Constants = dict[str, int | tuple[int, ...]]


def constant_of(
    part: Part, values: int | tuple[int, ...], make: Callable[[int], int]
) -> int | tuple[int, ...]:
    """Return the constant that ``make`` gives of each neuron's number: one where all are alike."""
    made = [make(value) for value in spread(values, part.layer.n_out).tolist()]
    return made[0] if len(set(made)) == 1 else tuple(made)


def own_shift(table: Constants, part: Part, name: str, shifts: int | tuple[int, ...]) -> None:
    """Enter in ``table``, where shifts differ, the factors by which products do their work."""
    longest = max(numbers(shifts))
    if len(set(numbers(shifts))) > 1:
        table[name] = constant_of(part, shifts, lambda shift: 1 << (longest - shift))


def shifted(
    register: str, shifts: int | tuple[int, ...], name: str, *, toward_zero: bool, comment: str
) -> Iterator[Instruction]:
    """Yield the right shift of a register by each neuron's own number.

    The operand of a shift is the same for all neurons of a core. Where theirs differ, the factor
    ``name`` of :func:`own_shift` raises all of them to the longest.
    """
    longest = max(numbers(shifts))
    if len(set(numbers(shifts))) > 1 and toward_zero:
        yield from scaled_toward_zero(register, name, longest)
    elif len(set(numbers(shifts))) > 1:
        yield ins("MUL_SHR", register, register, name, longest, comment=comment)
    elif longest:
        yield ins("SHZ" if toward_zero else "SHR", register, register, longest, comment=comment)


def scaled_toward_zero(register: str, factor: str, shift: int) -> Iterator[Instruction]:
    """Yield a product and a shift that rounds toward zero; ``r2``, ``r7`` and ``p2`` are used."""
    yield ins("ABS", "r2", register)
    yield ins("MUL_SHR", "r2", "r2", factor, shift, comment="rounds toward zero")
    yield ins("NEG", "r7", "r2")
    yield ins("GE", "p2", register, "zero")
    yield ins("SEL", register, "p2", "r2", "r7")


def common_constants(part: Part) -> Constants:
    """Return the constants that LIF neurons' :func:`integrate` and :func:`gate_and_fire` name."""
    neuron = part.neuron
    assert isinstance(neuron, Neuron)
    vth = constant_of(part, neuron.vth, lambda vth: vth << neuron.guard_bits)
    table: Constants = {"zero": 0, "one": 1, "vth": vth}
    own_shift(table, part, "keep_v", neuron.decay_shift)
    if part.plastic:
        # no potential is further from its threshold than this
        table["window"] = min(neuron.window << neuron.guard_bits, 1 << (neuron.v_bits + 1))
    if _sum_may_wrap(part):
        table |= WRAP_CONSTANTS
    return table


def integrate(part: Part, *, first: bool) -> Iterator[Instruction]:
    """Yield what makes the potential before its reset (3.2), in :data:`V`."""
    neuron = part.neuron
    assert isinstance(neuron, Neuron)
    # v is 0 as a sample begins, so the first potential is the current itself
    current = V if first else "r1"
    yield from synaptic_sum(part, current, first=first)
    if _sum_may_wrap(part):
        yield from wrap(current)
    if not first:
        yield ins("READ", V, POTENTIAL)
        to_zero, comment = neuron.guarded, "v >> b (3.2)"
        yield from shifted(V, neuron.decay_shift, "keep_v", toward_zero=to_zero, comment=comment)
        yield ins("ADD", V, V, "r1", comment="v = (v >> b) + a (3.2)")
    yield ins("SAT", V, V, neuron.v_bits)


def gate_and_fire(
    part: Part, *, threshold: str, soft: bool = False, free: str | None = None
) -> Iterator[Instruction]:
    """Yield gate, spike and reset (3.1, 3.3).

    ``threshold`` is a constant or a register, which a ``soft`` reset subtracts; ``free`` is a flag
    without which a neuron neither fires nor learns.
    """
    if part.plastic:
        yield ins("SUB", "r2", V, threshold)
        yield ins("ABS", "r2", "r2")
        yield ins("LT", GATE, "r2", "window", comment="g = |v - vth| < window (3.3)")
        if free:
            yield ins("AND", GATE, GATE, free)
        yield ins("SEL", "r2", GATE, "one", "zero")
        yield ins("TRACE", "y1", "r2", comment="the gate, for T_corr (3.5)")
    yield ins("GT", FIRES, V, threshold, comment="s = v > vth (3.1)")
    if free:
        yield ins("AND", FIRES, FIRES, free)
    if soft:
        yield ins("SUB", "r2", V, threshold)
    yield ins("SEL", V, FIRES, "r2" if soft else "zero", V, comment="reset")
    yield ins("STORE", POTENTIAL, V)
    yield ins("SPIKE", SPIKE, FIRES, "one")


def synaptic_sum(part: Part, into: str, *, first: bool) -> Iterator[Instruction]:
    """Yield what brings this step's synaptic sum, with guard bits, into a register."""
    yield ins("RDC", into, SUM, comment="a = W s")
    if part.recurrence and not first:  # spikes of the sample before are left unread
        yield ins("RDC", "r2", RECURRENT)
        yield ins("SHR", "r2", "r2", part.recurrence.shift, comment="(W_rec s) >> shift (3.23)")
        yield ins("ADD", into, into, "r2")
    if part.neuron.guarded:
        yield ins("SHL", into, into, part.neuron.guard_bits, comment="guard bits")


def wrap(register: str) -> Iterator[Instruction]:
    """Yield what wraps a current once, with :data:`WRAP_CONSTANTS`."""
    yield ins("SUB", "r2", register, "wrap")
    yield ins("GT", "p2", register, "wrap_top")
    wraps = f"the current wraps at {GUARDED_STATE_BITS} bits"
    yield ins("SEL", register, "p2", "r2", register, comment=wraps)
    yield ins("ADD", "r2", register, "wrap")
    yield ins("GE", "p2", "wrap_bottom", register)
    yield ins("SEL", register, "p2", "r2", register)


def _sum_may_wrap(part: Part) -> bool:
    largest = (part.bounds.a + part.bounds.r) << part.neuron.guard_bits
    return part.neuron.wraps_sum and largest >= WRAP_TOP
