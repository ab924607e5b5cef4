"""The update rule: what the learning engine has no place for."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.loihi.legality.change import in_layer, in_network
from lava_intsnn.loihi.legality.finding import Finding, Question


def batch(question: Question) -> Iterator[Finding]:
    """Refuse updates summed over samples: a synapse has no place for the sum."""
    found = question.network.batch
    if question.learning and found != 1:
        yield Finding(
            layer=None,
            what="batch",
            found=str(found),
            allowed="1: a synapse learns after every sample",
            nearest="1",
            binds="hardware",
            mend=in_network(batch=1),
        )


def rounding(question: Question) -> Iterator[Finding]:
    """Refuse every rounding but the engine's, which is stochastic."""
    found = question.network.rounding
    if question.learning and found != Rounding.STOCHASTIC:
        yield Finding(
            layer=None,
            what="rounding",
            found=found.name.lower(),
            allowed="stochastic",
            nearest="stochastic",
            binds="hardware",
            mend=in_network(rounding=Rounding.STOCHASTIC),
        )


def weight_decay(question: Question) -> Iterator[Finding]:
    """Refuse weight decay: a product has no floor of its own before it is added."""
    if not question.learning:
        return
    for index, layer in enumerate(question.network.layers):
        if layer.weight_decay_shift is not None:
            yield Finding(
                layer=index,
                what="weight_decay_shift",
                found=str(layer.weight_decay_shift),
                allowed="None",
                nearest="None",
                binds="hardware",
                mend=in_layer(index, weight_decay_shift=None),
            )
