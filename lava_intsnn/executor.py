"""What the engines have in common: their results, and what they can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from lava_intsnn.state import State


@dataclass(frozen=True)
class BatchResult:
    """Predictions ``(B,)``, spike counts ``(B, O)`` and final potentials ``(B, O)``, all int32."""

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

    def infer_batch(self, images: np.ndarray, keys: np.ndarray) -> BatchResult:
        """Run samples without learning."""

    def train_batch(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> BatchResult:
        """Make one update."""

    def train_online(
        self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int = 0
    ) -> BatchResult:
        """Make an update from each sample, one after the other."""


def one_by_one(
    engine: AnyEngine, images: np.ndarray, labels: np.ndarray, keys: np.ndarray, *, lr_boost: int
) -> BatchResult:
    """Make an update from each sample with the engine's ``train_batch``."""
    samples = (slice(k, k + 1) for k in range(len(images)))
    parts = [engine.train_batch(images[s], labels[s], keys[s], lr_boost=lr_boost) for s in samples]
    return BatchResult.joined(parts or [engine.infer_batch(images, keys)])
