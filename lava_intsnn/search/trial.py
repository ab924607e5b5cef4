"""One trial: train a network with given values and evaluate it on held-out samples."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from typing import Annotated, Any, NamedTuple

from lava_intsnn.data import Dataset
from lava_intsnn.data.fold_groups import FOLDS_BY, folds_by
from lava_intsnn.field_checks import Within, check_fields
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.recipe import Recipe
from lava_intsnn.search.errors import SearchError
from lava_intsnn.search.recipe_space import with_values
from lava_intsnn.search.space import Values, apply


@dataclass(frozen=True, kw_only=True, eq=False)
class Task:
    """The settings that all trials of a search share.

    Parameters
    ----------
    network : Network
        The network whose constants are varied.
    recipe : Recipe
    train : Dataset
    validation : Dataset, optional
        Selects the best trial. It must not be the test set. Either this or ``folds`` is given.
    folds : int, optional
        Divide ``train`` into so many parts, train a network for each on the others, and select by
        the mean; see :meth:`~lava_intsnn.Dataset.folds`.
    by : {"speakers", "samples"}, optional
        What is held out together; by default speakers, where the data name them.
    seed : int
        Of weights, order, encoding and rounding, the same in every trial, of folds by samples, and
        of the search.

    Raises
    ------
    SearchError
        If neither or both of ``validation`` and ``folds`` are given.
    DataError
        If the data cannot be divided so.
    """

    network: Network
    recipe: Recipe
    train: Dataset
    validation: Dataset | None = None
    folds: Annotated[int, Within(0, 1000)] = 0
    by: Annotated[str, FOLDS_BY] | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self, SearchError)
        if bool(self.folds) == (self.validation is not None):
            raise SearchError(
                f"folds = {self.folds} and validation = {self.validation}: give one of them, what "
                "trials are compared on"
            )
        if self.by and not self.folds:
            raise SearchError(f"by = {self.by!r} without folds: say how many, or leave it out")
        if self.folds:
            _ = self.parts  # raises if the data cannot be divided

    @cached_property
    def parts(self) -> tuple[tuple[Dataset, Dataset], ...]:
        """What is learned and what is held out, of each fold; a single one without folds."""
        if self.validation is not None:
            return ((self.train, self.validation),)
        return self.train.folds(self.folds, by=self.by, seed=self.seed)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "parts"}

    @property
    def n_validation(self) -> int:
        """Held-out samples, of all folds."""
        return sum(len(validation) for _, validation in self.parts)

    def identity(self) -> dict[str, Any]:
        """Return what must agree for results to be comparable, as JSON values."""
        named = {
            "network": self.network.name,
            "precision": str(self.network.precision),
            "constants": sha256(self.network.to_json().encode()).hexdigest()[:16],
            **{k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self.recipe).items()},
            "seed": self.seed,
            "training samples": len(self.train),
            "training data": self.train.fingerprint(),
        }
        if self.validation is None:
            return named | {"folds": self.folds, "by": self.by or folds_by(self.train.speakers)}
        return named | {
            "validation samples": len(self.validation),
            "validation data": self.validation.fingerprint(),
        }


class Bar(NamedTuple):
    """The best trial so far, which later ones are compared with after each of their folds.

    Parameters
    ----------
    trial : int
        Its index.
    folds : tuple of float
        Its validation accuracies, percent.
    margin : float
        Points that the mean over a trial's folds may lie below that of the same folds here.
    """

    trial: int
    folds: tuple[float, ...]
    margin: float


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a trial.

    Parameters
    ----------
    index : int
        Number of the trial, from 0.
    values : dict
    accuracy : float or None
        On the held-out samples after the last epoch, percent, the mean over the folds; None if the
        network was refused or the trial stopped.
    history : tuple of float
        The same after each epoch; of a stopped trial over the folds that were run.
    train_accuracy : float or None
        Of the predictions made while learning in the last epoch, percent.
    reason : str
        Why the network was refused, a value out of range, or its bounds do not hold; or why the
        trial was stopped.
    seconds : float
    folds : tuple of tuple of float
        The validation accuracy after each epoch, of each fold that was run; empty without folds.
    """

    index: int
    values: Values
    accuracy: float | None = None
    history: tuple[float, ...] = ()
    train_accuracy: float | None = None
    reason: str = ""
    seconds: float = 0.0
    folds: tuple[tuple[float, ...], ...] = ()

    @property
    def stopped(self) -> bool:
        """Whether the trial was stopped before its last fold."""
        return bool(self.reason and self.folds)

    @property
    def last_of_folds(self) -> tuple[float, ...]:
        """The validation accuracy of each fold that was run, after its last epoch."""
        return tuple(history[-1] for history in self.folds)


def run_trial(
    task: Task, index: int, values: Values, *, threads: int | None = None, bar: Bar | None = None
) -> Outcome:
    """Train with ``values`` and return the outcome, which does not depend on the threads.

    With a ``bar`` the trial stops after a fold if it lies too far below.
    """
    began = time.perf_counter()
    try:
        network, recipe = apply(task.network, values), with_values(task.recipe, values)
        network.check()
        recipe.augmentation.require_fit(task.train.image_shape, frames=network.graded)
    except NetworkError as error:
        return Outcome(index=index, values=values, reason=str(error))
    histories: list[tuple[float, ...]] = []
    learned: list[float] = []
    reason = ""
    for train, validation in task.parts:
        history, train_accuracy = _trained(network, recipe, train, validation, task.seed, threads)
        histories.append(history)
        learned.append(train_accuracy)
        if bar is not None and len(histories) < len(task.parts):
            reason = _too_low([h[-1] for h in histories], len(task.parts), bar)
            if reason:
                break
    means = tuple(_mean(accuracies) for accuracies in zip(*histories))
    return Outcome(
        index=index,
        values=values,
        accuracy=None if reason else means[-1],
        history=means,
        train_accuracy=_mean(learned),
        reason=reason,
        seconds=time.perf_counter() - began,
        folds=tuple(histories) if task.folds else (),
    )


def _trained(
    network: Network,
    recipe: Recipe,
    train: Dataset,
    validation: Dataset,
    seed: int,
    threads: int | None,
) -> tuple[tuple[float, ...], float]:
    """Return the validation accuracy after each epoch, and the last training accuracy."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from lava_intsnn.training.epochs import epochs_of, last_of
    from lava_intsnn.training.training_run import start

    training = start(network, recipe, data=train.fingerprint(), seed=seed)
    # Float sums depend on how they are divided; integer sums do not.
    one = 1 if network.precision.floating else None
    with threadpool_limits(one):
        epochs = epochs_of(
            training, train, validation=validation, threads=one or threads, progress=False
        )
        training = last_of(epochs)
    history = tuple(record.validation_accuracy or 0.0 for record in training.history)
    return history, training.history[-1].train_accuracy


def _too_low(done: list[float], folds: int, bar: Bar) -> str:
    """Return why a trial stops after its folds so far, or nothing."""
    mine, best = _mean(done), _mean(bar.folds[: len(done)])
    if mine >= best - bar.margin:
        return ""
    return (
        f"stopped after fold {len(done)} of {folds}: {mine:.2f} % is more than {bar.margin:g} "
        f"points below the {best:.2f} % of trial {bar.trial} on the same folds"
    )


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
