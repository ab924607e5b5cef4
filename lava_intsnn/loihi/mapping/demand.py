"""What a core with some neurons of a layer needs, and which limits that exceeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_intsnn.field_checks import short_repr
from lava_intsnn.loihi.limits import Limits
from lava_intsnn.loihi.mapping import core_memory, synapse_blocks
from lava_intsnn.loihi.mapping.placement import AxonsIn, AxonsOut
from lava_intsnn.loihi.mapping.synapse_blocks import MappedBlock
from lava_intsnn.network import Network


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a layer's axons depend on beyond itself.

    ``reach``, int64 ``(n_out,)``: cores of the layers above that each neuron reaches; ``own``:
    cores of the layer itself; ``hidden``: cores of all hidden layers that learn from its error.
    """

    reach: np.ndarray
    own: int
    hidden: int

    __repr__ = short_repr


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What neurons ``first .. stop - 1`` of a layer need of a core.

    ``blocks`` holds their synapses by origin, ``sizes`` region -> bytes, ``resources`` resource ->
    ``(need, have)``.
    """

    blocks: dict[str, MappedBlock]
    axons_in: AxonsIn
    axons_out: AxonsOut
    sizes: dict[str, int]
    resources: dict[str, tuple[int, int]]

    @property
    def exceeded(self) -> str:
        """The resource that is exceeded most, or ``""``."""
        name, (need, have) = max(
            self.resources.items(), key=lambda item: item[1][0] / max(1, item[1][1])
        )
        return name if need > have else ""

    def naming(self, resource: str) -> str:
        """Return ``resource``, for shared memory with the region that takes most of it."""
        if resource != "memory":
            return resource
        return f"memory ({max(self.sizes, key=self.sizes.__getitem__)})"


def demand(
    network: Network,
    index: int,
    shard: tuple[int, int],
    around: Surroundings,
    *,
    limits: Limits,
    learning: bool,
) -> Demand:
    """Return what a core with neurons ``first .. stop - 1``, a shard of layer ``index``, needs."""
    first, stop = shard
    layer, neurons = network.all_layers[index], stop - first
    last = network.is_readout(index)
    blocks = _blocks(network, index, first=first, stop=stop, limits=limits, learning=learning)
    axons_in = AxonsIn(
        forward=blocks["forward"].axons,
        recurrent=blocks["recurrent"].axons,
        feedback=blocks["feedback"].axons,
        label=neurons if learning and last else 0,
    )
    recurrent = layer.recurrence is not None
    axons_out = AxonsOut(
        forward=0 if last else int(around.reach[first:stop].sum()),
        recurrent=neurons * around.own if recurrent else 0,
        feedback=neurons * around.hidden if learning and last else 0,
    )
    sizes = core_memory.sizes(
        network,
        index,
        limits=limits,
        learning=learning,
        neurons=neurons,
        blocks=blocks,
        axons_in=axons_in,
        axons_out=axons_out,
    )
    resources = {
        "neurons": (neurons, limits.neurons_per_core.value),
        "axons in": (axons_in.total, limits.axons_in_per_core.value),
        "axons out": (axons_out.total, limits.axons_out_per_core.value),
        "neuron state": (
            core_memory.state_bytes(network, index),
            limits.state_bytes_per_neuron.value,
        ),
        "memory": (sum(sizes.values()), core_memory.core_bytes(limits)),
    }
    if not limits.shared_memory.value:
        used = sum(sizes[name] for name in core_memory.SYNAPTIC)
        slots = neurons * core_memory.delay_slots(network, index, learning=learning)
        resources |= {
            "synaptic memory": (used, limits.synaptic_memory_bytes.value),
            "memory": (
                sum(sizes.values()) - used,
                limits.other_memory_bytes.value,
            ),
            "delay slots": (slots, limits.delay_slots_per_core.value),
        }
    return Demand(
        blocks=blocks, axons_in=axons_in, axons_out=axons_out, sizes=sizes, resources=resources
    )


def _blocks(
    network: Network, index: int, *, first: int, stop: int, limits: Limits, learning: bool
) -> dict[str, MappedBlock]:
    layer, neurons = network.all_layers[index], stop - first
    precision = network.precision
    learning = learning and layer.plastic
    tag_bits = limits.tag_bits.value if learning else 0
    w_bits = precision.storage_bits if learning else precision.w_bits
    blocks = {"forward": MappedBlock(), "recurrent": MappedBlock(), "feedback": MappedBlock()}
    layout = synapse_blocks.LAYOUTS[layer.kind]
    blocks["forward"] = layout.block(
        layer,
        first=first,
        stop=stop,
        bits=w_bits,
        tag_bits=tag_bits,
        format=layout.format(limits=limits, learning=learning),
    )
    if layer.recurrence:
        learned = learning and layer.recurrence.learned
        blocks["recurrent"] = synapse_blocks.dense(
            axons=layer.n_out,
            neurons=neurons,
            bits=w_bits if learned else precision.w_bits,
            tag_bits=tag_bits if learned else 0,
        )
    if learning and not network.is_readout(index):
        random = network.feedback.weights == "random"
        blocks["feedback"] = synapse_blocks.dense(
            axons=network.n_classes,
            neurons=neurons,
            bits=network.feedback.random_max.bit_length() + 1 if random else precision.w_bits,
            tag_bits=0,
        )
    return blocks
