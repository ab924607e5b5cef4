"""Cuts the layers of a network into shards of neurons, one a core."""

from __future__ import annotations

from functools import partial

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.loihi.limits import Limits
from lava_intsnn.loihi.mapping import core_memory, synapse_blocks
from lava_intsnn.loihi.mapping.demand import Demand, Surroundings, demand
from lava_intsnn.loihi.mapping.placement import Core, LayerPlacement, Overflow, Placement
from lava_intsnn.network import Network

Shards = list[tuple[int, int]]


@checks_kinds
def partition(network: Network, *, limits: Limits, learning: bool) -> Placement:
    """Place ``network`` on as few cores as hold it.

    Each layer is cut into contiguous shards of equal size (give or take one neuron), one a core;
    layers do not share cores. Equal shards keep the slowest core of a step fast.

    Parameters
    ----------
    limits : Limits
        Of the target, such as :data:`~lava_intsnn.loihi.limits.LOIHI2`.
    learning : bool
        With tags, traces, labels and the synapses of the error, or for inference only.

    Returns
    -------
    Placement
        What does not fit is in its ``overflows``; nothing is raised.
    """
    cutter = _Cutter(network, limits, learning)
    return cutter.place()


def shards(neurons: int, cores: int) -> Shards:
    """Return ``(first, stop)`` of each of ``cores`` equal shards of ``neurons`` neurons."""
    return [(neurons * k // cores, neurons * (k + 1) // cores) for k in range(cores)]


class _Cutter:
    """Searches the fewest cores of every layer; a layer's axons depend on the others' cores."""

    def __init__(self, network: Network, limits: Limits, learning: bool) -> None:
        self.network, self.limits, self.learning = network, limits, learning
        # local readouts take part in learning alone
        self.layers = network.all_layers if learning else network.layers
        self._demand = partial(demand, network, limits=limits, learning=learning)
        self.homeless: dict[int, Demand] = {}
        # more cores of one layer never need fewer of another, so this only grows and ends
        self.cores = [1] * len(self.layers)
        while True:
            found = [self._fewest(index) for index in range(len(self.layers))]
            if found == self.cores:
                break
            self.cores = found

    def place(self) -> Placement:
        """Build the cores that were found."""
        layers, at = [], 0
        for index, layer in enumerate(self.layers):
            cut = [] if index in self.homeless else shards(layer.n_out, self.cores[index])
            around = self._around(index)
            cores = tuple(self._core(index, at + k, shard, around) for k, shard in enumerate(cut))
            at += len(cores)
            layers.append(
                LayerPlacement(
                    layer=index,
                    kind=layer.kind,
                    format=synapse_blocks.LAYOUTS[layer.kind].format(
                        limits=self.limits, learning=self.learning and layer.plastic
                    ),
                    neurons=layer.n_out,
                    neurons_per_core=max((core.neurons for core in cores), default=0),
                    cores=cores,
                    binds=self._binds(index),
                )
            )
        per_chip = self.limits.cores_per_chip.value
        return Placement(
            network=self.network.name,
            target=self.limits.name,
            learning=self.learning,
            layers=tuple(layers),
            chips=-(-at // per_chip),
            core_bytes=core_memory.core_bytes(self.limits),
            overflows=tuple(self._overflows(at)),
        )

    def _fewest(self, index: int) -> int:
        """Return the fewest cores that hold a layer, not below what was found so far."""
        layer = self.layers[index]
        around = self._around(index)
        smallest = self._demand(index, self._hardest_neuron(index), around)
        if smallest.exceeded:
            self.homeless[index] = smallest
            return self.cores[index]
        if synapse_blocks.LAYOUTS[layer.kind].uniform and not np.ptp(around.reach):
            low, high = 1, layer.n_out
            while low < high:
                middle = (low + high + 1) // 2
                if self._demand(index, (0, middle), around).exceeded:
                    high = middle - 1
                else:
                    low = middle
            return max(self.cores[index], -(-layer.n_out // low))
        cores = max(self.cores[index], -(-layer.n_out // self.limits.neurons_per_core.value))
        while any(
            self._demand(index, shard, around).exceeded for shard in shards(layer.n_out, cores)
        ):
            cores += 1
        return cores

    def _hardest_neuron(self, index: int) -> tuple[int, int]:
        layer = self.layers[index]
        first = synapse_blocks.LAYOUTS[layer.kind].hardest(layer)
        return first, first + 1

    def _around(self, index: int) -> Surroundings:
        reach = np.zeros(self.layers[index].n_out, np.int64)
        for above, (layer, source) in enumerate(zip(self.layers, self.network.sources)):
            if source == index:
                reach += synapse_blocks.reach(layer, shards(layer.n_out, self.cores[above]))
        hidden = 0
        if self.learning and self.network.is_readout(index):
            hidden = sum(self.cores[below] for below in self.network.learners(index))
        return Surroundings(reach=reach, own=self.cores[index], hidden=hidden)

    def _core(self, index: int, at: int, shard: tuple[int, int], around: Surroundings) -> Core:
        first, stop = shard
        found = self._demand(index, shard, around)
        chip, core = divmod(at, self.limits.cores_per_chip.value)
        return Core(
            chip=chip,
            index=core,
            layer=index,
            first=first,
            stop=stop,
            synapses=found.blocks["forward"].synapses,
            recurrent_synapses=found.blocks["recurrent"].synapses,
            feedback_synapses=found.blocks["feedback"].synapses,
            axons_in=found.axons_in,
            axons_out=found.axons_out,
            regions=core_memory.lay_out(found.sizes, self.limits),
        )

    def _binds(self, index: int) -> str:
        """Return what is exceeded with one core less."""
        if index in self.homeless:
            return self.homeless[index].naming(self.homeless[index].exceeded)
        cores = self.cores[index]
        if cores == 1:
            return ""
        around = self._around(index)
        fewer = shards(self.layers[index].n_out, cores - 1)
        found = (self._demand(index, shard, around) for shard in fewer)
        over = next(each for each in found if each.exceeded)
        return over.naming(over.exceeded)

    def _overflows(self, cores: int) -> list[Overflow]:
        found = []
        for index, needed in sorted(self.homeless.items()):
            resource = needed.exceeded
            need, have = needed.resources[resource]
            found.append(
                Overflow(
                    layer=index,
                    resource=resource,
                    need=need,
                    have=have,
                    text=f"layer {index}: a single neuron needs {need:,} of {have:,} "
                    f"({needed.naming(resource)}) of a core",
                )
            )
        have = self.limits.cores_per_chip.value
        if cores > have:
            found.append(
                Overflow(
                    layer=None,
                    resource="cores",
                    need=cores,
                    have=have,
                    text=f"{cores:,} cores are needed, a chip has {have:,}",
                )
            )
        return found
