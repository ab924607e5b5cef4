"""Kinds of synapses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lava_intsnn.loihi.legality.change import refuse
from lava_intsnn.loihi.legality.finding import Finding, Question

#: Kinds of layers whose neurons share weights -> what such a layer is called.
SHARED_WEIGHTS = {"conv": "a convolution"}


def pools(question: Question) -> Iterator[Finding]:
    """Refuse pools: a synapse of a core hears one neuron."""
    for index, layer in enumerate(question.layers):
        if layer.pool:
            sums = layer.pool.kind == "sum"
            yield Finding(
                layer=index,
                what="pool",
                found=f"{'a sum' if sums else 'an average'} of windows",
                allowed="synapses that each hear one neuron",
                nearest="networks.without_pools(network, state): the same spikes, from larger "
                "kernels that repeat their weights"
                if sums
                else "a pool of kind 'sum', with a threshold for sums",
                binds="compiler",
            )


def delays(question: Question) -> Iterator[Finding]:
    """Refuse delays above ``delay_max``, and all of synapses that learn.

    Delays that learn need more than the rule ``dd`` of Loihi's learning engine: that changes a
    delay of 6 whole bits, which Lava keeps in ``tag_2`` and says to have no effect yet, so nothing
    that it learns could be compared.
    """
    network, top = question.network, question.target.delay_max.value
    for index, layer in enumerate(question.layers):
        delay = ("layers", index, "max_delay")
        if question.learning and layer.plastic and layer.max_delay:
            allowed = "0 where synapses learn"
            if layer.learns_delays:
                allowed += "; its rule for delays has no fractional bits, and Lava does not run it"
            # there are none to give
            seed: dict[str, Any] = {"delay_source": "seed", "delay_lr_shift": None, "delay_bits": 0}
            yield refuse(network, *delay, to=0, allowed=allowed, binds="compiler", **seed)
        elif layer.max_delay > top:
            yield refuse(network, *delay, to=top, allowed=f"at most {top}")
        elif question.learning and layer.delay_bits:
            yield refuse(
                network,
                *("layers", index, "delay_bits"),
                to=0,
                allowed="whole steps, since a chip that learns gives back the delays it uses",
                nearest="delay_bits 0, with state_in_precision(...)",
                binds="compiler",
                delay_lr_shift=None,
            )


def recurrence(question: Question) -> Iterator[Finding]:
    """Refuse recurrence on potentials, and all in layers that learn.

    Where spikes carry one bit, a potential cannot be sent at all. Graded spikes could carry it, but
    this compiler's programs do not send it.
    """
    network = question.network
    for index, layer in enumerate(question.layers):
        recurrent = ("layers", index, "recurrence")
        if layer.recurrence is None:
            continue
        if question.learning and layer.plastic:
            yield refuse(
                network,
                *recurrent,
                to=None,
                found=f"on {layer.recurrence.source}",
                allowed="none where synapses learn",
                nearest="recurrence None",
                binds="compiler",
            )
        elif layer.recurrence.source != "spikes":
            graded = bool(question.target.graded_spike_bits.value)
            yield refuse(
                network,
                *recurrent,
                "source",
                to="spikes",
                allowed="spikes" if graded else "spikes, which have one bit",
                binds="compiler" if graded else "hardware",
                what="recurrence source",
            )


def recurrent_shift(question: Question) -> Iterator[Finding]:
    """Refuse to shift a recurrent sum where there is no microcode."""
    network = question.network
    if question.target.microcode.value:
        return
    for index, layer in enumerate(question.layers):
        learns = question.learning and layer.plastic  # then there is no recurrence
        if not learns and layer.recurrence is not None and layer.recurrence.shift:
            shift = ("layers", index, "recurrence", "shift")
            allowed = "0, having no neuron programs"
            yield refuse(network, *shift, to=0, allowed=allowed, what="recurrence shift")


def plastic_kind(question: Question) -> Iterator[Finding]:
    """Refuse shared weights that learn: each synapse would change them alone."""
    if not question.learning:
        return
    for index, layer in enumerate(question.layers):
        if layer.plastic and layer.kind in SHARED_WEIGHTS:
            yield refuse(
                question.network,
                *("layers", index, "plastic"),
                to=False,
                what="layer",
                found=f"{SHARED_WEIGHTS[layer.kind]} that learns",
                allowed="dense layers where synapses learn, since no rule sums over positions",
                nearest="plastic False: train it elsewhere, and what is above it here",
            )


def plastic_layer(question: Question) -> Iterator[Finding]:
    """Refuse to learn where every layer is frozen."""
    network = question.network
    if question.learning and network.first_plastic == len(network.layers):
        yield Finding(
            layer=None,
            what="learning",
            found="every layer is frozen",
            allowed="a plastic layer at least",
            nearest="compile it for inference",
            binds="compiler",
        )
