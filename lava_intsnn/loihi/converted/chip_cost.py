"""Time and energy of an image in a converted network, step by step, from public figures."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.loihi.converted.chip_activity import ConvertedActivity
from lava_intsnn.loihi.cost import Cost, LayerCost, OperationCounts
from lava_intsnn.loihi.cost.estimate import cost_of_steps
from lava_intsnn.loihi.limits import limits_of
from lava_intsnn.loihi.mapping import Core
from lava_intsnn.loihi.preflight_report import Preflight


@checks_kinds
def estimate_converted(
    network: SpikingNetwork, report: Preflight, *, activity: ConvertedActivity
) -> Cost:
    """Estimate what one image costs.

    A layer's spikes and synaptic operations are divided over its cores as its neurons and synapses
    are. Unlike in a network that is shown its input at every step, each step has its own activity:
    the image enters in the first one alone, and the last ones are quiet.

    Parameters
    ----------
    network : SpikingNetwork
    report : Preflight
        From :func:`~.chip_preflight.preflight_converted`.
    activity : ConvertedActivity
        Of as many steps.

    Raises
    ------
    ValueError
        If the network does not fit, or the activity has other layers or steps.
    """
    report.require()
    steps, layers = report.network.steps, len(network.layers)
    if activity.events.shape != (layers, steps):
        raise ValueError(
            f"activity has (layers, steps) = {activity.events.shape}: must be {(layers, steps)}, "
            "as the network and its report"
        )
    placement = report.placement
    period = steps + layers
    costs: list[LayerCost] = []
    done: list[list[OperationCounts]] = [[] for _ in range(period)]
    for placed in placement.layers:
        synapses = sum(core.synapses for core in placed.cores)
        total = OperationCounts()
        for core in placed.cores:
            for at, counts in enumerate(_steps(core, activity, synapses, placed.neurons, steps)):
                total += counts
                done[at].append(counts)
        costs.append(LayerCost(layer=placed.layer, step=total * (1 / period), sample=total))
    return cost_of_steps(
        done,
        tuple(costs),
        network=network.name,
        target=limits_of(report.target).name,
        learning=False,
        activity=activity.source,
        placement=placement,
    )


def _steps(
    core: Core, activity: ConvertedActivity, synapses: int, neurons: int, steps: int
) -> Iterator[OperationCounts]:
    """Yield what a core does in each core step; layer l takes the sample's step t at t + l."""
    layers = len(activity.events)
    mine = core.synapses / synapses
    for at in range(steps + layers):
        t = at - core.layer
        if not 0 <= t < steps:
            yield OperationCounts(inactive_updates=core.neurons)
            continue
        sends = core.layer < layers
        ends = not sends and t == steps - 1
        enters = core.layer == 0 and t == 0
        if core.layer:
            arrived = float(activity.synops[core.layer - 1, t])
        else:
            arrived = activity.first_synops * enters
        spikes = float(activity.events[core.layer, t]) / neurons if sends else 0.0
        yield OperationCounts(
            active_updates=core.neurons,
            synaptic_ops=arrived * mine,
            spikes_between=spikes * core.axons_out.forward,
            host_in=activity.pixels * core.axons_in.forward * enters,
            host_out=core.neurons * ends,
        )
