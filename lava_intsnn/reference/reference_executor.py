"""The reference as an executor: as slow as it is plain, and exact."""

from __future__ import annotations

import numpy as np

from lava_intsnn.contract import BatchResult, Executor
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.network.sample_batch import check_batch, check_labels
from lava_intsnn.reference.batch import infer_batch, train_batch
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

    def load(self, state: State) -> None:
        """Replace what has been learned."""
        state.validate(self.network)
        self._state = _copy(state)

    def infer_batch(self, images: np.ndarray, keys: np.ndarray) -> BatchResult:
        """Run samples without learning."""
        check_batch(self.network, images, keys)
        return infer_batch(self.network, self._state, images, keys)

    def train_batch(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> BatchResult:
        """Make one update."""
        check_batch(self.network, images, keys, labels)
        self._state, result = train_batch(
            self.network, self._state, images, labels, keys, lr_boost=lr_boost
        )
        return result

    def train_online(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> BatchResult:
        """Make an update from each sample."""
        check_batch(self.network, images, keys)
        check_labels(labels, len(images), self.network.n_classes)
        return super().train_online(images, labels, keys, lr_boost=lr_boost)


def _copy(state: State) -> State:
    return State(tuple(w.copy() for w in state.weights), state.seed, state.updates)
