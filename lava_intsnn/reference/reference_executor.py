"""The reference as an executor: as slow as it is plain, and exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.contract import BatchResult, Executor
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.reference.batch import infer_batch, train_batch
from lava_intsnn.sample_batch import Batch
from lava_intsnn.state import State


class ReferenceExecutor(Executor):
    """Runs and trains a network sample by sample; see :class:`~lava_intsnn.contract.Executor`.

    Parameters
    ----------
    network : Network
    state : State
        Where to start; never modified.

    Raises
    ------
    NetworkError
        If the network's bounds do not hold, or it is in fp32.
    ValueError
        If the state does not fit the network.
    """

    chunk = 16

    @checks_kinds
    def __init__(self, network: Network, state: State) -> None:
        if network.precision.floating:
            raise NetworkError(
                f"network {network.name!r} is in fp32, and the reference computes in integers: "
                "use the engine or Lava"
            )
        network.check()
        self.network = network
        self.load(state)

    def state(self) -> State:
        """Return a copy of what has been learned."""
        return _copy(self._state)

    def _load(self, state: State) -> None:
        self._state = _copy(state)

    def _infer(self, images: np.ndarray, keys: np.ndarray) -> BatchResult:
        return infer_batch(self.network, self._state, images, keys)

    def _train(self, batch: Batch) -> BatchResult:
        self._state, result = train_batch(self.network, self._state, **vars(batch))
        return result


def _copy(state: State) -> State:
    return replace(state, weights=tuple(w.copy() for w in state.weights))
