"""A core's memory: the bytes of each region, and where each one lies."""

from __future__ import annotations

from lava_intsnn.loihi.limits import Limits
from lava_intsnn.loihi.limits.encoding import (
    AXON_IN_BYTES,
    AXON_OUT_BYTES,
    OWN_PARAMETER_BYTES,
    PARAMETER_BYTES,
    PROGRAM_BYTES,
    TRACES_PER_NEURON,
)
from lava_intsnn.loihi.mapping.placement import AxonsIn, AxonsOut, Region
from lava_intsnn.loihi.mapping.synapse_blocks import WORD_BYTES, MappedBlock
from lava_intsnn.network import Network

#: Order of the regions. The first of them are synaptic memory.
SYNAPTIC = ("synapses", "tags", "traces")
REGIONS = (
    *SYNAPTIC,
    "program",
    "parameters",
    "neuron state",
    "accumulators",
    "axons in",
    "axons out",
)


def core_bytes(limits: Limits) -> int:
    """Return the size of a core's memory."""
    return limits.synaptic_memory_bytes.value + limits.other_memory_bytes.value


def state_bytes(network: Network, index: int) -> int:
    """Return the bytes of one neuron's state, each variable in whole bytes.

    What the neurons declare, and in a readout the count. Gate and error are traces, and need
    no state.
    """
    # those of the chip: the virtual core gives a current that may wrap a bit more, for Lava's 2**23
    bits = [state.bits for state in network.all_layers[index].neuron.states(0)]
    if network.is_readout(index):
        bits.append(network.steps.bit_length() + 1)
    return sum(map(_bytes, bits))


def takes_part(network: Network, index: int, *, learning: bool) -> bool:
    """Whether a layer has a part in learning: it is plastic, or a readout, which has an error."""
    return learning and (network.all_layers[index].plastic or network.is_readout(index))


def delay_slots(network: Network, index: int, *, learning: bool) -> int:
    """Return the accumulators of one neuron: of each input port those of coming steps.

    The port of synapses with a delay up to ``d`` needs ``d + 2``: one is read while the others,
    for the next step and those after it, are added to. (So 62 is what 64 slots hold.)
    """
    layer = network.all_layers[index]
    ports = [layer.max_delay]
    if layer.recurrence:
        ports.append(0)
    if takes_part(network, index, learning=learning):  # the label in the output, the error below it
        ports.append(0)
    return sum(delay + 2 for delay in ports)


def sizes(
    network: Network,
    index: int,
    *,
    limits: Limits,
    learning: bool,
    neurons: int,
    blocks: dict[str, MappedBlock],
    axons_in: AxonsIn,
    axons_out: AxonsOut,
) -> dict[str, int]:
    """Return region -> bytes of a core with ``neurons`` neurons of layer ``index``.

    ``blocks`` are its synapses by origin, as in :class:`~.placement.AxonsIn`.
    """
    plastic = sum(block.axons for block in blocks.values() if block.tag_bytes)
    traces = plastic * _bytes(limits.x_trace_bits.value)
    taught = takes_part(network, index, learning=learning)
    traces += neurons * taught * TRACES_PER_NEURON * _bytes(limits.y_trace_bits.value)
    found = {
        "synapses": sum(block.bytes for block in blocks.values()),
        "tags": sum(block.tag_bytes for block in blocks.values()),
        "traces": traces,
        "program": PROGRAM_BYTES * limits.microcode.value,
        "parameters": PARAMETER_BYTES + neurons * _own_parameters(network, index),
        "neuron state": neurons * state_bytes(network, index),
        "accumulators": neurons
        * _bytes(limits.current_bits.value)
        * delay_slots(network, index, learning=learning),
        "axons in": AXON_IN_BYTES * axons_in.total,
        "axons out": AXON_OUT_BYTES * axons_out.total,
    }
    return {name: -(-size // WORD_BYTES) * WORD_BYTES for name, size in found.items()}


def _own_parameters(network: Network, index: int) -> int:
    """Return the bytes of the constants that each neuron has for itself."""
    return OWN_PARAMETER_BYTES * len(network.all_layers[index].neuron.own_numbers)


def lay_out(found: dict[str, int], limits: Limits) -> tuple[Region, ...]:
    """Place regions one behind the other; empty ones are left out.

    Where memory is not shared, what is not synaptic starts behind the synaptic memory.
    """
    regions, offset = [], 0
    for name in REGIONS:
        if name not in SYNAPTIC and not limits.shared_memory.value:
            offset = max(offset, limits.synaptic_memory_bytes.value)
        if found[name]:
            regions.append(Region(name=name, offset=offset, size=found[name]))
            offset += found[name]
    return tuple(regions)


def _bytes(bits: int) -> int:
    return -(-bits // 8)
