"""The refusal of a bound, or of a state, that its container cannot hold."""

from __future__ import annotations

import numpy as np

from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.neuron_kind import NeuronKind, NeuronState


def require_held(what: str, bound: int, dtype: type, where: int | str, fix: str) -> None:
    """Raise NetworkError unless ``dtype`` holds ``bound``, the largest magnitude of ``what``.

    ``where`` is a layer's index, or words.
    """
    if bound > np.iinfo(dtype).max:
        where = f"layer {where}" if isinstance(where, int) else where
        raise NetworkError(
            f"{where}: {what} can reach {bound} ({bound.bit_length() + 1} bits), more than "
            f"{np.dtype(dtype).name} holds: {fix}"
        )


def contained_states(
    neuron: NeuronKind, current: int, dtype: type, where: str, fix: str
) -> tuple[NeuronState, ...]:
    """Return the states of neurons for sums of up to ``current``, which ``dtype`` must hold."""
    if neuron.sum_max is not None and current > neuron.sum_max:
        raise NetworkError(
            f"{where}: a guarded current wraps once, a bound of {current} would wrap twice: {fix}, "
            f"for at most {neuron.sum_max}"
        )
    states = neuron.states(current)
    for state in states:
        require_held(f"state {state.name} of the neurons", state.bound, dtype, where, fix)
    return states
