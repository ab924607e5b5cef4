"""How many operations a core makes: in a step, while idle, and when it learns."""

from __future__ import annotations

from dataclasses import dataclass, fields

from lava_intsnn.costs.activity import Activity
from lava_intsnn.costs.memory_exact import spikes_are_traces
from lava_intsnn.loihi.core_schedule import CoreSchedule
from lava_intsnn.loihi.mapping import Core
from lava_intsnn.network import Network


@dataclass(frozen=True, kw_only=True)
class OperationCounts:
    """Operations by kind. Not whole where activity is a mean.

    ``active_updates`` and ``inactive_updates`` of neurons, in and outside the layer's own steps of
    a sample; ``synaptic_ops``, one for each spike and synapse it reaches, those of the error
    included; ``spikes_within`` and ``spikes_between``, messages to the core itself and to others,
    one for each core reached; ``tag_updates`` and ``weight_updates`` of the learning engine;
    ``host_in`` and ``host_out``, messages from and to the host.
    """

    active_updates: float = 0.0
    inactive_updates: float = 0.0
    synaptic_ops: float = 0.0
    spikes_within: float = 0.0
    spikes_between: float = 0.0
    tag_updates: float = 0.0
    weight_updates: float = 0.0
    host_in: float = 0.0
    host_out: float = 0.0

    def __add__(self, other: OperationCounts) -> OperationCounts:
        return OperationCounts(
            **{each: getattr(self, each) + getattr(other, each) for each in COUNT_KINDS}
        )

    def __mul__(self, times: float) -> OperationCounts:
        return OperationCounts(**{each: getattr(self, each) * times for each in COUNT_KINDS})


COUNT_KINDS = tuple(field.name for field in fields(OperationCounts))


def steps_per_sample(network: Network, *, learning: bool) -> int:
    """Return the core steps from one sample's first step to the next one's."""
    return CoreSchedule.of(network, learning=learning).period


def step(core: Core, network: Network, activity: Activity, *, learning: bool) -> OperationCounts:
    """Return what ``core`` does in each of the ``T`` steps in which its layer has the sample."""
    layer, a = network.all_layers[core.layer], activity.layers[core.layer]
    recurrence = layer.recurrence
    looped = 0.0
    if recurrence:
        looped = a.spikes if recurrence.source == "spikes" else a.recurrent
    tags = 0.0
    if learning and layer.plastic:
        tags = core.synapses * (a.inputs if spikes_are_traces(network, core.layer) else a.traces)
        if recurrence and recurrence.learned:
            tags += core.recurrent_synapses * looped
    # a core's input axons are the presynaptic neurons that reach it
    received = a.inputs * core.axons_in.forward
    own = core.neurons if recurrence else 0
    return OperationCounts(
        active_updates=core.neurons,
        synaptic_ops=a.inputs * core.synapses + looped * core.recurrent_synapses,
        spikes_within=looped * own,
        spikes_between=a.spikes * core.axons_out.forward
        + looped * (core.axons_out.recurrent - own),
        tag_updates=tags,
        host_in=received if core.layer == 0 else 0.0,
    )


def idle_step(core: Core) -> OperationCounts:
    """Return what ``core`` does in a step in which its layer has no sample."""
    return OperationCounts(inactive_updates=core.neurons)


def readout(core: Core, network: Network) -> OperationCounts:
    """Return what the host reads of ``core`` at a sample's end: count and potential of outputs."""
    return OperationCounts(host_out=2 * core.neurons * (core.layer == len(network.layers) - 1))


def learning_step(core: Core, network: Network) -> OperationCounts:
    """Return what ``core`` does once for each learned sample: labels, error, weights.

    Every class is taken to have an error, and every synapse to be visited.
    """
    layer = network.all_layers[core.layer]
    learned = core.recurrent_synapses if layer.learns_recurrence else 0
    learned += core.synapses if layer.plastic else 0
    return OperationCounts(
        synaptic_ops=core.feedback_synapses,
        spikes_between=core.axons_out.feedback,
        weight_updates=learned,
        host_in=core.axons_in.label,
    )
