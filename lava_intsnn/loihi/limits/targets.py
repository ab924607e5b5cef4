"""The two chips."""

from __future__ import annotations

from dataclasses import replace

from lava_intsnn.loihi.limits.common_limits import SHARED
from lava_intsnn.loihi.limits.limit import Limit, Limits
from lava_intsnn.loihi.limits.sources import GIVEN, OWN_CHOICE
from lava_intsnn.nearest_name import choices
from lava_intsnn.network.errors import NetworkError, integer_in

LOIHI1 = Limits(
    name="loihi1",
    cores_per_chip=Limit(128, "cores", "Davies 2018"),
    neurons_per_core=Limit(1024, "neurons", "Davies 2018", "compartments; one is one neuron here"),
    synaptic_memory_bytes=Limit(
        131072, "bytes a core", "nengo-loihi", "MAX_SYNAPSE_BITS = 1048576; Davies 2018: 16 MB"
    ),
    other_memory_bytes=Limit(
        131072, "bytes a core", "Davies 2018", "what is left of 2 Mb, error correction included"
    ),
    shared_memory=Limit(0, "yes or no", "Intel 2021", "fixed allocation per function"),
    state_bytes_per_neuron=Limit(24, "bytes", "Intel 2021", "fixed"),
    axons_in_per_core=Limit(4096, "axons", "nengo-loihi", "MAX_IN_AXONS"),
    axons_out_per_core=Limit(4096, "axons", "nengo-loihi", "MAX_OUT_AXONS; Davies 2018: fan-out"),
    delay_slots_per_core=Limit(
        8192, "slots", "Davies 2018", "8 for each of 1024 neurons; fewer neurons may have more each"
    ),
    microcode=Limit(0, "yes or no", "Intel 2021", "the neuron is LIF"),
    graded_spike_bits=Limit(0, "bits", "Intel 2021", "binary spikes only"),
    third_factor=Limit(
        0,
        "yes or no",
        "Intel 2021",
        "rules see pre- and postsynaptic traces and a reward of the core; a neuron's own comes "
        "only from an embedded processor that writes a trace (nengo-loihi)",
    ),
    third_factor_bits=Limit(0, "bits, signed", "Intel 2021", "none of a neuron's own"),
    **SHARED,
)

LOIHI2 = Limits(
    name="loihi2",
    cores_per_chip=Limit(
        120,
        "cores",
        OWN_CHOICE,
        "no one public figure: Intel 2021 has 128, Intel 2024 implies 122 (140,544 cores in 1,152 "
        "chips); our own conservative choice is below both",
    ),
    neurons_per_core=Limit(
        8192, "neurons", "Intel 2021", "1 million a chip over 128 cores; each uses memory for state"
    ),
    synaptic_memory_bytes=Limit(
        196608, "bytes a core", "Intel 2021", "192 KB, shared by synapses, axons and neuron state"
    ),
    other_memory_bytes=Limit(0, "bytes a core", "Intel 2021", "none apart"),
    shared_memory=Limit(1, "yes or no", "Intel 2021", "flexible allocation per function"),
    state_bytes_per_neuron=Limit(4096, "bytes", "Intel 2021", "0 to 4096 as the program needs"),
    axons_in_per_core=Limit(
        4096,
        "axons",
        OWN_CHOICE,
        "no public figure for Loihi 2: Loihi 1's, our own conservative choice; more is a warning",
    ),
    axons_out_per_core=Limit(
        4096,
        "axons",
        OWN_CHOICE,
        "no public figure for Loihi 2: Loihi 1's, our own conservative choice; more is a warning",
    ),
    delay_slots_per_core=Limit(0, "slots", "Intel 2021", "none apart: in the shared memory"),
    microcode=Limit(1, "yes or no", "Intel 2021", "the instruction set itself is not published"),
    graded_spike_bits=Limit(
        24,
        "bits, signed",
        "lava clp",
        "Intel 2021 has up to 32 bits; Lava's models use 24",
    ),
    third_factor=Limit(
        1, "yes or no", "Intel 2021", "a modulatory term of each postsynaptic neuron"
    ),
    third_factor_bits=Limit(
        8,
        "bits, signed",
        "nengo-loihi",
        "errors of -127..127 reach a rule as a trace; in Lava W_TRACE = 7; that hardware takes a "
        "sign with it is our assumption, which no public text confirms",
    ),
    **SHARED,
)

#: Name -> table.
TARGETS = {limits.name: limits for limits in (LOIHI1, LOIHI2)}


def limits_of(name: str | Limits) -> Limits:
    """Return the table of a target, ``"loihi1"`` or ``"loihi2"``; a table is returned as it is.

    Raises
    ------
    NetworkError
        Unknown name: the known ones are listed.
    """
    if isinstance(name, Limits):
        return name
    try:
        return TARGETS[name]
    except KeyError:
        raise NetworkError(f"target {name!r}: must be one of {choices(name, TARGETS)}") from None


#: Most axons that anybody may claim for a core.
MOST_AXONS = 1 << 20


def with_axons(limits: Limits, axons: int | None) -> Limits:
    """Return ``limits`` with as many input and output axons a core as the caller says.

    Parameters
    ----------
    limits : Limits
    axons : int or None
        1..1048576; with None ``limits`` stay as they are.

    Raises
    ------
    NetworkError
        If the number is out of range, or the target's own is published.
    """
    if axons is None:
        return limits
    integer_in("axons", axons, 1, MOST_AXONS)
    published = limits.axons_in_per_core
    if published.source != OWN_CHOICE:
        raise NetworkError(
            f"axons = {axons}: a core of {limits.name} has {published.value}, which is published "
            f"({published.source}); leave axons out"
        )
    said = Limit(axons, "axons", GIVEN, "as the caller says")
    return replace(limits, axons_in_per_core=said, axons_out_per_core=said)
