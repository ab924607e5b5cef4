"""The error and its way to the layers."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.arithmetic import limit
from lava_intsnn.loihi.legality.change import in_rule
from lava_intsnn.loihi.legality.finding import Finding, Question

#: Losses whose error an output neuron computes from its own count and label.
LOSSES = ("standard", "one_sided", "positive")


def third_factor(question: Question) -> Iterator[Finding]:
    """Refuse to learn where a rule sees no error of each neuron's own."""
    target = question.target
    if question.learning and not target.third_factor.value:
        yield Finding(
            layer=None,
            what="learning",
            found="a third factor of each neuron",
            allowed=f"none on {target.name}",
            nearest="learn on loihi2, or compile for inference",
            binds="hardware",
        )


def loss(question: Question) -> Iterator[Finding]:
    """Refuse losses an output's program cannot compute, which has no random numbers."""
    kind = question.network.loss.kind
    if question.learning and kind not in LOSSES:
        yield Finding(
            layer=None,
            what="loss",
            found=kind,
            allowed=", ".join(LOSSES),
            nearest="standard",
            binds="compiler",
            mend=in_rule("loss", kind="standard"),
        )


def error_width(question: Question) -> Iterator[Finding]:
    """Refuse errors wider than the third factor, which they are in the output layer."""
    bits = question.target.third_factor_bits.value
    err_bits = question.network.loss.err_bits
    if question.learning and bits and err_bits > bits:
        yield _width("err_bits", err_bits, bits, "loss")


def feedback_width(question: Question) -> Iterator[Finding]:
    """Refuse feedback wider than the third factor, which it is in hidden layers."""
    bits = question.target.third_factor_bits.value
    v_fb_bits = question.network.feedback.v_fb_bits
    if _has_feedback(question) and bits and v_fb_bits > bits:
        yield _width("v_fb_bits", v_fb_bits, bits, "feedback")


def _width(what: str, found: int, bits: int, rule: str) -> Finding:
    return Finding(
        layer=None,
        what=what,
        found=str(found),
        allowed=f"at most {bits}, the third factor's width",
        nearest=str(bits),
        binds="hardware",
        mend=in_rule(rule, **{what: bits}),
    )


def propagation(question: Question) -> Iterator[Finding]:
    """Refuse error neurons: the error itself is sent, once, after the sample."""
    found = question.network.feedback.propagation
    if question.learning and found != "direct":
        yield Finding(
            layer=None,
            what="error propagation",
            found=found,
            allowed="direct",
            nearest="direct",
            binds="compiler",
            mend=in_rule("feedback", propagation="direct"),
        )


def transport(question: Question) -> Iterator[Finding]:
    """Refuse transposed weights: no core reads another's."""
    if _has_feedback(question) and question.network.feedback.weights != "random":
        yield Finding(
            layer=None,
            what="feedback weights",
            found=question.network.feedback.weights,
            allowed="random: no core reads the weights of another",
            nearest="random, not time gated",
            binds="hardware",
            mend=in_rule("feedback", weights="random", time_gated=False),
        )


def time_gate(question: Question) -> Iterator[Finding]:
    """Refuse gates of single steps: they are gone when the error arrives."""
    if _has_feedback(question) and question.network.feedback.time_gated:
        yield Finding(
            layer=None,
            what="time_gated",
            found="True",
            allowed="False: the error arrives once, after the sample",
            nearest="False",
            binds="hardware",
            mend=in_rule("feedback", time_gated=False),
        )


def random_weights(question: Question) -> Iterator[Finding]:
    """Refuse feedback weights wider than a synapse."""
    top = limit(question.target.weight_bits.value)
    found = question.network.feedback.random_max
    if _has_feedback(question) and found > top:
        yield Finding(
            layer=None,
            what="random_max",
            found=str(found),
            allowed=f"at most {top}",
            nearest=str(top),
            binds="hardware",
            mend=in_rule("feedback", random_max=top),
        )


def _has_feedback(question: Question) -> bool:
    return question.learning and len(question.network.layers) > 1
