"""Continued learning of the same samples in the engine and inside Lava."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lava_intsnn.state import State

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.training.epoch_loop import Learned
    from lava_intsnn.training.training_run import Training

#: Called after each update with how many samples have been learned, and what reads the state.
Watch = Callable[[int, Callable[[], State]], None]


@dataclass(frozen=True, kw_only=True)
class Continued:
    """Where both ended, and how they learned; starting Lava took ``start_seconds``."""

    lava: State
    engine: State
    in_lava: Learned
    in_engine: Learned
    start_seconds: float

    @property
    def samples(self) -> int:
        """How many samples were learned."""
        return len(self.in_lava.labels)

    @property
    def predictions(self) -> int:
        """On how many samples both predicted the same."""
        return int((self.in_lava.predictions == self.in_engine.predictions).sum())

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
) -> Continued:
    """Begin the epoch after ``training`` in Lava and in the engine, with ``samples`` of ``data``.

    Order, encoding and learning rate are those that resuming ``training`` would use.
    """
    from lava_intsnn.training.epoch_loop import learn_epoch
    from lava_intsnn.training.executors import executor

    network, state = training.current_network, training.state
    network = replace(network, batch=batch or network.batch)
    how: dict[str, Any] = {
        "recipe": training.recipe,
        "seed": state.seed,
        "epoch": training.epoch,
        "image_shape": data.image_shape,
        "limit": samples,
    }
    began = time.perf_counter()
    with executor(network, state, backend="lava") as lava:
        start_seconds = time.perf_counter() - began
        in_lava = learn_epoch(
            lava,
            data.images,
            data.labels,
            name="in Lava",
            watch=watch and (lambda done: watch(done, lava.state)),
            **how,
        )
        lava_state = lava.state()
    with executor(network, state, threads=threads) as engine:
        in_engine = learn_epoch(
            engine, data.images, data.labels, name="in the engine", progress=False, **how
        )
        return Continued(
            lava=lava_state,
            engine=engine.state(),
            in_lava=in_lava,
            in_engine=in_engine,
            start_seconds=start_seconds,
        )
