"""`Executor`, the base class of everything that runs a network, and its result `BatchResult`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.field_checks import short_repr
from lava_intsnn.one_thread import OneThread, one_thread
from lava_intsnn.sample_batch import Batch, check_batch, check_labels

if TYPE_CHECKING:
    from typing_extensions import Self

    from lava_intsnn.network import Network
    from lava_intsnn.state import State


@dataclass(frozen=True)
class BatchResult:
    """Results of ``B`` samples.

    Parameters
    ----------
    predictions : int32 (B,)
        Classes.
    counts : int32 (B, O)
        Spikes of the output neurons, or the answers of readouts.
    v : int32 (B, O)
        Final potentials of the output neurons, float32 in fp32; 0 where Lava's own neurons run.
    """

    predictions: np.ndarray
    counts: np.ndarray
    v: np.ndarray

    __repr__ = short_repr

    @classmethod
    def joined(cls, parts: Sequence[BatchResult]) -> BatchResult:
        """Return the results of successive samples as one."""
        return cls(
            predictions=np.concatenate([part.predictions for part in parts]),
            counts=np.concatenate([part.counts for part in parts]),
            v=np.concatenate([part.v for part in parts]),
        )


class Executor(ABC):
    """Base class of all executors, which run a network, train it, and compute the same bits.

    Use it in a ``with`` statement, from one thread at a time: a second thread gets a
    :class:`~lava_intsnn.one_thread.ConcurrentUseError`. The public methods check their arguments;
    subclasses implement ``state`` and the methods with an underscore. An executor raises an error
    for what it cannot do, and the message says what to do instead.

    Attributes
    ----------
    network : Network
    chunk : int
        Number of samples that is most efficient in one call. It does not affect results.

    Notes
    -----
    All methods that take samples have the same parameters: ``images`` uint8 ``(B, n_values)``,
    ``labels`` integer ``(B,)``, where -1 marks a sample that is not learned, ``keys`` uint64
    ``(B,)`` for the encoding (see :mod:`lava_intsnn.random_keys`), and ``lr_boost``, an int that is
    added to the ``lr_shift`` of every layer. They raise ValueError on wrong shapes, dtypes or
    labels. With ``B = 0`` they return empty results and make no update.
    """

    network: Network
    chunk: int = 1024

    @cached_property
    def _guard(self) -> OneThread:
        return OneThread(type(self).__name__)

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
        """Release threads and processes, if there are any. A second call does nothing.

        The state can still be read afterwards.
        """
        return

    @abstractmethod
    def state(self) -> State:
        """Return a copy of the learned state."""

    @checks_kinds
    @one_thread
    def load(self, state: State) -> None:
        """Replace the learned state.

        Raises
        ------
        ValueError
            If the state does not fit the network.
        """
        state.validate(self.network)
        self._load(state)

    @one_thread
    def infer_batch(self, images: np.ndarray, keys: np.ndarray) -> BatchResult:
        """Run any number of samples without learning."""
        check_batch(self.network, images, keys)
        return self._infer(images, keys) if len(images) else self._nothing()

    @one_thread
    def train_batch(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> BatchResult:
        """Make one update from at most ``network.batch`` samples, the limit of the width proof."""
        check_batch(self.network, images, keys, labels)
        return self._train_checked(self._train, Batch(images, labels, keys, lr_boost))

    @one_thread
    def train_online(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> BatchResult:
        """Make one update per sample, for any number of samples."""
        return self._train_checked(self._train_online, Batch(images, labels, keys, lr_boost))

    @one_thread
    def train_many(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> BatchResult:
        """Make one update per ``network.batch`` samples, for any number of samples.

        The last update may use fewer.
        """
        learn = self._train_online if self.network.batch == 1 else self._train_many
        return self._train_checked(learn, Batch(images, labels, keys, lr_boost))

    def check_boost(self, lr_boost: int) -> None:
        """Raise an error if ``lr_boost`` cannot be added to the learning shifts."""
        return

    # ---- implemented by subclasses; they receive at least one sample, and all fit the network

    @abstractmethod
    def _load(self, state: State) -> None: ...

    @abstractmethod
    def _infer(self, images: np.ndarray, keys: np.ndarray) -> BatchResult: ...

    @abstractmethod
    def _train(self, batch: Batch) -> BatchResult: ...

    def _train_online(self, batch: Batch) -> BatchResult:
        return self._in_batches(1, batch)

    def _train_many(self, batch: Batch) -> BatchResult:
        return self._in_batches(self.network.batch, batch)

    # ---- helpers

    def _train_checked(self, learn: Callable[[Batch], BatchResult], batch: Batch) -> BatchResult:
        check_batch(self.network, batch.images, batch.keys)
        check_labels(batch.labels, len(batch.images), self.network.n_classes)
        self.check_boost(batch.lr_boost)
        return learn(batch) if len(batch) else self._nothing()

    def _in_batches(self, size: int, batch: Batch) -> BatchResult:
        parts = (batch[k : k + size] for k in range(0, len(batch), size))
        return BatchResult.joined([self._train(part) for part in parts])

    def _nothing(self) -> BatchResult:
        none = np.zeros((0, self.network.n_classes), np.int32)
        return BatchResult(none[:, 0], none, none.astype(self.network.precision.dtype))


def fixed_shifts(lr_boost: int) -> str:
    """Return the error message for ``lr_boost`` where learning shifts are part of a rule."""
    return (
        f"lr_boost = {lr_boost}: learning shifts are part of the rule, which cannot change "
        "while the network runs; use a recipe with error_drops in place of lr_drops"
    )
