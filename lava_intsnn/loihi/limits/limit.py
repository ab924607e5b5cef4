"""The shape of a table of limits; the numbers are in :mod:`.targets`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Limit:
    """One number and who says so.

    Parameters
    ----------
    value : int
        For what a chip has or has not, 1 or 0.
    unit : str
    source : str
        Where the public can read it; one of the keys of :data:`~.sources.SOURCES`.
    note : str
        How to read the number. Where nothing is published it says so, and that the value is this
        project's own conservative choice.
    """

    value: int
    unit: str
    source: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Everything this package takes from a chip. Signed widths count the sign bit."""

    name: str
    #: cores and memory
    cores_per_chip: Limit
    neurons_per_core: Limit
    synaptic_memory_bytes: Limit
    other_memory_bytes: Limit
    memory_word_bits: Limit
    shared_memory: Limit
    state_bytes_per_neuron: Limit
    axons_in_per_core: Limit
    axons_out_per_core: Limit
    #: synapses
    weight_bits: Limit
    delay_max: Limit
    delay_slots_per_core: Limit
    #: neurons
    microcode: Limit
    voltage_bits: Limit
    current_bits: Limit
    decay_bits: Limit
    threshold_bits: Limit
    bias_bits: Limit
    threshold_exponent: Limit
    graded_spike_bits: Limit
    #: the learning engine
    plastic_weight_bits: Limit
    tag_bits: Limit
    x_trace_bits: Limit
    y_trace_bits: Limit
    third_factor: Limit
    third_factor_bits: Limit
    accumulator_bits: Limit
    rule_terms: Limit
    rule_factors: Limit
    rule_mantissa_bits: Limit
    rule_exponent_min: Limit
    rule_exponent_max: Limit

    def rows(self) -> Iterator[tuple[str, Limit]]:
        """Yield ``(field, limit)`` in the order of the table."""
        for field in fields(self):
            if field.name != "name":
                yield field.name, getattr(self, field.name)
