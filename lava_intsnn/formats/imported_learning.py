"""Defaults of the fields that a file of inference lacks, and that learning needs."""

from __future__ import annotations

from typing import Any

from lava_intsnn.formats.exchange import IMPORTED_LR_SHIFT
from lava_intsnn.network import CUBA, Neuron


def imported_window(vth: int | tuple[int, ...]) -> int:
    """Return a surrogate window of twice the (largest) threshold."""
    return 2 * (max(vth) if isinstance(vth, tuple) else vth)


def learning_of(neuron: Neuron | CUBA) -> dict[str, Any]:
    """Return the fields by which a layer of imported ``neuron`` learns."""
    return {"lr_shift": IMPORTED_LR_SHIFT}
