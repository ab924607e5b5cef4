"""What an executor is: the one contract of everything that runs a network, and its result."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

if TYPE_CHECKING:
    from typing_extensions import Self

    from lava_intsnn.network import Network
    from lava_intsnn.state import State


@dataclass(frozen=True)
class BatchResult:
    """What ``B`` samples gave.

    Parameters
    ----------
    predictions : int32 (B,)
        Classes.
    counts : int32 (B, O)
        Spikes of the output neurons.
    v : int32 (B, O)
        Final potentials of the output neurons, float32 in fp32; 0 where Lava's own neurons run.
    """

    predictions: np.ndarray
    counts: np.ndarray
    v: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence[BatchResult]) -> BatchResult:
        """Return the results of successive samples as one."""
        return cls(
            predictions=np.concatenate([part.predictions for part in parts]),
            counts=np.concatenate([part.counts for part in parts]),
            v=np.concatenate([part.v for part in parts]),
        )


@runtime_checkable
class Executor(Protocol):
    """Runs a network and lets it learn; all executors compute the same bits.

    Use it in a ``with`` statement, from one thread at a time. Executors derive from this class and
    inherit what they do not do in a way of their own. What one cannot do it refuses with the fix.

    Attributes
    ----------
    network : Network
    chunk : int
        How many samples it is best handed in one call; changes no result.
    """

    network: Network
    chunk: int = 1024

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back threads and processes, if there are any; a second call does nothing.

        What has been learned can still be read.
        """
        return

    @abstractmethod
    def state(self) -> State:
        """Return a copy of what has been learned."""

    @abstractmethod
    def load(self, state: State) -> None:
        """Replace what has been learned.

        Raises
        ------
        ValueError
            If the state does not fit the network.
        """

    @abstractmethod
    def infer_batch(self, images: np.ndarray, keys: np.ndarray) -> BatchResult:
        """Run any number of samples without learning.

        Parameters
        ----------
        images : uint8 (B, n_values)
        keys : uint64 (B,)
            Encoding keys; see :mod:`lava_intsnn.random_keys`.

        Raises
        ------
        ValueError
            On wrong shapes or dtypes.
        """

    @abstractmethod
    def train_batch(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> BatchResult:
        """Make one update from at most ``network.batch`` samples.

        Parameters
        ----------
        images : uint8 (B, n_values)
        labels : integer (B,)
            Classes; -1 marks a sample not to be learned.
        keys : uint64 (B,)
            Encoding keys.
        lr_boost : int
            Added to every layer's ``lr_shift``.

        Raises
        ------
        ValueError
            On wrong shapes or dtypes, labels out of range, or more samples than ``network.batch``,
            for which the widths are proven.
        """

    def train_online(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> BatchResult:
        """Make an update from each of any number of samples, one after the other.

        Parameters and errors are those of :meth:`train_batch`.
        """
        return self._in_batches(1, images, labels, keys, lr_boost)

    def train_many(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> BatchResult:
        """Make an update from every ``network.batch`` of any number of samples.

        The last update may have fewer. Parameters and errors are those of :meth:`train_batch`.
        """
        if self.network.batch == 1:
            return self.train_online(images, labels, keys, lr_boost=lr_boost)
        return self._in_batches(self.network.batch, images, labels, keys, lr_boost)

    def check_boost(self, lr_boost: int) -> None:
        """Raise an error if ``lr_boost`` cannot be added to the learning shifts."""
        return

    def _in_batches(
        self, size: int, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, lr_boost: int
    ) -> BatchResult:
        parts = [
            self.train_batch(
                images[k : k + size], labels[k : k + size], keys[k : k + size], lr_boost=lr_boost
            )
            for k in range(0, len(images), size)
        ]
        return BatchResult.joined(parts or [self.infer_batch(images, keys)])


def fixed_shifts(lr_boost: int) -> str:
    """Return why an executor whose learning shifts are part of a rule refuses ``lr_boost``."""
    return (
        f"lr_boost = {lr_boost}: learning shifts are part of the rule, which cannot change "
        "while the network runs; use a recipe with error_drops in place of lr_drops"
    )
