"""Evaluation: one loop over a data set, whatever the executor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.contract import BatchResult, Executor
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.training.executors import executor
from lava_intsnn.training.progress_bar import progress_bar

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.network import Network
    from lava_intsnn.state import State


@dataclass(frozen=True)
class Evaluation:
    """Predictions on a data set: classes ``(N,)``, spike counts ``(N, O)``, percent correct."""

    predictions: np.ndarray
    counts: np.ndarray
    accuracy: float


def evaluate(
    network: Network,
    state: State,
    data: Dataset,
    *,
    backend: str = "engine",
    threads: int | None = None,
    progress: bool = False,
) -> Evaluation:
    """Classify ``data``; samples are encoded with keys of their own stream and the state's seed.

    Parameters
    ----------
    backend : str
        See :func:`lava_intsnn.executor`; all give the same predictions.
    threads : int, optional
        Of the engine; all usable cores by default.
    progress : bool
        Show a bar, on a terminal.
    """
    with executor(network, state, backend=backend, threads=threads, learning=False) as runner:
        return classify(runner, data.images, data.labels, seed=state.seed, progress=progress)


def classify(
    runner: Executor, images: np.ndarray, labels: np.ndarray, *, seed: int, progress: bool = False
) -> Evaluation:
    """Return how an executor classifies samples.

    Parameters
    ----------
    images : uint8 (N, n_values)
    labels : integer (N,)
    seed : int
        Keys the encoding, together with a sample's place among the ``N``.
    progress : bool
        Show a bar, on a terminal.
    """
    keys, size, parts = eval_keys(seed, len(images)), runner.chunk, []
    with progress_bar(len(images), shown=progress) as bar:
        for k in range(0, max(1, len(images)), size):
            parts.append(runner.infer_batch(images[k : k + size], keys[k : k + size]))
            bar.update(len(parts[-1].predictions))
    result = BatchResult.joined(parts)
    accuracy = 100 * float(np.mean(result.predictions == labels))
    return Evaluation(result.predictions, result.counts, accuracy)
