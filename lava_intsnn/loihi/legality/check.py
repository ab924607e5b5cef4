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
from lava_intsnn.loihi.limits import Limits
from lava_intsnn.network import Network
from lava_intsnn.network.neuron import GUARDED_STATE_BITS
from lava_intsnn.state import State

#: One choice each. Precision first: others' ranges depend on it.
CHOICES: tuple[Rule, ...] = (
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
    feedback.third_factor,
    feedback.loss,
    feedback.error_width,
    feedback.propagation,
    feedback.transport,
    feedback.time_gate,
    feedback.random_weights,
    feedback.feedback_width,
    update.batch,
    update.rounding,
    update.weight_decay,
)

#: What follows from several choices: asked of a network whose plain choices are legal, or a batch
#: of 128 would show up again in every sum.
SUMS: tuple[Rule, ...] = (
    bounds.provable,
    neurons.synaptic_sum,
    engine.feedback_sum,
    engine.presynaptic_trace,
    engine.eligibility_trace,
    engine.learning_shift,
    engine.accumulator,
    engine.clip,
)

#: A mend may bring another sum to light, once for each rule at most.
_ROUNDS = len(SUMS) + 2


def check(
    network: Network, *, target: Limits, learning: bool, state: State | None = None
) -> tuple[Finding, ...]:
    """Return everything about ``network`` that ``target`` or this compiler refuses.

    Whether it fits the cores is not asked here: see :mod:`lava_intsnn.loihi.preflight`.

    Parameters
    ----------
    network : Network
    target : Limits
    learning : bool
        Whether it shall learn there, or only run.
    state : State, optional
        Trained weights. Weights declared too wide are legal for inference if these fit.

    Returns
    -------
    tuple of Finding
        Empty for a legal network.
    """
    question = Question(network=network, target=target, learning=learning, state=state)
    choices = [finding for rule in CHOICES for finding in rule(question)]
    later = replace(question, network=_mended(network, choices), given=network)
    return (*choices, *(finding for rule in SUMS for finding in rule(later)))


def nearest_legal(network: Network, *, target: Limits, learning: bool) -> Network:
    """Return ``network`` with the nearest legal choice in place of each illegal one.

    What has no legal neighbour stays as it is: :func:`check` of the result names it.
    """
    for _ in range(_ROUNDS):
        findings = check(network, target=target, learning=learning)
        if not any(finding.mend for finding in findings):
            break
        network = _mended(network, findings)
    return network


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


def _mended(network: Network, findings: tuple[Finding, ...] | list[Finding]) -> Network:
    for finding in findings:
        if finding.mend is not None:
            network = finding.mend(network)
    return network
