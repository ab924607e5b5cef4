"""The same samples learned on in the engine and inside Lava, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn.state import State

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.training import Training

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
    from lava_intsnn import Engine, build, session

    network = replace(training.network, batch=batch or training.network.batch)
    updates = _updates(training, data, samples=min(samples, len(data)), batch=network.batch)
    began = time.perf_counter()
    with session(build(network, training.state, learning=True)) as lava:
        started = time.perf_counter()
        in_lava, lava_seconds = _learn(lava, updates, watch=watch, progress=progress)
        lava_state = lava.state()
    with Engine(network, training.state, threads=threads) as engine:
        _learn(engine, updates[:1])  # compiled before the clock runs
        engine.load(training.state)
        in_engine, engine_seconds = _learn(engine, updates)
        engine_state = engine.state()
    labels = np.concatenate([update["labels"] for update in updates])
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


def _updates(
    training: Training, data: Dataset, *, samples: int, batch: int
) -> list[dict[str, Any]]:
    """Return the arguments of ``train_batch`` for each update."""
    from lava_intsnn.engine.augment import shift_images
    from lava_intsnn.training import epoch_order, train_keys

    epoch, seed = training.epoch, training.state.seed
    order = epoch_order(seed, epoch, len(data))[:samples]
    updates = []
    for first in range(0, samples, batch):
        chosen = order[first : first + batch]
        images = data.images[chosen]
        if training.recipe.augment:
            images = shift_images(
                images,
                image_shape=data.image_shape,
                reach=training.recipe.augment,
                seed=seed,
                epoch=epoch,
                samples=chosen,
            )
        updates.append(
            {
                "images": images,
                "labels": data.labels[chosen],
                "keys": train_keys(seed, epoch, chosen),
                "lr_boost": training.recipe.lr_boost(epoch),
            }
        )
    return updates


def _learn(
    executor: Any,
    updates: list[dict[str, Any]],
    *,
    watch: Watch | None = None,
    progress: bool = False,
) -> tuple[np.ndarray, float]:
    """Return the predictions made and the seconds of learning, without those of watching."""
    from tqdm.auto import tqdm

    predictions, seconds, done = [], 0.0, 0
    total = sum(len(update["labels"]) for update in updates)
    with tqdm(
        total=total, desc="in Lava", unit="samples", leave=False, disable=None if progress else True
    ) as bar:
        for update in updates:
            began = time.perf_counter()
            predictions.append(executor.train_batch(**update).predictions)
            seconds += time.perf_counter() - began
            done += len(update["labels"])
            bar.update(len(update["labels"]))
            if watch is not None:
                watch(done, executor.state)
    return np.concatenate(predictions), seconds
