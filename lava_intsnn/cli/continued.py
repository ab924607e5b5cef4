"""Continued learning of the same samples in the engine and inside Lava."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn.state import State

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.training.batches import Batch
    from lava_intsnn.training.training_run import Training

#: Called after each update with how many samples have been learned, and what reads the state.
Watch = Callable[[int, Callable[[], State]], None]


@dataclass(frozen=True, kw_only=True)
class Continued:
    """Where both ended, how fast they were, and how well they predicted while learning.

    Starting Lava's Processes takes ``start_seconds``; ``lava_seconds`` and ``engine_seconds`` are
    learning alone. ``predictions`` counts those on which both agree, ``samples`` all.
    """

    lava: State
    engine: State
    samples: int
    predictions: int
    accuracy: float
    start_seconds: float
    lava_seconds: float
    engine_seconds: float

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
        return self.lava.equals(self.engine) and self.predictions == self.samples


def continue_both(
    training: Training,
    data: Dataset,
    *,
    samples: int,
    batch: int | None = None,
    threads: int | None = None,
    watch: Watch | None = None,
    progress: bool = True,
) -> Continued:
    """Begin the epoch after ``training`` in Lava and in the engine, with ``samples`` of ``data``.

    Order, encoding and learning rate are those that resuming ``training`` would use.
    """
    from lava_intsnn import build, session
    from lava_intsnn.training.batches import epoch_batches
    from lava_intsnn.training.executors import engine_for, warm_up

    network = replace(training.rules, batch=batch or training.network.batch)
    updates = list(
        epoch_batches(
            data.images,
            data.labels,
            recipe=training.recipe,
            seed=training.state.seed,
            epoch=training.epoch,
            size=network.batch,
            image_shape=data.image_shape,
            frames=network.graded,
            limit=samples,
        )
    )
    began = time.perf_counter()
    with session(build(network, training.state, learning=True)) as lava:
        started = time.perf_counter()
        in_lava, lava_seconds = _learn(lava, updates, watch=watch, progress=progress)
        lava_state = lava.state()
    warm_up(network)
    with engine_for(network, training.state, threads=threads) as engine:
        in_engine, engine_seconds = _learn(engine, updates)
        engine_state = engine.state()
    labels = np.concatenate([update.labels for update in updates])
    return Continued(
        lava=lava_state,
        engine=engine_state,
        samples=len(labels),
        predictions=int((in_lava == in_engine).sum()),
        accuracy=100 * float((in_lava == labels).mean()),
        start_seconds=started - began,
        lava_seconds=lava_seconds,
        engine_seconds=engine_seconds,
    )


def _learn(
    executor: Any,
    updates: list[Batch],
    *,
    watch: Watch | None = None,
    progress: bool = False,
) -> tuple[np.ndarray, float]:
    """Return the predictions made and the seconds of learning, without those of watching."""
    from tqdm.auto import tqdm

    predictions, seconds, done = [], 0.0, 0
    total = sum(len(update) for update in updates)
    with tqdm(
        total=total, desc="in Lava", unit="samples", leave=False, disable=None if progress else True
    ) as bar:
        for update in updates:
            began = time.perf_counter()
            result = executor.train_batch(
                update.images, update.labels, update.keys, lr_boost=update.lr_boost
            )
            predictions.append(result.predictions)
            seconds += time.perf_counter() - began
            done += len(update)
            bar.update(len(update))
            if watch is not None:
                watch(done, executor.state)
    return np.concatenate(predictions), seconds
