"""Text output of ``lava-intsnn convert train``: start, each epoch, interruption, and end."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING

from lava_intsnn.cli.console import Console, percent, rate, table

if TYPE_CHECKING:
    from lava_intsnn.conversion.ann.ann_training import AnnEpoch, AnnTraining
    from lava_intsnn.data import Dataset


def first_line(training: AnnTraining, data: Dataset) -> str:
    """Return a line that describes the run."""
    spec = training.spec
    weights = "ternary" if spec.weight_bits == 2 else f"{spec.weight_bits}-bit"
    what = f"{spec.name}: {spec.stack.notation}, k = {spec.level}, {weights}, {spec.ends} ends"
    if training.complete:
        return f"{what}: all {training.recipe.epochs} epochs are done"
    return (
        f"{what}, {len(data):,} images of {data.name}, seed {training.seed}, "
        f"epochs {len(training.history) + 1}..{training.recipe.epochs}"
    )


def epoch_line(record: AnnEpoch, epochs: int, n_samples: int) -> str:
    """Return the results of one epoch as a line."""
    parts = [f"epoch {record.epoch:>{len(str(epochs))}}/{epochs}"]
    parts.append(f"train {record.train_accuracy:6.2f} %")
    if record.validation_accuracy is not None:
        parts.append(f"validation {record.validation_accuracy:6.2f} %")
    parts.append(f"loss {record.loss:.4f}")
    parts.append(f"{rate(n_samples, record.seconds):,.0f} images/s")
    return "   ".join(parts)


def how_to_resume(args: argparse.Namespace, saved: str | None, training: AnnTraining) -> str:
    """Return the command that resumes an interrupted run, last saved as ``saved``."""
    if not saved:
        return "nothing was saved" if args.out else "nothing was saved; give --out FILE"
    line = ["lava-intsnn", "convert", "train", "--resume", saved]
    for option in ("limit", "validate", "data_dir", "threads"):
        if (value := getattr(args, option)) is not None:
            line += [f"--{option.replace('_', '-')}", str(value)]
    if args.device != "cpu":
        line += ["--device", args.device]
    return f"{training.step} batches saved; resume with `{shlex.join(line)}`"


def report(
    console: Console,
    args: argparse.Namespace,
    training: AnnTraining,
    data: Dataset,
    *,
    test: float | None,
    out: str | None,
) -> None:
    """Print the results of the run; ``test`` is None if the test set was not used."""
    last = training.history[-1]
    seconds = sum(record.seconds for record in training.history)
    throughput = rate(len(data) * len(training.history), seconds)
    console.say()
    rows = [
        ("network", training.spec.name),
        ("epochs", f"{len(training.history)} in {seconds:.1f} s, {throughput:,.0f} images/s"),
        ("train accuracy", percent(last.train_accuracy)),
    ]
    if last.validation_accuracy is not None:
        rows.append(("validation accuracy", percent(last.validation_accuracy)))
    rows.append(("test accuracy", percent(test) if test is not None else "not looked at"))
    if out:
        rows += [("saved to", out), ("next", f"lava-intsnn convert certify {shlex.quote(out)}")]
    console.say(table(rows))
    console.result(
        action="train",
        preset=training.preset,
        backend="ann",
        epochs=len(training.history),
        seed=training.seed,
        batch=training.recipe.batch,
        samples=len(data),
        train_accuracy=last.train_accuracy,
        validation_accuracy=last.validation_accuracy,
        test_accuracy=test,
        train_seconds=round(seconds, 3),
        samples_per_second=throughput,
        file=out,
        k=training.spec.level,
        weight_bits=training.spec.weight_bits,
        ends=training.spec.ends,
        stack=training.spec.stack.notation,
    )
