"""The epochs of a training run, with schedule and history, on any executor."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.contract import Executor
from lava_intsnn.network import Network
from lava_intsnn.network.data_fit import check_data, check_learns
from lava_intsnn.presets import own_recipe
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import State
from lava_intsnn.training.epoch_loop import Learned, learn_epoch
from lava_intsnn.training.evaluation import classify
from lava_intsnn.training.executors import executor
from lava_intsnn.training.training_run import EpochRecord, Training, start

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset


@checks_kinds
def train(
    network: Network,
    data: Dataset,
    *,
    epochs: int | None = None,
    recipe: Recipe | None = None,
    state: State | None = None,
    start_at: int | None = None,
    seed: int | None = None,
    backend: str = "engine",
    validation: Dataset | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> State:
    """Train ``network`` and return the learned state.

    To save checkpoints or resume a run, iterate over :func:`epochs_of` instead.

    Parameters
    ----------
    epochs : int, optional
        Replaces the recipe's number of epochs.
    recipe : Recipe, optional
        By default the recipe of the preset with the network's name.
    state : State, optional
        Learn on from here, from the same data or from others. By default weights are drawn anew.
    start_at : int, optional
        With ``state``: the point of the recipe's schedule, in percent, at which learning goes on.
        The default is 100, the end: the steps stay as small as they had become, and the network
        keeps what it knows. Lower it if the new data are very different.
    seed : int, optional
        Keys every random bit: order, encoding, rounding. By default that of ``state``, or 0.
    backend : str
        Name of the executor; see :func:`lava_intsnn.executor`. It does not affect results.
    validation : Dataset, optional
        Evaluated after each epoch, for the progress line.
    threads : int, optional
        All usable cores by default. It does not affect results.

    Raises
    ------
    ValueError
        If the data, the validation data or the state do not fit the network, no recipe is known, or
        ``start_at`` is given without ``state``.
    """
    recipe = recipe or default_recipe(network, epochs)
    if epochs is not None:
        recipe = replace(recipe, epochs=epochs)
    if state is not None:
        recipe = recipe.continued(100 if start_at is None else start_at)
    elif start_at is not None:
        raise ValueError(
            f"start_at = {start_at} without state=: a network with new weights starts at 0; give "
            "the state to learn on from, or leave start_at out"
        )
    training = start(network, recipe, data=data.fingerprint(), seed=seed, state=state)
    trained = epochs_of(
        training, data, backend=backend, validation=validation, threads=threads, progress=progress
    )
    return last_of(trained).state


def last_of(trained: Iterable[Training]) -> Training:
    """Return the run after its last epoch, and keep the weights of no other."""
    (last,) = deque(trained, maxlen=1)
    return last


def default_recipe(network: Network, epochs: int | None) -> Recipe:
    """Return the recipe of the preset with the network's name, or one with ``epochs`` alone.

    Raises
    ------
    ValueError
        If there is no such preset and no number of epochs.
    """
    own = own_recipe(network)
    if own is not None:
        return own if epochs is None else replace(own, epochs=epochs)
    if epochs is None:
        raise ValueError(f"network {network.name!r} is no preset: give recipe= or epochs=")
    return Recipe(epochs=epochs)


@checks_kinds
def epochs_of(
    training: Training,
    data: Dataset,
    *,
    backend: str = "engine",
    validation: Dataset | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> Iterator[Training]:
    """Continue ``training`` to the end of its recipe, and yield the run after each epoch.

    A run that resumes from any yielded value, with any backend, ends with the same bits as an
    uninterrupted one.

    Raises
    ------
    ValueError
        If ``data`` are not the data of the run; they or ``validation`` do not fit the network; or
        all its layers are frozen, or the last never fires.
    """
    if (found := data.fingerprint()) != training.data:
        raise ValueError(
            f"training data have fingerprint {found}, the run was started with {training.data}: "
            "resume with the same data set and the same --limit"
        )
    network = training.network
    check_data(network, data)
    check_learns(network)
    if validation is not None:
        check_data(network, validation)
    while not training.complete:
        current = training.current_network
        with executor(current, training.state, backend=backend, threads=threads) as learner:
            for epoch in range(training.epoch, training.recipe.epochs):
                learner.check_boost(training.recipe.lr_boost(epoch))
            while not training.complete and training.current_network == current:
                training = _one_epoch(learner, training, data, validation, progress=progress)
                yield training


def _one_epoch(
    learner: Executor,
    training: Training,
    data: Dataset,
    validation: Dataset | None,
    *,
    progress: bool,
) -> Training:
    seed = training.state.seed
    learned = learn_epoch(
        learner,
        data.images,
        data.labels,
        recipe=training.recipe,
        seed=seed,
        epoch=training.epoch,
        image_shape=data.image_shape,
        name=f"epoch {training.epoch + 1}/{training.recipe.epochs}",
        progress=progress,
    )
    state = learner.state()
    accuracy = None
    if validation is not None:
        accuracy = classify(learner, validation.images, validation.labels, seed=seed).accuracy
    return after_epoch(training, state, learned, validation_accuracy=accuracy)


def after_epoch(
    training: Training, state: State, learned: Learned, *, validation_accuracy: float | None
) -> Training:
    """Return the run one epoch later, with the record of the epoch."""
    record = EpochRecord(
        epoch=training.epoch + 1,
        train_accuracy=learned.accuracy,
        validation_accuracy=validation_accuracy,
        saturated=saturated(training.network, state),
        seconds=learned.seconds,
    )
    return training.after(state, record)


def saturated(network: Network, state: State) -> tuple[float, ...]:
    """Return the share of each layer's shadow weights at a limit of their range, 0 in fp32."""
    if network.precision.floating:
        return (0.0,) * len(state.weights)
    low, high = network.precision.w_shadow_min, network.precision.w_shadow_max
    return tuple(float(np.mean((w == low) | (w == high))) for w in state.weights)
