"""Kinds of synapses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lava_intsnn.loihi.legality.change import in_layer
from lava_intsnn.loihi.legality.finding import Finding, Question
from lava_intsnn.network import Conv, Dense


def delays(question: Question) -> Iterator[Finding]:
    """Refuse delays above ``delay_max``, and all of synapses that learn."""
    top = question.target.delay_max.value
    for index, layer in enumerate(question.network.layers):
        if not isinstance(layer, Dense):
            continue
        if question.learning and layer.max_delay:
            yield Finding(
                layer=index,
                what="max_delay",
                found=str(layer.max_delay),
                allowed="0 where synapses learn",
                nearest="0",
                binds="compiler",
                mend=in_layer(index, max_delay=0),
            )
        elif layer.max_delay > top:
            yield Finding(
                layer=index,
                what="max_delay",
                found=str(layer.max_delay),
                allowed=f"at most {top}",
                nearest=str(top),
                binds="hardware",
                mend=in_layer(index, max_delay=top),
            )


def recurrence(question: Question) -> Iterator[Finding]:
    """Refuse recurrence on potentials, and all in a network that learns."""
    for index, layer in enumerate(question.network.layers):
        recurrent = layer.recurrence
        if recurrent is None:
            continue
        if question.learning:
            yield Finding(
                layer=index,
                what="recurrence",
                found=f"on {recurrent.source}",
                allowed="none where synapses learn",
                nearest="recurrence None",
                binds="compiler",
                mend=in_layer(index, recurrence=None),
            )
        elif recurrent.source != "spikes":
            yield Finding(
                layer=index,
                what="recurrence source",
                found=recurrent.source,
                allowed="spikes, the only thing a core sends every step",
                nearest="spikes",
                binds="hardware",
                mend=in_layer(index, recurrence=replace(recurrent, source="spikes")),
            )


def recurrent_shift(question: Question) -> Iterator[Finding]:
    """Refuse to shift a recurrent sum where there is no microcode."""
    if question.learning or question.target.microcode.value:
        return
    for index, layer in enumerate(question.network.layers):
        recurrent = layer.recurrence
        if recurrent is not None and recurrent.shift:
            yield Finding(
                layer=index,
                what="recurrence shift",
                found=str(recurrent.shift),
                allowed="0, having no neuron programs",
                nearest="0",
                binds="hardware",
                mend=in_layer(index, recurrence=replace(recurrent, shift=0)),
            )


def plastic_kind(question: Question) -> Iterator[Finding]:
    """Refuse shared weights that learn: each synapse would change them alone."""
    if not question.learning:
        return
    for index, layer in enumerate(question.network.layers):
        if isinstance(layer, Conv):
            yield Finding(
                layer=index,
                what="layer",
                found="a convolution that learns",
                allowed="dense layers where synapses learn, since no rule sums over positions",
                nearest="train it elsewhere and compile it for inference",
                binds="hardware",
            )
