"""Evaluation of a data set on any executor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.contract import BatchResult, Executor
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.sample_batch import check_answers
from lava_intsnn.training.executors import executor
from lava_intsnn.training.progress_bar import progress_bar

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.network import Network
    from lava_intsnn.state import State


@dataclass(frozen=True)
class Evaluation:
    """Classes ``(N,)``, spike counts ``(N, O)`` and percentage correct on a data set."""

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
    """Classify ``data``, with encoding keys from the evaluation stream and the state's seed.

    Parameters
    ----------
    backend : str
        See :func:`lava_intsnn.executor`. All backends give the same predictions.
    threads : int, optional
        Threads of the engine; all usable cores by default.
    progress : bool
        Show a bar, on a terminal.
    """
    with executor(network, state, backend=backend, threads=threads, learning=False) as runner:
        return classify(runner, data.images, data.labels, seed=state.seed, progress=progress)


def classify(
    runner: Executor, images: np.ndarray, labels: np.ndarray, *, seed: int, progress: bool = False
) -> Evaluation:
    """Classify samples with an executor.

    Parameters
    ----------
    images : uint8 (N, n_values)
    labels : integer (N,)
    seed : int
        Keys the encoding, together with the index of a sample among the ``N``.
    progress : bool
        Show a bar, on a terminal.

    Raises
    ------
    ValueError
        If there is not one label for each image, or the images do not fit the network.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    check_answers(images, labels)
    keys, size, parts = eval_keys(seed, len(images)), runner.chunk, []
    with progress_bar(len(images), shown=progress) as bar:
        for k in range(0, max(1, len(images)), size):
            parts.append(runner.infer_batch(images[k : k + size], keys[k : k + size]))
            bar.update(len(parts[-1].predictions))
    result = BatchResult.joined(parts)
    accuracy = 100 * float(np.mean(result.predictions == labels))
    return Evaluation(result.predictions, result.counts, accuracy)
