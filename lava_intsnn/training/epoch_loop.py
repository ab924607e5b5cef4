"""One epoch of learning: the loop shared by training, fitting inside Lava, and all commands."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.contract import Executor
from lava_intsnn.field_checks import short_repr
from lava_intsnn.progress_bar import progress_bar
from lava_intsnn.recipe import Recipe
from lava_intsnn.training.batches import epoch_batches

if TYPE_CHECKING:
    from lava_intsnn.data.dataset import ImageShape

#: Called after each update with the number of samples learned so far.
Watch = Callable[[int], None]


@dataclass(frozen=True)
class Learned:
    """Predictions made while learning and their labels, both ``(n,)``, and the time in seconds."""

    predictions: np.ndarray
    labels: np.ndarray
    seconds: float

    __repr__ = short_repr

    @property
    def accuracy(self) -> float:
        """Percentage of correct predictions."""
        return 100 * int((self.predictions == self.labels).sum()) / len(self.labels)


def learn_epoch(
    learner: Executor,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    recipe: Recipe,
    seed: int,
    epoch: int,
    image_shape: ImageShape | None = None,
    limit: int | None = None,
    name: str,
    progress: bool = True,
    watch: Watch | None = None,
) -> Learned:
    """Let an executor learn the samples of ``epoch``, counted from 0.

    Parameters
    ----------
    images : uint8 (N, n_values)
    labels : integer (N,)
    recipe, seed, image_shape, limit
        See :func:`~lava_intsnn.training.batches.epoch_batches`.
    name : str
        Label of the progress bar.
    progress : bool
        Show the bar, on a terminal.
    watch : callable, optional
        Called after each update. Its time is not part of ``seconds``.
    """
    network = learner.network
    batches = epoch_batches(
        images,
        labels,
        recipe=recipe,
        seed=seed,
        epoch=epoch,
        size=network.batch * (1 if watch else max(1, learner.chunk // network.batch)),
        image_shape=image_shape,
        frames=network.graded,
        limit=limit,
    )
    predictions, shown = [], []
    correct = done = 0
    watching = 0.0
    began = time.perf_counter()
    with progress_bar(min(limit or len(labels), len(labels)), shown=progress, name=name) as bar:
        for batch in batches:
            result = learner.train_many(
                batch.images, batch.labels, batch.keys, lr_boost=batch.lr_boost
            )
            predictions.append(result.predictions)
            shown.append(batch.labels)
            correct += int((result.predictions == batch.labels).sum())
            done += len(batch)
            bar.update(len(batch))
            bar.set_postfix_str(f"train {100 * correct / done:.2f} %", refresh=False)
            if watch is not None:
                paused = time.perf_counter()
                watch(done)
                watching += time.perf_counter() - paused
    seconds = time.perf_counter() - began - watching
    return Learned(np.concatenate(predictions), np.concatenate(shown), seconds)
