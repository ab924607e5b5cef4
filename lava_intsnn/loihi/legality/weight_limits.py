"""Widths of the weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

import numpy as np

from lava_intsnn.loihi.legality.finding import Finding, Question
from lava_intsnn.loihi.limits.held_weights import bits_of_weights
from lava_intsnn.network import Layer, Network, Precision
from lava_intsnn.network.neuron import rescaled_value

L = TypeVar("L", bound=Layer)

#: Largest clip a description may have.
_MOST = (1 << 30) - 1


def integers(question: Question) -> Iterator[Finding]:
    """Refuse float32."""
    if question.network.precision.floating:
        yield _precision(question, found="fp32", allowed="integers")


def inference_weights(question: Question) -> Iterator[Finding]:
    """Refuse weights wider than ``weight_bits``, unless a synapse holds those of a state."""
    network, bits = question.network, question.target.weight_bits.value
    precision = network.precision
    if question.learning or precision.w_bits <= bits:
        return
    if question.state is not None and _fits(question):
        return
    yield _precision(
        question,
        what="width of inference weights",
        found=f"{precision.w_bits} bits",
        allowed=f"at most {bits}",
        nearest="precision {to}",
    )


def plastic_weights(question: Question) -> Iterator[Finding]:
    """Refuse shadow weights: learning happens on what a synapse holds."""
    precision = question.network.precision
    if question.learning and precision != _legal_precision(question):
        yield _precision(
            question,
            found=f"{precision}{' of full range' if precision.full_range else ', symmetric'}",
            allowed="{to} of full range, a synapse has no shadow weight",
            nearest="{to}, full range",
        )


def _precision(
    question: Question, *, found: str, allowed: str, nearest: str = "{to}", what: str = "precision"
) -> Finding:
    """Return the finding that another precision mends, which texts call ``{to}``."""
    to = _legal_precision(question)
    return Finding(
        layer=None,
        what=what,
        found=found,
        allowed=allowed.format(to=to),
        nearest=nearest.format(to=to),
        binds="hardware",
        mend=lambda network: with_precision(network, to),
    )


def _fits(question: Question) -> bool:
    """Whether the chip holds the weights of each synapse block as they are."""
    assert question.state is not None
    return all(
        bits_of_weights(block, question.target)
        for index, layer in enumerate(question.layers)
        for block in np.split(question.state.w(question.network, index), [layer.fan_in], axis=1)
    )


def _legal_precision(question: Question) -> Precision:
    bits, now = question.target.weight_bits.value, question.network.precision
    if question.learning:
        return Precision(shadow_bits=bits, inference_bits=bits, full_range=True)
    inference = min(now.inference_bits, bits)
    return replace(now, inference_bits=inference, headroom_bits=0, floating=False)


def with_precision(network: Network, to: Precision) -> Network:
    """Return ``network`` in another precision.

    Thresholds and windows keep their size relative to the inference weights, and learning shifts
    theirs relative to the shadow weights, as far as the layers' ranges allow.
    """
    now = network.precision
    wider = to.inference_bits - now.inference_bits
    narrower = now.shadow_bits - to.shadow_bits
    layers = [_rescaled(layer, wider, narrower) for layer in network.all_layers]
    loss = network.loss
    if loss.kind == "softmax" and not to.floating:
        loss = replace(loss, kind="standard")  # no chip has it: see feedback_path.loss
    return replace(network.with_layers(layers), precision=to, loss=loss)


def _rescaled(layer: L, wider: int, narrower: int) -> L:
    return replace(
        layer,
        neuron=layer.neuron.rescaled(wider),
        lr_shift=min(36, max(0, layer.lr_shift + narrower)),
        clip=rescaled_value(layer.clip, -narrower, most=_MOST),
    )
