"""One trial: train a network with given values and evaluate it on the validation part."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from lava_intsnn.data import Dataset
from lava_intsnn.field_checks import check_fields
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.recipe import Recipe
from lava_intsnn.search.errors import SearchError
from lava_intsnn.search.space import Values, apply


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """The settings that all trials of a search share.

    Parameters
    ----------
    network : Network
        The network whose constants are varied.
    recipe : Recipe
    train, validation : Dataset
        ``validation`` selects the best trial. It must not be the test set.
    seed : int
        Of weights, order, encoding and rounding, the same in every trial, and of the search.
    """

    network: Network
    recipe: Recipe
    train: Dataset
    validation: Dataset
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self, SearchError)

    def identity(self) -> dict[str, Any]:
        """Return what must agree for results to be comparable, as JSON values."""
        return {
            "network": self.network.name,
            "precision": str(self.network.precision),
            "constants": sha256(self.network.to_json().encode()).hexdigest()[:16],
            **{k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self.recipe).items()},
            "seed": self.seed,
            "training samples": len(self.train),
            "training data": self.train.fingerprint(),
            "validation samples": len(self.validation),
            "validation data": self.validation.fingerprint(),
        }


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a trial.

    Parameters
    ----------
    index : int
        Number of the trial, from 0.
    values : dict
    accuracy : float or None
        On the validation part after the last epoch, percent; None if the network was refused.
    history : tuple of float
        The same after each epoch.
    train_accuracy : float or None
        Of the predictions made while learning in the last epoch, percent.
    reason : str
        Why the network was refused: a value out of range, or its bounds do not hold.
    seconds : float
    """

    index: int
    values: Values
    accuracy: float | None = None
    history: tuple[float, ...] = ()
    train_accuracy: float | None = None
    reason: str = ""
    seconds: float = 0.0


def run_trial(task: Task, index: int, values: Values, *, threads: int | None = None) -> Outcome:
    """Train with ``values`` and return the outcome, which does not depend on the threads."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from lava_intsnn.training.epochs import epochs_of, last_of
    from lava_intsnn.training.training_run import start

    began = time.perf_counter()
    try:
        network = apply(task.network, values)
        network.check()
    except NetworkError as error:
        return Outcome(index=index, values=values, reason=str(error))
    training = start(network, task.recipe, data=task.train.fingerprint(), seed=task.seed)
    # Float sums depend on how they are divided; integer sums do not.
    one = 1 if network.precision.floating else None
    with threadpool_limits(one):
        epochs = epochs_of(
            training, task.train, validation=task.validation, threads=one or threads, progress=False
        )
        training = last_of(epochs)
    history = tuple(record.validation_accuracy or 0.0 for record in training.history)
    return Outcome(
        index=index,
        values=values,
        accuracy=history[-1],
        history=history,
        train_accuracy=training.history[-1].train_accuracy,
        seconds=time.perf_counter() - began,
    )
