"""The update rule: what the learning engine has no place for."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.loihi.legality.change import refuse
from lava_intsnn.loihi.legality.finding import Finding, Question


def batch(question: Question) -> Iterator[Finding]:
    """Refuse updates summed over samples: a synapse has no place for the sum."""
    if question.learning and question.network.batch != 1:
        allowed = "1: a synapse learns after every sample"
        yield refuse(question.network, "batch", to=1, allowed=allowed)


def rounding(question: Question) -> Iterator[Finding]:
    """Refuse every rounding but the engine's, which is stochastic."""
    network, only = question.network, Rounding.STOCHASTIC
    if question.learning and network.rounding != only:
        name, found = only.name.lower(), network.rounding.name.lower()
        yield refuse(network, "rounding", to=only, found=found, allowed=name, nearest=name)


def normalised_updates(question: Question) -> Iterator[Finding]:
    """Refuse updates divided by the largest one of their input.

    A rule sees the variables of its own synapse and of the two neurons that it connects. The
    largest update of all synapses of an input is not among them, and a rule does not divide.
    """
    if not question.learning:
        return
    network = question.network
    for index, layer in enumerate(question.layers):
        if layer.plastic and layer.normalise:
            place = ("layers", index, "normalise")
            yield refuse(network, *place, to=False, allowed="False: a rule sees one synapse")


def weight_decay(question: Question) -> Iterator[Finding]:
    """Refuse weight decay, which this compiler's rules do not have.

    A rule may have a product with the weight as a factor (Davies 2018; Lava's product series). But
    the products are summed before they are rounded, and ours rounds the decay alone.
    """
    if not question.learning:
        return
    network = question.network
    for index, layer in enumerate(question.layers):
        if layer.plastic and layer.weight_decay_shift is not None:
            decay = ("layers", index, "weight_decay_shift")
            yield refuse(network, *decay, to=None, allowed="None", binds="compiler")
