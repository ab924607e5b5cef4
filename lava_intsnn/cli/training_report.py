"""Checks and text output that both trainings share: ``train`` and ``convert train``."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli.console import Console, percent, rate, table
from lava_intsnn.cli.samples import typed_readings

if TYPE_CHECKING:
    from lava_intsnn.conversion.ann.ann_training import AnnEpoch
    from lava_intsnn.data import Dataset
    from lava_intsnn.training.training_run import EpochRecord


def require_agreement(args: argparse.Namespace, **saved: Any) -> None:
    """Raise ValueError if an option that is given contradicts the run in ``args.resume``."""
    for name, found in saved.items():
        if (given := getattr(args, name)) not in (None, found):
            option = name.upper() if name == "preset" else f"--{name.replace('_', '-')}"
            raise ValueError(
                f"{option} {given} contradicts {args.resume}, which was started with {found}: "
                "leave the option out, or start a new run without --resume"
            )


def require_data(args: argparse.Namespace, data: Dataset, trained_on: str, *, same: str) -> None:
    """Raise ValueError if ``data`` is not what the run in ``args.resume`` was trained on."""
    if data.fingerprint() != trained_on:
        raise ValueError(
            f"{args.resume} was trained on other data ({trained_on}, these are "
            f"{data.fingerprint()}): give the same {same} as at the start"
        )


def resume_line(words: str, args: argparse.Namespace, saved: str, names: Sequence[str]) -> str:
    """Return the command that resumes the run in ``saved`` with the options ``names`` of now."""
    return shlex.join([*words.split(), "--resume", saved, *typed(args, names)])


def typed(args: argparse.Namespace, names: Sequence[str]) -> list[str]:
    """Return the options ``names`` of now, as they are typed."""
    words = []
    for name in names:
        if (value := getattr(args, name)) is not None:
            option = f"--{name.replace('_', '-')}"
            for text in _texts(value):
                words += [option, text]
    return words


def _texts(value: Any) -> list[str]:
    """Return an option's value as it is typed, once for each time it is given."""
    if isinstance(value, list):  # of NAME=VALUE
        return list(typed_readings(value))
    return [",".join(map(str, value)) if isinstance(value, tuple) else str(value)]


def epoch_line(record: EpochRecord | AnnEpoch, epochs: int, *notes: str) -> str:
    """Return the results of one epoch as a line, which ends with ``notes``."""
    parts = [f"epoch {record.epoch:>{len(str(epochs))}}/{epochs}"]
    parts.append(f"train {record.train_accuracy:6.2f} %")
    if record.validation_accuracy is not None:
        parts.append(f"validation {record.validation_accuracy:6.2f} %")
    return "   ".join([*parts, *notes])


def report(
    console: Console,
    history: Sequence[EpochRecord | AnnEpoch],
    *,
    network: str,
    samples: int,
    unit: str,
    test: float | None,
    rows: Sequence[tuple[str, str]],
    **values: Any,
) -> None:
    """Print the results of a run.

    Parameters
    ----------
    history : sequence
        A record of each epoch.
    network : str
    samples : int
        Of an epoch, called ``unit``.
    test : float or None
        Accuracy in percent; None if the test set was not used.
    rows : sequence of (str, str)
        The end of the table.
    **values
        Further keys of the JSON object.
    """
    last, epochs = history[-1], len(history)
    seconds = sum(record.seconds for record in history)
    throughput = rate(samples * epochs, seconds)
    lines = [
        ("network", network),
        ("epochs", f"{epochs} in {seconds:.1f} s, {throughput:,.0f} {unit}/s"),
        ("train accuracy", percent(last.train_accuracy)),
    ]
    if last.validation_accuracy is not None:
        lines.append(("validation accuracy", percent(last.validation_accuracy)))
    lines.append(("test accuracy", percent(test) if test is not None else "not looked at"))
    console.say()
    console.say(table([*lines, *rows]))
    console.result(
        **values,
        epochs=epochs,
        samples=samples,
        train_accuracy=last.train_accuracy,
        validation_accuracy=last.validation_accuracy,
        test_accuracy=test,
        train_seconds=round(seconds, 3),
        samples_per_second=throughput,
    )
