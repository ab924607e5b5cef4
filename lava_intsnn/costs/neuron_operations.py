"""Operations of a neuron's step by kind of neuron: decay, reset, saturation, spike and gate."""

from __future__ import annotations

from collections.abc import Callable

from lava_intsnn.arithmetic import DECAY_BITS, DECAY_UNITY
from lava_intsnn.costs.ledger import Ledger
from lava_intsnn.network import (
    ALIF,
    CUBA,
    AdaptiveCUBA,
    LeakyReadout,
    NetworkError,
    Neuron,
    NeuronKind,
)
from lava_intsnn.network.cuba import numbers


def _lif(to: Ledger, neuron: Neuron, neurons: int, *, gates: bool) -> None:
    """Note a step of :class:`~lava_intsnn.network.Neuron` (3.1-3.3)."""
    bits = neuron.v_bits
    if max(numbers(neuron.decay_shift)):
        to.scale("potential, decay", "B·H", neurons, bits)
    _fire(to, bits, neurons, gates=gates)


def _alif(to: Ledger, neuron: ALIF, neurons: int, *, gates: bool) -> None:
    """Note a step of :class:`~lava_intsnn.network.ALIF`."""
    _lif(to, neuron, neurons, gates=gates)
    _adapt(to, neuron.adapt_bits, neurons)


def _cuba(to: Ledger, neuron: CUBA, neurons: int, *, gates: bool) -> None:
    """Note a step of :class:`~lava_intsnn.network.CUBA`."""
    bits, states = neuron.v_bits, neuron.states(0)
    for name, decay in (("current", neuron.current_decay), ("potential", neuron.voltage_decay)):
        if set(numbers(decay)) - {0, DECAY_UNITY}:
            to.add(f"{name}, decay", "MUL", "B·H", neurons, bits, DECAY_BITS)
            to.scale(f"{name}, decay", "B·H", neurons, bits + DECAY_BITS)
    if min(numbers(neuron.current_decay)) < DECAY_UNITY:
        to.add("current", "ADD", "B·H", neurons, bits)
        to.saturate("current, wrap", "B·H", neurons, bits)
    to.add("potential", "ADD", "B·H", neurons, bits)
    if neuron.bias_max:
        to.add("bias", "ADD", "B·H", neurons, bits)
    if neuron.refractory > 1:
        to.add("refractory delay", "CMP", "B·H", neurons, states[2].bits)
        to.add("refractory delay", "ADD", "B·H", neurons, states[2].bits)
    _fire(to, bits, neurons, gates=gates)
    if neuron.reset == "soft":
        to.add("potential, reset", "ADD", "B·H", neurons, bits)


def _adaptive_cuba(to: Ledger, neuron: AdaptiveCUBA, neurons: int, *, gates: bool) -> None:
    """Note a step of :class:`~lava_intsnn.network.AdaptiveCUBA`."""
    _cuba(to, neuron, neurons, gates=gates)
    _adapt(to, neuron.adapt_bits, neurons)


def _readout(to: Ledger, neuron: LeakyReadout, neurons: int, *, gates: bool) -> None:
    """Note a step of :class:`~lava_intsnn.network.LeakyReadout`, its answer included."""
    bits = neuron.v_bits
    if neuron.decay_shift:
        to.scale("potential, decay", "B·H", neurons, bits)
    to.saturate("potential, saturation", "B·H", neurons, bits)
    if neuron.answer == "sum":
        to.add("answer", "ADD", "B·H", neurons, neuron.sum_bits)
        to.saturate("answer, saturation", "B·H", neurons, neuron.sum_bits)
    else:
        to.add("answer", "CMP", "B·H", neurons, bits)


def _fire(to: Ledger, bits: int, neurons: int, *, gates: bool) -> None:
    """Note reset, saturation, spike and gate."""
    to.add("potential, reset", "B-MUL", "B·H", neurons, bits)
    to.saturate("potential, saturation", "B·H", neurons, bits)
    to.add("spike", "CMP", "B·H", neurons, bits)
    for kind in ("ADD", "ABS", "CMP") if gates else ():
        to.add("surrogate gate", kind, "B·H", neurons, bits)


def _adapt(to: Ledger, bits: int, neurons: int) -> None:
    """Note a threshold that adapts."""
    to.add("threshold", "ADD", "B·H", neurons, bits)
    to.scale("adaptation, decay", "B·H", neurons, bits)
    to.add("adaptation", "ADD", "2·B·H", 2 * neurons, bits)
    to.saturate("adaptation, saturation", "B·H", neurons, bits)


#: Kind of neuron -> what notes the operations of one step.
NEURON_OPERATIONS: dict[str, Callable[..., None]] = {
    "cuba": _cuba,
    "adaptive_cuba": _adaptive_cuba,
    "lif": _lif,
    "readout": _readout,
    "alif": _alif,
}


def add_neurons(to: Ledger, neuron: NeuronKind, neurons: int, *, gates: bool) -> None:
    """Note what ``neurons`` of a kind do in one step; ``gates``: whether anything learns by them.

    Raises
    ------
    NetworkError
        If nobody has counted what this kind does.
    """
    if neuron.kind not in NEURON_OPERATIONS:
        known = ", ".join(NEURON_OPERATIONS)
        raise NetworkError(f"neuron kind {neuron.kind!r}: operations are counted for {known} only")
    NEURON_OPERATIONS[neuron.kind](to, neuron, neurons, gates=gates)
