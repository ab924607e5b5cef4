"""The error and its way to the layers."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.arithmetic import limit
from lava_intsnn.loihi.legality.change import refuse
from lava_intsnn.loihi.legality.finding import Finding, Question

#: Losses whose error an output neuron computes from its own count and label.
LOSSES = ("standard", "one_sided", "positive")
#: Ways of the error that take no error neurons.
PROPAGATIONS = ("direct", "local")


def third_factor(question: Question) -> Iterator[Finding]:
    """Refuse to learn where a rule sees no error of each neuron's own.

    On Loihi 1 an embedded processor can write one into a trace, as nengo-loihi did, which this
    compiler does not program.
    """
    target = question.target
    if question.learning and not target.third_factor.value:
        yield Finding(
            layer=None,
            what="learning",
            found="a third factor of each neuron",
            allowed=f"none on {target.name} but what an embedded processor writes",
            nearest="learn on loihi2, or compile for inference",
            binds="hardware",
        )


def loss(question: Question) -> Iterator[Finding]:
    """Refuse losses an output's program cannot compute, which has no random numbers."""
    network = question.network
    if question.learning and network.loss.kind not in LOSSES:
        kinds = ", ".join(LOSSES)
        kind = ("loss", "kind")
        yield refuse(network, *kind, to="standard", allowed=kinds, binds="compiler", what="loss")


def error_points(question: Question) -> Iterator[Finding]:
    """Refuse errors at several points: rules are applied, and labels come, once a sample."""
    if question.learning and question.network.loss.points > 1:
        yield refuse(
            question.network,
            *("loss", "points"),
            to=1,
            allowed="1: the error is sent once, after the sample",
            binds="compiler",
            what="error points",
        )


def error_width(question: Question) -> Iterator[Finding]:
    """Refuse errors wider than the third factor, which they are in the output layer."""
    if question.learning:
        yield from _width(question, "loss", "err_bits", question.network.loss.err_bits)


def feedback_width(question: Question) -> Iterator[Finding]:
    """Refuse feedback wider than the third factor, which it is in hidden layers."""
    if _has_feedback(question):
        yield from _width(question, "feedback", "v_fb_bits", question.network.feedback.v_fb_bits)


def _width(question: Question, part: str, name: str, found: int) -> Iterator[Finding]:
    bits = question.target.third_factor_bits.value
    if bits and found > bits:
        allowed = f"at most {bits}, the third factor's width"
        yield refuse(question.network, part, name, to=bits, allowed=allowed)


def propagation(question: Question) -> Iterator[Finding]:
    """Refuse error neurons: the error itself is sent, once, after the sample.

    Local errors are sent so, too, by each readout to the layers of its branch.
    """
    if question.learning and question.network.feedback.propagation not in PROPAGATIONS:
        yield refuse(
            question.network,
            "feedback",
            "propagation",
            to="direct",
            allowed=" or ".join(PROPAGATIONS),
            binds="compiler",
            what="error propagation",
        )


def transport(question: Question) -> Iterator[Finding]:
    """Refuse transposed weights: no core reads another's."""
    if _has_feedback(question) and question.network.feedback.weights != "random":
        yield refuse(
            question.network,
            "feedback",
            "weights",
            to="random",
            time_gated=False,
            allowed="random: no core reads the weights of another",
            nearest="random, not time gated",
            what="feedback weights",
        )


def time_gate(question: Question) -> Iterator[Finding]:
    """Refuse gates of single steps: they are gone when the error arrives."""
    if _has_feedback(question) and question.network.feedback.time_gated:
        allowed = "False: the error arrives once, after the sample"
        yield refuse(question.network, "feedback", "time_gated", to=False, allowed=allowed)


def random_weights(question: Question) -> Iterator[Finding]:
    """Refuse feedback weights wider than a synapse."""
    network, top = question.network, limit(question.target.weight_bits.value)
    if _has_feedback(question) and network.feedback.random_max > top:
        yield refuse(network, "feedback", "random_max", to=top, allowed=f"at most {top}")


def _has_feedback(question: Question) -> bool:
    return question.learning and question.network.sends_error
