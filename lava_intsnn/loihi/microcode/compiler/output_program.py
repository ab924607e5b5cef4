"""The output's program: its spike count, and the error it makes of it (3.6, 3.7, 3.15)."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.loihi.labels import NO_LABEL, THIS_CLASS
from lava_intsnn.loihi.microcode.compiler.part import Part
from lava_intsnn.loihi.microcode.isa import Instruction, ins
from lava_intsnn.loihi.microcode.names import COUNT, ERROR, LABEL
from lava_intsnn.loihi.microcode.neuron_programs import FIRES

_COUNT = "r3"


def constants(part: Part) -> dict[str, int]:
    """Return the constants the error's program names."""
    if not part.learning:
        return {}
    return {"alpha": part.network.loss.alpha, "no_label": NO_LABEL, "this_class": THIS_CLASS}


def count_code(*, first: bool) -> Iterator[Instruction]:
    """Yield what counts the spike that the neuron's program has just decided on."""
    yield ins("SEL", _COUNT, FIRES, "one", "zero")
    if not first:
        yield ins("READ", "r4", COUNT)
        yield ins("ADD", _COUNT, _COUNT, "r4")
    yield ins("STORE", COUNT, _COUNT)


def error_code(part: Part) -> Iterator[Instruction]:
    """Yield what turns the count of a whole sample into the error: third factor and message."""
    network = part.network
    kind = network.loss.kind
    yield ins("RDC", "r4", LABEL, comment="0 do not learn, 1 another class, 2 this class")
    yield ins("MUL_SHR", "r5", _COUNT, "alpha", network.count_shift, comment="(3.6)")
    yield ins("SUB", "r6", "r5", "alpha", comment="the label's own term")
    if kind == "one_sided":
        yield ins("MIN", "r6", "r6", "zero", comment="never pushed down")
    if kind == "positive":
        yield ins("EQ", "p2", "r5", "zero")
        yield ins("SEL", "r5", "p2", "one", "r5", comment="(3.7)")
    yield ins("EQ", "p2", "r4", "this_class")
    yield ins("SEL", "r5", "p2", "r6", "r5")
    yield ins("SAT", "r5", "r5", network.loss.err_bits)
    yield ins("GT", "p3", "r4", "no_label")
    yield ins("SEL", "r5", "p3", "r5", "zero")
    yield ins("TRACE", "y2", "r5", comment="third factor e (3.15)")
    if part.sends_error:
        yield ins("SPIKE", ERROR, "p3", "r5", comment="e to the hidden layers")
