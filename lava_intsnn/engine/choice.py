"""Which engine runs a network: the integer one or the float32 twin."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol

import numpy as np

from lava_intsnn.engine import engine as integer
from lava_intsnn.network import Network
from lava_intsnn.state import State


class AnyEngine(Protocol):
    """What :class:`~.engine.Engine` and the float engine have in common."""

    def __enter__(self) -> Any:
        """Return the engine."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End its threads."""

    def load(self, state: State) -> None:
        """Replace what has been learned."""

    def state(self) -> State:
        """Return a copy of what has been learned."""

    def infer_batch(self, images: np.ndarray, keys: np.ndarray) -> integer.BatchResult:
        """Run samples without learning."""

    def train_batch(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> integer.BatchResult:
        """Make one update."""

    def train_online(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> integer.BatchResult:
        """Make an update from each sample, one after the other."""


def engine_for(network: Network, state: State, *, threads: int | None = None) -> AnyEngine:
    """Return the engine for the network's precision, to be used as a context manager.

    Parameters
    ----------
    threads : int, optional
        All usable cores by default; changes no result.

    Raises
    ------
    NetworkError
        If the network's bounds do not hold.
    ValueError
        If the state does not fit the network.
    """
    if network.precision.floating:
        from lava_intsnn.floating import FloatEngine

        return FloatEngine(network, state, threads=threads)
    return integer.Engine(network, state, threads=threads)


def warm_up(network: Network) -> None:
    """Compile what the network's engine needs; fp32 needs next to nothing.

    The engines do so by themselves when they first meet a batch; call this before a clock starts.
    """
    if not network.precision.floating:
        integer.warm_up(network)
