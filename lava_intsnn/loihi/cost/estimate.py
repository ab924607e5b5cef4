"""Time and energy of a sample, from operation counts and public figures."""

from __future__ import annotations

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.costs.activity import Activity
from lava_intsnn.loihi.core_schedule import CoreSchedule
from lava_intsnn.loihi.cost.cost import Cost, LayerCost
from lava_intsnn.loihi.cost.counts import (
    OperationCounts,
    idle_step,
    learning_step,
    readout,
    step,
    steps_per_sample,
)
from lava_intsnn.loihi.cost.figures import FIGURES, ZERO, Figures, Range
from lava_intsnn.loihi.cost.runtime_bound import busiest, part_times
from lava_intsnn.loihi.limits import Limits
from lava_intsnn.loihi.mapping import Core, Placement
from lava_intsnn.network import Network


@checks_kinds
def estimate(
    network: Network,
    placement: Placement,
    *,
    limits: Limits,
    learning: bool,
    activity: Activity,
) -> Cost:
    """Estimate what one sample of ``network`` costs.

    Parameters
    ----------
    placement : Placement
        From :func:`~lava_intsnn.loihi.mapping.partition`, with the same limits and ``learning``.
        It may need several chips, whose links are not in the estimate.
    learning : bool
        Every sample is learned, or none.
    activity : Activity
        Shares of inputs, spikes and traces that are not 0, from
        :func:`~lava_intsnn.costs.activity.measured_activity` or ``full_activity``.

    Raises
    ------
    ValueError
        If the placement is another one's, a layer has no cores, or ``activity`` has other layers.
    """
    wanted = (network.name, limits.name, learning)
    if (placement.network, placement.target, placement.learning) != wanted:
        raise ValueError(
            f"placement of {placement.network!r} on {placement.target}, learning = "
            f"{placement.learning}: must be of {network.name!r} on {limits.name}, learning = "
            f"{learning}; call partition with these"
        )
    homeless = [overflow.text for overflow in placement.overflows if overflow.layer is not None]
    if homeless:
        raise ValueError(f"nothing to estimate, the network does not fit: {'; '.join(homeless)}")
    if len(activity.layers) != len(network.all_layers):
        raise ValueError(
            f"activity has {len(activity.layers)} layers, must have {len(network.all_layers)}, as "
            "the network, local readouts included"
        )
    period = steps_per_sample(network, learning=learning)
    steps = network.steps
    layers = []
    for placed in placement.layers:
        once, sample = OperationCounts(), OperationCounts()
        for core in placed.cores:
            active = step(core, network, activity, learning=learning)
            once += active
            sample += active * steps + idle_step(core) * (period - steps)
            sample += readout(core, network)
            if learning:
                sample += learning_step(core, network)
        layers.append(LayerCost(layer=placed.layer, step=once, sample=sample))
    done = [_step_counts(network, placement.cores, activity, learning, at) for at in range(period)]
    return cost_of_steps(
        done,
        tuple(layers),
        network=network.name,
        target=limits.name,
        learning=learning,
        activity=activity.source,
        placement=placement,
    )


def cost_of_steps(
    done: list[list[OperationCounts]],
    layers: tuple[LayerCost, ...],
    *,
    network: str,
    target: str,
    learning: bool,
    activity: str,
    placement: Placement,
) -> Cost:
    """Return what a sample costs of which each core does ``done[step][core]``."""
    figures = FIGURES[target]
    times = [_step_time(each, figures) for each in done]
    time = sum(times, ZERO)
    total = sum((layer.sample for layer in layers), OperationCounts())
    return Cost(
        network=network,
        target=target,
        learning=learning,
        activity=activity,
        chips=placement.chips,
        cores=len(placement.cores),
        steps=len(done),
        layers=layers,
        total=total,
        slowest_step=max(times, key=lambda each: each.value),
        time=time,
        time_bound=sum((busiest(each, figures) for each in done), ZERO),
        energy=operation_energy(total, figures),
        static_energy=figures.static_power.product(time) * placement.chips,
    )


def _step_counts(
    network: Network, cores: tuple[Core, ...], activity: Activity, learning: bool, at: int
) -> list[OperationCounts]:
    """Return what each core does in core step ``at``."""
    schedule = CoreSchedule.of(network, learning=learning)
    counts = []
    for core in cores:
        busy = schedule.first(core.layer) <= at <= schedule.last(core.layer)
        found = step(core, network, activity, learning=learning) if busy else idle_step(core)
        if at == schedule.end:
            found += readout(core, network)
        # a readout learns in its last step, hidden layers when they hear of the error
        if learning and at == schedule.update(core.layer):
            found += learning_step(core, network)
        counts.append(found)
    return counts


def _step_time(cores: list[OperationCounts], figures: Figures) -> Range:
    """Return the time of a step: the slowest core, then the barrier.

    At mean activity; the mean of the slowest core's time is a little more.
    """
    low = value = high = 0.0
    for found in cores:
        took = core_time(found, figures)
        low, value, high = max(low, took.low), max(value, took.value), max(high, took.high)
    return Range(low=low, value=value, high=high) + figures.barrier_time


def core_time(counts: OperationCounts, figures: Figures) -> Range:
    """Return the time of a core's operations one after another."""
    return sum(part_times(counts, figures).values(), ZERO)


def operation_energy(counts: OperationCounts, figures: Figures) -> dict[str, Range]:
    """Return the energy of operations by kind."""
    host = counts.host_in + counts.host_out
    return {
        "neuron updates": figures.active_update_energy * counts.active_updates
        + figures.inactive_update_energy * counts.inactive_updates,
        "synaptic operations": figures.synaptic_op_energy * counts.synaptic_ops,
        "spikes": figures.spike_within_energy * counts.spikes_within
        + figures.spike_between_energy * (counts.spikes_between + host),
        "learning": figures.learning_update_energy * (counts.tag_updates + counts.weight_updates),
    }
