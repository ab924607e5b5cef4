"""Operations of a neuron's step by kind of neuron: decay, reset, saturation, spike and gate."""

from __future__ import annotations

from collections.abc import Callable

from lava_intsnn.costs.ledger import Ledger
from lava_intsnn.network import NetworkError, Neuron


def _lif(to: Ledger, neuron: Neuron, neurons: int, *, gates: bool) -> None:
    """Note a step of :class:`~lava_intsnn.network.Neuron` (3.1-3.3)."""
    bits = neuron.v_bits
    if neuron.decay_shift:
        to.scale("potential, decay", "B·H", neurons, bits)
    to.add("potential, reset", "B-MUL", "B·H", neurons, bits)
    to.saturate("potential, saturation", "B·H", neurons, bits)
    to.add("spike", "CMP", "B·H", neurons, bits)
    for kind in ("ADD", "ABS", "CMP") if gates else ():
        to.add("surrogate gate", kind, "B·H", neurons, bits)


def _alif(to: Ledger, neuron: Neuron, neurons: int, *, gates: bool) -> None:
    """Note a step of :class:`~lava_intsnn.network.ALIF`."""
    _lif(to, neuron, neurons, gates=gates)
    bits = neuron.states(0)[1].bits
    to.add("threshold", "ADD", "B·H", neurons, bits)
    to.scale("adaptation, decay", "B·H", neurons, bits)
    to.add("adaptation", "ADD", "2·B·H", 2 * neurons, bits)
    to.saturate("adaptation, saturation", "B·H", neurons, bits)


#: Kind of neuron -> what notes the operations of one step.
NEURON_OPERATIONS: dict[str, Callable[..., None]] = {"lif": _lif, "alif": _alif}


def add_neurons(to: Ledger, neuron: Neuron, neurons: int, *, gates: bool) -> None:
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
