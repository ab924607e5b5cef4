"""A core's memory: the bytes of each region, and where each one lies."""

from __future__ import annotations

from lava_intsnn.loihi.limits import Limits
from lava_intsnn.loihi.mapping.placement import AxonsIn, AxonsOut, Region
from lava_intsnn.loihi.mapping.synapse_blocks import WORD_BYTES, MappedBlock
from lava_intsnn.network import Dense, Network

#: Whole memory of a Loihi 1 core (Davies et al. 2018: 2 Mb, error correction included).
LOIHI1_CORE_BYTES = 262144
#: Loihi 1 holds 8 delay slots for each of 1024 neurons; fewer neurons may have more of them
#: (Davies et al. 2018).
LOIHI1_DELAY_SLOTS = 8 * 1024

# Our own choices, since nobody has published these layouts.
#: Room for neuron and learning programs, on chips that have microcode.
PROGRAM_BYTES = 2048
#: Thresholds, shifts and other constants of a core: 16 words of 32 bits.
PARAMETER_BYTES = 64
#: An input axon: where its list starts, and how long it is.
AXON_IN_BYTES = 4
#: An output axon: core and axon it goes to. A spike message has 32 bits (Davies et al. 2021).
AXON_OUT_BYTES = 4
#: A presynaptic trace (7 bits) of an input axon, and postsynaptic ones of a neuron: y1 and y2.
X_TRACE_BYTES = 1
Y_TRACE_BYTES = 2

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
    if limits.shared_memory.value:
        return limits.synaptic_memory_bytes.value
    return LOIHI1_CORE_BYTES


def state_bytes(network: Network, index: int) -> int:
    """Return the bytes of one neuron's state, each variable in whole bytes.

    The potential, and in the output layer the count. Gate and error are traces, and need no state.
    """
    bits = [network.layers[index].neuron.v_bits]
    if index == len(network.layers) - 1:
        bits.append(network.steps.bit_length() + 1)
    return sum(-(-each // 8) for each in bits)


def delay_slots(network: Network, index: int, *, learning: bool) -> int:
    """Return the accumulators of one neuron: of each input port those of coming steps.

    The port of synapses with a delay up to ``d`` needs ``d + 2``: one is read while the others,
    for the next step and those after it, are added to. (So 62 is what 64 slots hold.)
    """
    layer = network.layers[index]
    dense = layer if isinstance(layer, Dense) else None
    ports = [dense.max_delay if dense else 0]
    if dense and dense.recurrence:
        ports.append(0)
    if learning:  # the label in the output layer, the error below it
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
    accumulator_bytes = -(-limits.current_bits.value // 8)
    found = {
        "synapses": sum(block.bytes for block in blocks.values()),
        "tags": sum(block.tag_bytes for block in blocks.values()),
        "traces": X_TRACE_BYTES * plastic + Y_TRACE_BYTES * neurons * learning,
        "program": PROGRAM_BYTES * limits.microcode.value,
        "parameters": PARAMETER_BYTES,
        "neuron state": neurons * state_bytes(network, index),
        "accumulators": neurons
        * accumulator_bytes
        * delay_slots(network, index, learning=learning),
        "axons in": AXON_IN_BYTES * axons_in.total,
        "axons out": AXON_OUT_BYTES * axons_out.total,
    }
    return {name: -(-size // WORD_BYTES) * WORD_BYTES for name, size in found.items()}


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
