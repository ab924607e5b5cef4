"""All rules, asked in order; and the networks that answer them."""

from __future__ import annotations

from dataclasses import replace

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.loihi.legality import (
    connections,
    feedback_path,
    graded_input,
    learning_widths,
    neuron_limits,
    proof,
    weight_change,
    weight_limits,
)
from lava_intsnn.loihi.legality.finding import Finding, Question, Rule
from lava_intsnn.loihi.limits import Limits, limits_of
from lava_intsnn.network import Network
from lava_intsnn.state import State

#: Asked in this order, each of a network with the nearest legal choices for what was found before:
#: a batch of 128, once named, does not show up again in every sum.
RULES: tuple[Rule, ...] = (
    weight_limits.integers,
    weight_limits.inference_weights,
    weight_limits.plastic_weights,
    graded_input.graded_input,
    neuron_limits.kind,
    neuron_limits.potential,
    neuron_limits.fixed_function,
    neuron_limits.cuba,
    connections.plastic_kind,
    connections.plastic_layer,
    connections.pools,
    connections.delays,
    connections.recurrence,
    connections.recurrent_shift,
    weight_change.batch,
    weight_change.rounding,
    weight_change.normalised_updates,
    weight_change.weight_decay,
    feedback_path.third_factor,
    feedback_path.loss,
    feedback_path.error_points,
    feedback_path.error_width,
    feedback_path.propagation,
    feedback_path.time_gate,
    feedback_path.transport,
    feedback_path.random_weights,
    feedback_path.feedback_width,
    proof.provable,
    neuron_limits.synaptic_sum,
    learning_widths.feedback_sum,
    learning_widths.trace_decay,
    learning_widths.own_traces,
    learning_widths.presynaptic_trace,
    learning_widths.eligibility_trace,
    learning_widths.learning_shift,
    learning_widths.accumulator,
    learning_widths.clip,
)


@checks_kinds
def check(
    network: Network, *, target: str | Limits, learning: bool, state: State | None = None
) -> tuple[Finding, ...]:
    """Return everything about ``network`` that ``target`` or this compiler refuses.

    Whether it fits the cores is not asked here: see :mod:`lava_intsnn.loihi.preflight_report`.

    Parameters
    ----------
    network : Network
    target : str or Limits
        Such as ``"loihi2"``, or a table of limits.
    learning : bool
        Whether it shall learn there, or only run.
    state : State, optional
        Trained weights. Weights declared too wide are legal for inference if these fit, or if
        they are even and fit in one more bit, as those of lava-dl do.

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


@checks_kinds
def nearest_legal(network: Network, *, target: str | Limits, learning: bool) -> Network:
    """Return ``network`` with the nearest legal choice in place of each illegal one.

    What has no legal neighbour stays as it is: :func:`check` of the result names it. Parameters
    and errors are those of :func:`check`.
    """
    limits = limits_of(target)
    question = Question(network=network, given=network, target=limits, learning=learning)
    return _ask(question)[1]


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
