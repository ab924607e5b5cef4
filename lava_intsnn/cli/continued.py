"""The same samples learned on in the engine and inside Lava, side by side."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.state import State

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.training import Training


@dataclass(frozen=True, kw_only=True)
class Continued:
    """Where both ended, how fast they were, and how well they predicted while learning.

    Starting Lava's Processes takes ``start_seconds``; ``lava_seconds`` and ``engine_seconds`` are
    learning alone.
    """

    lava: State
    engine: State
    start_seconds: float
    lava_seconds: float
    engine_seconds: float
    lava_accuracy: float
    engine_accuracy: float

    @property
    def weights(self) -> int:
        """How many weights there are."""
        return sum(w.size for w in self.engine.weights)

    @property
    def weights_identical(self) -> int:
        """How many weights are the same."""
        return sum(int((a == b).sum()) for a, b in zip(self.engine.weights, self.lava.weights))

    @property
    def identical(self) -> bool:
        """Whether nothing differs: weights, update counter, predictions."""
        return self.lava.equals(self.engine) and self.lava_accuracy == self.engine_accuracy


def continue_both(
    training: Training,
    data: Dataset,
    *,
    batch: int | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> Continued:
    """Learn ``data`` once more, after ``training``, in Lava and in the engine.

    The next epoch's order, encoding and learning rate are used, on ``data`` alone.
    """
    from lava_intsnn import build, session
    from lava_intsnn.engine import Engine, epochs_of
    from lava_intsnn.training import train_keys

    epoch = training.epoch
    network = replace(training.network, batch=batch or training.network.batch)
    recipe = replace(training.recipe, epochs=max(training.recipe.epochs, epoch + 1))
    began = time.perf_counter()
    with session(build(network, training.state, learning=True)) as lava:
        started = time.perf_counter()
        (lava_accuracy,) = lava.fit(
            data.images,
            data.labels,
            first_epoch=epoch,
            recipe=recipe,
            image_shape=data.image_shape,
            progress=progress,
        )
        lava_seconds = time.perf_counter() - started
        lava_state = lava.state()
    with Engine(
        network, training.state, threads=threads
    ) as engine:  # compiled before the clock runs
        one = data.head(1)
        engine.train_batch(one.images, one.labels, train_keys(0, 0, np.arange(1)))
    run = replace(training, network=network, recipe=recipe, data=data.fingerprint())
    after = next(iter(epochs_of(run, data, threads=threads, progress=progress)))
    return Continued(
        lava=lava_state,
        engine=after.state,
        start_seconds=started - began,
        lava_seconds=lava_seconds,
        engine_seconds=after.history[-1].seconds,
        lava_accuracy=lava_accuracy,
        engine_accuracy=after.history[-1].train_accuracy,
    )
