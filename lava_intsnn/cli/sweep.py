"""``lava-intsnn sweep``: search a preset's constants, choosing on held-out training samples."""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console, Interrupted, percent, table
from lava_intsnn.cli.samples import held_out, training_samples
from lava_intsnn.cli.subject import anew
from lava_intsnn.cli.written_files import add_written, file_name
from lava_intsnn.cores import MAX_WORKERS

if TYPE_CHECKING:
    from lava_intsnn.search import Found, Outcome, Parameter, Task

#: Trials in the final table.
SHOWN = 5
#: By default one training sample in this many is held out.
HELD_OUT = 6

HELP = "search thresholds, windows, shifts, clip, decay and alpha around a preset"
DESCRIPTION = """Decides on held-out training samples (by default a sixth of them) and never
looks at the test set. Trial 0 is the unchanged preset. Finished trials are kept: the same
command resumes after an interruption, or continues with more --trials. Neither changes a result,
nor does --jobs. Needs the extra: pip install 'lava-intsnn[search]'."""
EXAMPLES = [
    ("a first look, some minutes", "sweep digits-snn --trials 30 --plot sweep.png"),
    ("what would be varied", "sweep mnist-snn --list"),
    (
        "thresholds and alpha only, four processes, short runs",
        "sweep mnist-snn --trials 100 --jobs 4 --epochs 3 --only vth,alpha",
    ),
    (
        "ranges of your own",
        "sweep digits-snn --trials 30 --range hidden.vth=100:1000 --range lr_shift=0:8",
    ),
    ("keep the best network", "sweep digits-snn --trials 30 --save best.json"),
    ("a network and data of your own", "sweep mine.json --data mine.npz --trials 30"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_subject(
        parser, pretrained=False, help="a preset, a network as JSON, or the network of a checkpoint"
    )
    options.add_count(parser, "--trials", "N", "how many in all")
    options.add_count(parser, "--jobs", "K", "processes (default 1)", most=MAX_WORKERS, default=1)
    storage = (
        "where finished trials are kept: a file (SQLite) or a database URL optuna knows; one "
        "sweep at a time (default: PRESET-PRECISION-sweep.db in the folder `sweeps` of the user's "
        "cache, or of LAVA_INTSNN_CACHE)"
    )
    parser.add_argument("--storage", metavar="FILE|URL", help=storage)
    study = "name in the storage (default: PRESET-PRECISION; in the cache also the settings)"
    parser.add_argument("--study", metavar="NAME", help=study)
    parser.add_argument(
        "--sampler",
        choices=("quasi", "random", "tpe"),
        default="quasi",
        help="quasi (default): covers all ranges evenly; random; tpe: learns from earlier trials, "
        "one job only",
    )
    only = "vary only these: hidden.vth, or vth of every layer, or all of a layer"
    parser.add_argument("--only", action="extend", type=_names, metavar="NAME,...", help=only)
    ranges = "another range; may be repeated"
    parser.add_argument(
        "--range", action="append", type=_range, default=[], metavar="NAME=LOW:HIGH", help=ranges
    )
    parser.add_argument("--list", action="store_true", help="show what would be varied, and stop")
    options.add(parser, "--precision")
    options.add(parser, "--epochs", help="of each trial")
    options.add(parser, "--seed", default=0)
    options.add_data(parser)
    options.add(parser, "--limit", help="use the first N training samples")
    options.add_validation(parser)
    options.add(parser, "--threads", help="of each job; changes no result")
    add_written(parser, "--save", "network", "write the best network as JSON")
    plot = "draw accuracy against each parameter (.png, .svg, .pdf)"
    add_written(parser, "--plot", "picture", plot)
    options.add(parser, "--json", "--quiet")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _range(text: str) -> tuple[str, tuple[int, int]]:
    name, _, limits = text.partition("=")
    low, _, high = limits.partition(":")
    try:
        return name.strip(), (int(low), int(high))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r}: write NAME=LOW:HIGH with integers, such as hidden.vth=100:1000"
        ) from None


def run(args: argparse.Namespace) -> int:
    """Search, report, save."""
    from lava_intsnn.search.space import select, space_of

    console = Console(args)
    network = anew(args).network
    space = select(space_of(network), only=args.only or (), ranges=dict(args.range))
    if args.list:
        return _list(console, network.name, args.precision, space)
    if args.trials is None:
        raise ValueError("--trials N: say how many, or --list to see what would be varied")

    from lava_intsnn.search.search_run import search
    from lava_intsnn.search.study import require_optuna

    require_optuna()
    # now, not after hours
    options.check_folder(args.save, option="--save")
    options.check_folder(args.plot, option="--plot")
    task = prepare(args)
    storage, study = _kept_in(args, task, space)
    console.say(
        f"{network.name} {network.precision}: {args.trials} trials over {len(space)} parameters, "
        f"{task.recipe.epochs} epochs on {len(task.train):,} samples of {task.train.name} each, "
        f"decided on {len(task.validation):,} held out; kept in {storage}"
    )
    progress = _Progress(console, args.trials)
    try:
        found = search(
            task,
            space,
            trials=args.trials,
            sampler=args.sampler,
            jobs=args.jobs,
            threads=args.threads,
            storage=storage,
            study=study,
            on_trial=progress,
        )
    except KeyboardInterrupt:
        raise Interrupted(
            f"finished trials are kept in {storage}; the same command resumes"
        ) from None
    _report(console, args, found, new=progress.new, storage=storage)
    return 0


def _kept_in(
    args: argparse.Namespace, task: Task, space: Sequence[Parameter]
) -> tuple[str, str | None]:
    """Return the storage, and the name of the study in it if it is not the usual one.

    In the cache, sweeps that were started anywhere meet. The name there includes the settings, so
    that the same command resumes its sweep and another one starts its own.
    """
    if args.storage:
        return args.storage, args.study
    from lava_intsnn.data.places import cache_dir
    from lava_intsnn.search.search_run import settings_of

    folder = cache_dir() / "sweeps"
    folder.mkdir(parents=True, exist_ok=True)
    name = file_name(f"{task.network.name}-{task.network.precision}")
    settings = json.dumps(settings_of(task, space, args.sampler), sort_keys=True, default=str)
    digest = hashlib.sha256(settings.encode()).hexdigest()[:8]
    return str(folder / f"{name}-sweep.db"), args.study or f"{name}-{digest}"


def prepare(args: argparse.Namespace) -> Task:
    """Return the settings that the trials share."""
    from lava_intsnn.search.trial import Task

    run = anew(args)
    train, validation = training_samples(args, run)
    if validation is None:
        train, validation = held_out(args, train, max(1, len(train) // HELD_OUT))
    return Task(
        network=run.network,
        recipe=replace(run.recipe, epochs=args.epochs or run.recipe.epochs),
        train=train,
        validation=validation,
        seed=args.seed,
    )


def _list(console: Console, name: str, precision: str | None, space: tuple[Parameter, ...]) -> int:
    rows = [("parameter", "is", "would be")]
    rows += [(p.name, _value(p.default), str(p)) for p in space]
    console.say(table(rows, indent=0))
    console.result(
        preset=name,
        precision=precision,
        space=[
            {"name": p.name, "default": p.default, "low": p.low, "high": p.high, "scale": p.scale}
            for p in space
        ],
    )
    return 0


def _value(value: int | None) -> str:
    return "off" if value is None else str(value)


class _Progress:
    """A line for each finished trial."""

    def __init__(self, console: Console, trials: int) -> None:
        self.console, self.trials, self.new = console, trials, 0

    def __call__(self, outcome: Outcome, done: Mapping[int, Outcome]) -> None:
        self.new += 1
        head = f"trial {outcome.index:>{len(str(self.trials - 1))}}"
        if outcome.accuracy is None:
            self.console.say(f"{head}   refused: {outcome.reason}")
            return
        best = max(o.accuracy or 0.0 for o in done.values())
        self.console.say(
            f"{head}   validation {outcome.accuracy:6.2f} %   best {best:6.2f} %   "
            f"{outcome.seconds:.1f} s   {len(done)}/{self.trials}"
        )


def _report(
    console: Console, args: argparse.Namespace, found: Found, *, new: int, storage: str
) -> None:
    from lava_intsnn.search.study import importances

    importance = importances(found.space, found.outcomes)
    best, task = found.best, found.task
    accuracy = best.accuracy or 0.0
    refused = sum(o.accuracy is None for o in found.outcomes)
    console.say()
    console.say(_table(found, importance))
    share = accuracy / 100
    error = 100 * math.sqrt(share * (1 - share) / len(task.validation))
    console.say(
        f"\n{len(found.outcomes)} trials, {len(found.outcomes) - new} of them from {storage}"
        + (f", {refused} refused" if refused else "")
        + f"; the standard error of an accuracy near the best is {error:.2f} points"
    )
    network = found.network
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
        validation_samples=len(task.validation),
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
    for parameter in found.space:
        rows.append([parameter.name, *(_value(o.values[parameter.name]) for o in shown)])
    if importance:
        shares = {name: f"{100 * share:.0f} %" for name, share in importance.items()}
        column = ["importance", "", *(shares.get(p.name, "-") for p in found.space)]
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
    }
