"""A grid of networks trained over several seeds. Every run is saved, so a killed grid resumes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.field_checks import shown
from lava_intsnn.formats.checkpoint import load_checkpoint, save_checkpoint
from lava_intsnn.network import NetworkError
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.report.grid import Cell
from lava_intsnn.training.epochs import epochs_of
from lava_intsnn.training.evaluation import evaluate
from lava_intsnn.training.training_run import Training, start

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset


@dataclass(kw_only=True)
class Accuracies:
    """Accuracy in percent of each cell, one value per seed, or why a cell could not be run.

    ``parts`` holds the accuracies on parts of the test set, by their names: on speakers that are
    in the training data, and on others, if the data name speakers of both kinds.
    """

    cells: list[Cell]
    seeds: tuple[int, ...]
    values: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    parts: dict[tuple[str, str], dict[str, list[float]]] = field(default_factory=dict)
    failed: dict[tuple[str, str], str] = field(default_factory=dict)


@checks_kinds
def run_grid(
    cells: Iterable[Cell],
    train: Dataset,
    test: Dataset,
    *,
    seeds: Iterable[int],
    epochs: int | None = None,
    folder: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    progress: bool = True,
    say: Callable[[str], None] = lambda text: None,
    own_data: str = "",
) -> Accuracies:
    """Train every cell with every seed and evaluate it on ``test``.

    Parameters
    ----------
    epochs : int, optional
        Instead of the recipe's.
    folder : path, optional
        Checkpoints are saved here after every epoch, one file per run. Runs found there are
        resumed; complete ones are only evaluated.
    say : callable
        Called with a line of text as each run ends.
    own_data : str
        Name of the data, for the checkpoints, if they are not the presets'.

    Raises
    ------
    ValueError
        If a file in ``folder`` is of another run (network, epochs or data), or ``seeds`` is one
        number.
    """
    if not isinstance(seeds, Iterable):
        raise ValueError(f"seeds = {shown(seeds)}: give them all, such as range(3)")
    cells, seeds = list(cells), tuple(seeds)
    found = Accuracies(cells=cells, seeds=seeds)
    if folder is not None:
        os.makedirs(folder, exist_ok=True)
    for cell in cells:
        try:
            for seed in seeds:
                training = _begin(cell, train, seed=seed, epochs=epochs, own_data=own_data)
                check_data(training.network, test)  # not only after hours of training
                path = None if folder is None else os.path.join(folder, f"{cell.label}-{seed}.npz")
                training = _resumed(training, path)
                training = _finish(training, train, path, threads=threads, progress=progress)
                tested = evaluate(training.network, training.state, test, threads=threads)
                found.values.setdefault(cell.key, []).append(tested.accuracy)
                parts = found.parts.setdefault(cell.key, {})
                for name, chosen in speaker_parts(test, train).items():
                    right = tested.predictions[chosen] == test.labels[chosen]
                    parts.setdefault(name, []).append(100 * int(right.sum()) / len(right))
                say(f"{cell.label} seed {seed}: {tested.accuracy:.2f} %")
        except (NetworkError, NotImplementedError) as error:  # the other cells still count
            found.values.pop(cell.key, None)
            found.parts.pop(cell.key, None)
            found.failed[cell.key] = str(error)
            say(f"{cell.label}: not run: {error}")
    return found


def speaker_parts(test: Dataset, train: Dataset) -> dict[str, npt.NDArray[np.bool_]]:
    """Return which samples of ``test`` are of speakers that ``train`` has not, and which of others.

    Empty if the data name no speakers, or all of them are of one kind.
    """
    if test.speakers is None or train.speakers is None:
        return {}
    seen = np.isin(test.speakers, train.speakers)
    if seen.all() or not seen.any():
        return {}
    return {"unseen speakers": ~seen, "seen speakers": seen}


def _begin(cell: Cell, train: Dataset, *, seed: int, epochs: int | None, own_data: str) -> Training:
    network = cell.network()
    own = cell.recipe_of(network)
    recipe = replace(own, epochs=epochs or own.epochs)
    name = cell.preset if cell.described is None else ""
    return start(
        network,
        recipe,
        data=train.fingerprint(),
        seed=seed,
        preset=name,
        own_data=own_data,
        classes=train.classes or (),
    )


def _resumed(new: Training, path: str | None) -> Training:
    if path is None or not os.path.exists(path):
        return new
    saved = load_checkpoint(path)
    for what, mine, theirs in (
        ("network", new.network, saved.network),
        ("recipe", new.recipe, saved.recipe),
        ("data", new.data, saved.data),
        ("seed", new.state.seed, saved.state.seed),
    ):
        if mine != theirs:
            raise ValueError(
                f"{path} is of a run with another {what}: give the options of that run, or another "
                "folder"
            )
    return saved


def _finish(
    training: Training, train: Dataset, path: str | None, *, threads: int | None, progress: bool
) -> Training:
    last = training
    for last in epochs_of(training, train, threads=threads, progress=progress):
        if path is not None:
            save_checkpoint(path, last)
    return last
