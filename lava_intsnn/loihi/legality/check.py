"""All rules, asked in order; and the networks that answer them."""

from __future__ import annotations

from dataclasses import replace

from lava_intsnn.loihi.legality import (
    bounds,
    engine,
    feedback,
    graded,
    neurons,
    synapses,
    update,
    weights,
)
from lava_intsnn.loihi.legality.finding import Finding, Question, Rule
from lava_intsnn.loihi.limits import Limits, limits_of
from lava_intsnn.network import Network
from lava_intsnn.network.neuron import GUARDED_STATE_BITS
from lava_intsnn.state import State

#: Asked in this order, each of a network with the nearest legal choices for what was found before:
#: a batch of 128, once named, does not show up again in every sum.
RULES: tuple[Rule, ...] = (
    weights.integers,
    weights.inference_weights,
    weights.plastic_weights,
    graded.graded_input,
    neurons.potential,
    neurons.fixed_function,
    synapses.plastic_kind,
    synapses.delays,
    synapses.recurrence,
    synapses.recurrent_shift,
    update.batch,
    update.rounding,
    update.weight_decay,
    feedback.third_factor,
    feedback.loss,
    feedback.error_width,
    feedback.propagation,
    feedback.time_gate,
    feedback.transport,
    feedback.random_weights,
    feedback.feedback_width,
    bounds.provable,
    neurons.synaptic_sum,
    engine.feedback_sum,
    engine.presynaptic_trace,
    engine.eligibility_trace,
    engine.learning_shift,
    engine.accumulator,
    engine.clip,
)


def check(
    network: Network, *, target: str | Limits, learning: bool, state: State | None = None
) -> tuple[Finding, ...]:
    """Return everything about ``network`` that ``target`` or this compiler refuses.

    Whether it fits the cores is not asked here: see :mod:`lava_intsnn.loihi.report`.

    Parameters
    ----------
    network : Network
    target : str or Limits
        Such as ``"loihi2"``, or a table of limits.
    learning : bool
        Whether it shall learn there, or only run.
    state : State, optional
        Trained weights. Weights declared too wide are legal for inference if these fit.

    Returns
    -------
    tuple of Finding
        Empty for a legal network.

    Raises
    ------
    NetworkError
        If there is no such target.
    """
    question = Question(
        network=network, given=network, target=limits_of(target), learning=learning, state=state
    )
    return _ask(question)[0]


def nearest_legal(network: Network, *, target: str | Limits, learning: bool) -> Network:
    """Return ``network`` with the nearest legal choice in place of each illegal one.

    What has no legal neighbour stays as it is: :func:`check` of the result names it. Parameters
    and errors are those of :func:`check`.
    """
    limits = limits_of(target)
    question = Question(network=network, given=network, target=limits, learning=learning)
    return _ask(question)[1]


def inference_network(network: Network) -> Network:
    """Return ``network`` as Loihi's LIF computes it: guarded neurons, ties to the lowest class.

    Raises
    ------
    NetworkError
        Where a threshold or decay is beyond the LIF's.
    """
    layers = tuple(
        replace(layer, neuron=replace(layer.neuron, guarded=True, v_bits=GUARDED_STATE_BITS))
        for layer in network.layers
    )
    return replace(network, layers=layers, tie_break=False)


def _ask(question: Question) -> tuple[tuple[Finding, ...], Network]:
    """Return everything found, and the network with the nearest legal choices."""
    found: list[Finding] = []
    network = question.network
    for rule in RULES:
        for finding in rule(replace(question, network=network)):
            found.append(finding)
            if finding.mend is not None:
                network = finding.mend(network)
    return tuple(found), network
