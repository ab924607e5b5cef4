"""Evaluation of a data set on any executor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.contract import BatchResult, Executor
from lava_intsnn.field_checks import short_repr
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.progress_bar import progress_bar
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.sample_batch import check_answers
from lava_intsnn.training.executors import executor

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.network import Network
    from lava_intsnn.state import State


@dataclass(frozen=True)
class Evaluation:
    """Classes ``(N,)``, spike counts or answers ``(N, O)`` and percentage correct on a data set."""

    predictions: np.ndarray
    counts: np.ndarray
    accuracy: float

    __repr__ = short_repr


@checks_kinds
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

    Raises
    ------
    ValueError
        If the data or the state do not fit the network.
    """
    check_data(network, data)
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
        If there is not one label for each image, or images or labels do not fit the network.
    """
    images, labels = np.asarray(images), np.asarray(labels)
    check_answers(images, labels, runner.network.n_classes)
    keys = eval_keys(seed, len(images))
    result = infer_all(runner, images, keys, progress=progress)
    accuracy = 100 * float(np.mean(result.predictions == labels))
    return Evaluation(result.predictions, result.counts, accuracy)


def infer_all(
    runner: Executor, images: np.ndarray, keys: np.ndarray, *, progress: bool = False
) -> BatchResult:
    """Run any number of samples, in the executor's own chunks, and show the progress."""
    size, parts = runner.chunk, []
    with progress_bar(len(images), shown=progress) as bar:
        for k in range(0, max(1, len(images)), size):
            parts.append(runner.infer_batch(images[k : k + size], keys[k : k + size]))
            bar.update(len(parts[-1].predictions))
    return BatchResult.joined(parts)
