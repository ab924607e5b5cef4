"""How a layer's synapses learn, and how a hidden layer hears of the error (3.5, 3.14-3.18)."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.loihi.microcode.compiler.part import Part
from lava_intsnn.loihi.microcode.isa import Instruction, ins
from lava_intsnn.loihi.microcode.names import FEEDBACK
from lava_intsnn.loihi.microcode.sum_of_products import LearningRule, Product, SumOfProducts


def error_phase(part: Part) -> Iterator[Instruction]:
    """Yield the program of a hidden layer in the step in which the error arrives."""
    yield ins("RDC", "r0", FEEDBACK, comment="F e")
    if part.layer.fb_shift:
        yield ins("NEG", "r0", "r0", comment="rounded up: floor of the negative")
        yield ins("SHR", "r0", "r0", part.layer.fb_shift)
        yield ins("NEG", "r0", "r0")
    yield ins("SAT", "r0", "r0", part.network.feedback.v_fb_bits)
    yield ins("TRACE", "y2", "r0", comment="third factor v_fb (3.16)")


def learning_rule(part: Part) -> LearningRule:
    """Return the rule of a layer: the tag is T_corr (3.5), the update is (3.17, 3.18)."""
    return LearningRule(
        dt=SumOfProducts((Product(1, 0, ("x1", "y1")),)),
        dw=SumOfProducts((Product(-1, -part.layer.lr_shift, ("t", "y2")),)),
        x1_shift=part.layer.trace.shift,
        rounding=part.network.rounding,
        tag_first=part.first,
        tag_last=part.last,
        update_step=part.update,
        stream=part.stream,
    )
