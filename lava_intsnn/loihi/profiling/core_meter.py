"""Counts what each core of a placement does in a step of the virtual core.

The virtual core runs a whole layer; a placement cuts the layer into cores. What the virtual core
counts is split between them here: neurons and learned synapses by neuron, spikes by their source,
and synaptic operations by the synapses that a core holds of the source. The sum over the cores of a
layer is what the virtual core counts for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import numpy as np

from lava_intsnn.loihi.core_schedule import CoreSchedule
from lava_intsnn.loihi.cost.counts import COUNT_KINDS
from lava_intsnn.loihi.mapping import Core, Placement
from lava_intsnn.loihi.mapping.synapse_blocks import LAYOUTS, reach
from lava_intsnn.loihi.microcode.machine import Machine
from lava_intsnn.loihi.microcode.names import ERROR, INPUT, SPIKE, SUM, group_name
from lava_intsnn.loihi.microcode.program import SynapseBlock
from lava_intsnn.network import Network

#: What is counted: the operations that have a cost, then spikes and instructions of any kind.
KINDS = (*COUNT_KINDS, "spikes", "instructions")
_AT = {kind: k for k, kind in enumerate(KINDS)}


class CoreMeter:
    """Adds up, for each core of a placement, what a :class:`Machine` does step by step.

    Parameters
    ----------
    network : Network
    placement : Placement
        Of the network.
    learning : bool
        Whether the program learns.
    layers : sequence of int, optional
        The layers that the machine runs, all by default. A machine that runs one layer alone calls
        its input ``input`` whatever the layer, and has no other layer's groups.

    Attributes
    ----------
    cores : tuple of Core
        Those that are counted, from input to output.
    end : int
        The step of a whole program in which results are read.
    """

    def __init__(
        self,
        network: Network,
        placement: Placement,
        *,
        learning: bool,
        layers: tuple[int, ...] | None = None,
    ) -> None:
        self.network, self.placement = network, placement
        self._all = network.all_layers if learning else network.layers
        self.layers = tuple(range(len(self._all))) if layers is None else layers
        self.cores = tuple(core for core in placement.cores if core.layer in self.layers)
        self._schedule = CoreSchedule.of(network, learning=learning)
        self.end = self._schedule.end
        self._fan_outs = [self._fan_out(core) for core in self.cores]
        self._reach = {index: self._reached(index) for index in self.layers}
        #: What the rules of a machine had visited by its last step: by group, tags and weights.
        self._seen: WeakKeyDictionary[Machine, dict[str, tuple[np.ndarray, np.ndarray]]]
        self._seen = WeakKeyDictionary()

    def measure(
        self,
        machine: Machine,
        step: int,
        arriving: Mapping[str, np.ndarray],
        sent: Mapping[str, np.ndarray],
    ) -> np.ndarray:
        """Return what the cores did in ``step``, int64 ``(cores, kinds)``; see :data:`KINDS`."""
        counts = np.zeros((len(self.cores), len(KINDS)), np.int64)
        learned = {index: self._visited(machine, index) for index in self.layers}
        for row, core, fan_out in zip(counts, self.cores, self._fan_outs):
            name = group_name(self.network, core.layer)
            group = machine.program.group(name)
            phase = group.phase_at(step)
            neurons = core.neurons * machine.batch
            own = slice(core.first, core.stop)
            row[_AT["active_updates" if phase else "inactive_updates"]] = neurons
            if phase:
                row[_AT["instructions"]] = len(phase.code) * neurons
            tags, weights = learned[core.layer]
            row[_AT["tag_updates"]], row[_AT["weight_updates"]] = (
                tags[own].sum(),
                weights[own].sum(),
            )
            for block in machine.program.blocks_into(name):
                if block.source in arriving:
                    self._arrived(row, core, block, arriving[block.source], fan_out)
            self._left(row, core, sent, own)
            if step == self._end_of(machine) and core.layer == len(self.network.layers) - 1:
                row[_AT["host_out"]] = 2 * neurons  # count and potential
        return counts

    def labelled(self, counts: np.ndarray, step: int | None = None) -> None:
        """Add the host's labels to the ``counts (cores, kinds)`` of a step.

        ``step`` of a whole program says which readouts get theirs in it; None is all.
        """
        for row, core in zip(counts, self.cores):
            if step is None or step == self._schedule.last(core.layer):
                row[_AT["host_in"]] += core.axons_in.label

    def _end_of(self, machine: Machine) -> int:
        """Return the step in which the output has seen the whole sample."""
        alone = len(machine.program.groups) < len(self.network.layers)
        return self.network.steps - 1 if alone else self.end

    def _visited(self, machine: Machine, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the visits of rules since the last step, by neuron."""
        name = group_name(self.network, index)
        seen = self._seen.setdefault(machine, {})
        tags, weights = machine.cores[name].visits()
        before = seen.get(name, (0, 0))
        seen[name] = tags, weights
        return tags - before[0], weights - before[1]

    def _arrived(
        self,
        row: np.ndarray,
        core: Core,
        block: SynapseBlock,
        payload: np.ndarray,
        fan_out: np.ndarray,
    ) -> None:
        active = payload != 0
        if block.port != SUM:
            row[_AT["synaptic_ops"]] += int(active.sum()) * core.neurons
            return
        row[_AT["synaptic_ops"]] += int((active @ fan_out).sum())
        if core.layer == 0 and block.source == INPUT:
            row[_AT["host_in"]] += int((active & (fan_out > 0)).sum())

    def _left(
        self, row: np.ndarray, core: Core, sent: Mapping[str, np.ndarray], own: slice
    ) -> None:
        """Count the spikes that leave a core, and a message for each core that they reach."""
        name = group_name(self.network, core.layer)
        layer = self._all[core.layer]
        spikes = sent.get(f"{name}.{SPIKE}")
        if spikes is not None:
            fired = (spikes[:, own] != 0).sum(axis=0)
            row[_AT["spikes"]] += fired.sum()
            row[_AT["spikes_between"]] += int(fired @ self._reach[core.layer][own])
            if layer.recurrence:
                row[_AT["spikes_within"]] += fired.sum()
                row[_AT["spikes_between"]] += fired.sum() * (len(self._shards(core.layer)) - 1)
        error = sent.get(f"{name}.{ERROR}")
        if error is not None:
            told = int((error[:, own] != 0).sum())
            row[_AT["spikes"]] += told
            hears = self.network.learners(core.layer)
            row[_AT["spikes_between"]] += told * sum(len(self._shards(k)) for k in hears)

    def _shards(self, index: int) -> list[tuple[int, int]]:
        return [(core.first, core.stop) for core in self.placement.layers[index].cores]

    def _fan_out(self, core: Core) -> np.ndarray:
        """Return how many of a core's neurons each input of its layer reaches."""
        layer = self._all[core.layer]
        return LAYOUTS[layer.kind].fan_outs(layer, first=core.first, stop=core.stop)

    def _reached(self, index: int) -> np.ndarray:
        """Return how many cores of the layers above each neuron reaches."""
        found = np.zeros(self._all[index].n_out, np.int64)
        for above, (layer, source) in enumerate(zip(self._all, self.network.sources)):
            if source == index:
                found += reach(layer, self._shards(above))
        return found
