"""What ``lava-intsnn sweep`` prints, saves and draws in the end."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

from lava_intsnn.cli.console import Console, percent, table

if TYPE_CHECKING:
    from lava_intsnn.search import Found, Outcome

#: Trials in the final table.
SHOWN = 5


def off_or_value(value: int | None) -> str:
    """Return a parameter's value as it is printed."""
    return "off" if value is None else str(value)


def report_sweep(
    console: Console, args: argparse.Namespace, found: Found, *, new: int, storage: str
) -> None:
    """Print the best trials, write the files that were asked for, and end with the JSON line."""
    from lava_intsnn.search.study import importances

    importance = importances(found.space, found.outcomes)
    best, task = found.best, found.task
    accuracy = best.accuracy or 0.0
    stopped = sum(o.stopped for o in found.outcomes)
    refused = sum(o.accuracy is None for o in found.outcomes) - stopped
    console.say()
    console.say(_table(found, importance))
    share = accuracy / 100
    error = 100 * math.sqrt(share * (1 - share) / task.n_validation)
    console.say(
        f"\n{len(found.outcomes)} trials, {len(found.outcomes) - new} of them from {storage}"
        + (f", {refused} refused" if refused else "")
        + (f", {stopped} stopped early" if stopped else "")
        + f"; the standard error of an accuracy near the best is {error:.2f} points"
    )
    network = found.network
    if found.recipe != task.recipe:
        console.say(f"the best trial's samples are changed by --augment {found.recipe.augment}")
    if args.save:
        from lava_intsnn.storage.atomic import write_bytes

        write_bytes(args.save, network.to_json().encode() + b"\n")
        console.say(f"best network saved to {args.save} (Network.from_json reads it)")
    if args.plot:
        from lava_intsnn.plot.plot_style import save
        from lava_intsnn.search.search_figure import figure_of

        save(figure_of(found, importance=importance), args.plot)
        console.say(f"picture saved to {args.plot}")
    console.result(
        preset=network.name,
        precision=str(network.precision),
        backend="engine",
        epochs=task.recipe.epochs,
        seed=task.seed,
        batch=network.batch,
        samples=len(task.train),
        train_accuracy=best.train_accuracy,
        validation_accuracy=best.accuracy,
        train_seconds=round(sum(o.seconds for o in found.outcomes), 3),
        file=args.save,
        validation_samples=task.n_validation,
        folds=list(best.last_of_folds),
        standard_error=round(error, 4),
        sampler=args.sampler,
        storage=storage,
        new_trials=new,
        best_trial=best.index,
        best_values=best.values,
        importance={name: round(value, 4) for name, value in importance.items()},
        trials=[_fields(outcome) for outcome in found.outcomes],
    )


def _table(found: Found, importance: dict[str, float]) -> str:
    """Return the best trials side by side, trial 0 (the preset) last."""
    shown = [o for o in found.ranked if o.index][:SHOWN]
    if found.best.index == 0:
        shown.insert(0, found.best)
    elif found.outcomes[0].accuracy is not None:
        shown.append(found.outcomes[0])
    rows = [["trial", *(f"{o.index}" + " (preset)" * (o.index == 0) for o in shown)]]
    rows.append(["validation", *(percent(o.accuracy) for o in shown)])
    for fold in range(found.task.folds):
        rows.append([f"  fold {fold + 1}", *(percent(o.last_of_folds[fold]) for o in shown)])
    for parameter in found.space:
        rows.append([parameter.name, *(off_or_value(o.values[parameter.name]) for o in shown)])
    if importance:
        shares = {name: f"{100 * share:.0f} %" for name, share in importance.items()}
        none = [""] * (len(rows) - 1 - len(found.space))
        column = ["importance", *none, *(shares.get(p.name, "-") for p in found.space)]
        rows = [[*row, cell] for row, cell in zip(rows, column)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return table([[row[0], *map(str.rjust, row[1:], widths[1:])] for row in rows])


def _fields(outcome: Outcome) -> dict[str, object]:
    return {
        "trial": outcome.index,
        "validation_accuracy": outcome.accuracy,
        "train_accuracy": outcome.train_accuracy,
        "reason": outcome.reason or None,
        "values": outcome.values,
        "epochs": list(outcome.history),
        "seconds": round(outcome.seconds, 3),
        "folds": [list(history) for history in outcome.folds],
        "stopped": outcome.stopped,
    }
