"""Epochs: order, batches, schedule, augmentation, history. Evaluation."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from tqdm.auto import tqdm

from lava_intsnn.executor import AnyEngine
from lava_intsnn.network import Network
from lava_intsnn.presets import PRESETS
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import State
from lava_intsnn.training.batches import epoch_batches
from lava_intsnn.training.executors import engine_for, warm_up
from lava_intsnn.training.training_run import EpochRecord, Training, start

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset

#: Samples per call while evaluating.
EVAL_BATCH = 1024
#: Samples per call where each makes an update of its own.
ONLINE_CHUNK = 512


@dataclass(frozen=True)
class Evaluation:
    """Predictions on a data set: classes ``(N,)``, spike counts ``(N, O)``, percent correct."""

    predictions: np.ndarray
    counts: np.ndarray
    accuracy: float


def train(
    network: Network,
    data: Dataset,
    *,
    epochs: int | None = None,
    recipe: Recipe | None = None,
    seed: int = 0,
    validation: Dataset | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> State:
    """Train ``network`` from scratch and return what it has learned.

    For checkpoints and resume iterate over :func:`epochs_of` instead.

    Parameters
    ----------
    epochs : int, optional
        Replaces the recipe's number of epochs.
    recipe : Recipe, optional
        By default the recipe of the preset with the network's name.
    seed : int
        Keys every random bit.
    validation : Dataset, optional
        Evaluated after each epoch, for the progress line.
    threads : int, optional
        All usable cores by default; changes no result.

    Raises
    ------
    ValueError
        If the data do not fit the network, or there is no recipe.
    """
    if recipe is None:
        if network.name in PRESETS:
            recipe = PRESETS[network.name].recipe_of(network)
        elif epochs is None:
            raise ValueError(f"network {network.name!r} is no preset: give recipe= or epochs=")
        else:
            recipe = Recipe(epochs=epochs)
    if epochs is not None:
        recipe = replace(recipe, epochs=epochs)
    training = start(network, recipe, data=data.fingerprint(), seed=seed)
    *_, last = epochs_of(training, data, validation=validation, threads=threads, progress=progress)
    return last.state


def epochs_of(
    training: Training,
    data: Dataset,
    *,
    validation: Dataset | None = None,
    threads: int | None = None,
    progress: bool = True,
) -> Iterator[Training]:
    """Continue ``training`` to the end of its recipe, yielding the run after each epoch.

    A run resumed from any yielded value ends in the same bits as one never interrupted.

    Raises
    ------
    ValueError
        If ``data`` are not those the run was started with, or do not fit the network.
    """
    if (found := data.fingerprint()) != training.data:
        raise ValueError(
            f"training data have fingerprint {found}, the run was started with {training.data}: "
            "resume with the same data set and the same --limit"
        )
    network = training.network
    if data.n_classes > network.n_classes:
        raise ValueError(
            f"data set {data.name!r} has {data.n_classes} classes, network {network.name!r} only "
            f"{network.n_classes} outputs"
        )
    warm_up(network)
    while not training.complete:
        rules = training.rules
        with engine_for(rules, training.state, threads=threads) as engine:
            while not training.complete and training.rules == rules:
                training = _one_epoch(engine, training, data, validation, progress=progress)
                yield training


def _one_epoch(
    engine: AnyEngine,
    training: Training,
    data: Dataset,
    validation: Dataset | None,
    *,
    progress: bool,
) -> Training:
    began = time.perf_counter()
    accuracy = _epoch(engine, training, data, progress=progress)
    seconds = time.perf_counter() - began
    state = engine.state()
    val = None
    if validation is not None:
        val = _evaluate(engine, validation, training.state.seed).accuracy
    record = EpochRecord(
        epoch=training.epoch + 1,
        train_accuracy=accuracy,
        validation_accuracy=val,
        saturated=saturated(training.network, state),
        seconds=seconds,
    )
    return training.after(state, record)


def saturated(network: Network, state: State) -> tuple[float, ...]:
    """Return the share of each layer's shadow weights that sit at their limit; fp32 has none."""
    if network.precision.floating:
        return (0.0,) * len(state.weights)
    low, high = network.precision.w_shadow_min, network.precision.w_shadow_max
    return tuple(float(np.mean((w == low) | (w == high))) for w in state.weights)


def _epoch(engine: AnyEngine, training: Training, data: Dataset, *, progress: bool) -> float:
    correct = done = 0
    online = training.network.batch == 1
    learn = engine.train_online if online else engine.train_batch
    batches = epoch_batches(
        data.images,
        data.labels,
        recipe=training.recipe,
        seed=training.state.seed,
        epoch=training.epoch,
        size=ONLINE_CHUNK if online else training.network.batch,
        image_shape=data.image_shape,
        frames=training.network.graded,
    )
    with tqdm(
        total=len(data),
        desc=f"epoch {training.epoch + 1}/{training.recipe.epochs}",
        unit="samples",
        unit_scale=True,
        leave=False,
        disable=None if progress else True,  # None: only on a terminal
    ) as bar:
        for batch in batches:
            result = learn(batch.images, batch.labels, batch.keys, lr_boost=batch.lr_boost)
            correct += int((result.predictions == batch.labels).sum())
            done += len(batch)
            bar.update(len(batch))
            bar.set_postfix_str(f"train {100 * correct / done:.2f} %", refresh=False)
    return 100 * correct / len(data)


def evaluate(
    network: Network, state: State, data: Dataset, *, threads: int | None = None
) -> Evaluation:
    """Classify ``data``; samples are encoded with keys of their own stream and the state's seed."""
    with engine_for(network, state, threads=threads) as engine:
        return _evaluate(engine, data, state.seed)


def _evaluate(engine: AnyEngine, data: Dataset, seed: int) -> Evaluation:
    keys = eval_keys(seed, len(data))
    results = [
        engine.infer_batch(data.images[k : k + EVAL_BATCH], keys[k : k + EVAL_BATCH])
        for k in range(0, len(data), EVAL_BATCH)
    ]
    predictions = np.concatenate([result.predictions for result in results])
    counts = np.concatenate([result.counts for result in results])
    return Evaluation(predictions, counts, 100 * float(np.mean(predictions == data.labels)))
