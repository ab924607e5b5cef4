"""``lava-intsnn sweep``: search a preset's constants, choosing on held-out training samples."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console, Interrupted, table
from lava_intsnn.cli.samples import held_out, training_samples
from lava_intsnn.cli.subject import anew
from lava_intsnn.cli.sweep_report import off_or_value, report_sweep
from lava_intsnn.cli.written_files import add_written, file_name
from lava_intsnn.cores import MAX_WORKERS

if TYPE_CHECKING:
    from lava_intsnn.search import Outcome, Parameter, Task

#: By default one training sample in this many is held out.
HELD_OUT = 6

HELP = "search thresholds, windows, shifts, clip, decay and alpha around a preset"
DESCRIPTION = """Decides on held-out training samples (by default a sixth of them; with --folds
each part in turn) and never looks at the test set. Trial 0 is the unchanged preset. Finished
trials are kept: the same command resumes after an interruption, or continues with more
--trials. Neither changes a result, nor does --jobs. Needs the extra:
pip install 'lava-intsnn[search]'."""
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
    (
        "three networks a trial, each tested on speakers it never heard; poor trials stop early",
        "sweep fsdd-delay --trials 40 --folds 3 --only vth,lr_shift,augment",
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
    only = (
        "vary only these: hidden.vth, or vth of every layer, or all of a layer; augment.shift, "
        "augment.mix and the like, or augment, are varied only if named here or in --range"
    )
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
    folds = (
        "divide the training samples into K parts, hold out each in turn and decide on the mean of "
        "K networks"
    )
    options.add_count(parser, "--folds", "K", folds, low=2, most=1000)
    by = "what a fold holds out together (default: speakers, where the data name them)"
    parser.add_argument("--by", choices=("speakers", "samples"), help=by)
    margin = (
        "with --folds: stop a trial after a fold if it lies more than so many points below the "
        "best earlier trial on the same folds (default 2; 100 stops none)"
    )
    parser.add_argument("--margin", type=_points, metavar="POINTS", help=margin)
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


def _points(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a number of points in 0..100")
    return value


def run(args: argparse.Namespace) -> int:
    """Search, report, save."""
    console = Console(args)
    network = anew(args).network
    space = _space(args)
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
    trained = (
        f"{task.folds} folds of {len(task.train):,} samples of {task.train.name}"
        if task.folds
        else f"{len(task.train):,} samples of {task.train.name} each, decided on "
        f"{task.n_validation:,} held out"
    )
    console.say(
        f"{network.name} {network.precision}: {args.trials} trials over {len(space)} parameters, "
        f"{task.recipe.epochs} epochs on {trained}; kept in {storage}"
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
            margin=_margin(args),
            storage=storage,
            study=study,
            on_trial=progress,
        )
    except KeyboardInterrupt:
        raise Interrupted(
            f"finished trials are kept in {storage}; the same command resumes"
        ) from None
    report_sweep(console, args, found, new=progress.new, storage=storage)
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
    shared = settings_of(task, space, args.sampler, _margin(args))
    settings = json.dumps(shared, sort_keys=True, default=str)
    digest = hashlib.sha256(settings.encode()).hexdigest()[:8]
    return str(folder / f"{name}-sweep.db"), args.study or f"{name}-{digest}"


def _margin(args: argparse.Namespace) -> float:
    from lava_intsnn.search.search_run import MARGIN

    return MARGIN if args.margin is None else args.margin


def _space(args: argparse.Namespace) -> tuple[Parameter, ...]:
    """Return what is varied: the network's constants, and what is named of the recipe's."""
    from lava_intsnn.search.recipe_space import recipe_space_of
    from lava_intsnn.search.space import RECIPE_PART, select, space_of

    started, ranges = anew(args), dict(args.range)
    space = space_of(started.network)
    named = [n for n in (*(args.only or ()), *ranges) if n.partition(".")[0] == RECIPE_PART]
    if named:
        space += select(recipe_space_of(started.recipe, started.network), only=named)
    return select(space, only=args.only or (), ranges=ranges)


def prepare(args: argparse.Namespace) -> Task:
    """Return the settings that the trials share.

    Raises
    ------
    ValueError
        If the options contradict each other, or the data cannot be divided so.
    """
    from lava_intsnn.search.trial import Task

    for option, value in (("--by", args.by), ("--margin", args.margin)):
        if value is not None and not args.folds:
            raise ValueError(f"{option} {value}: is about folds; give --folds K, or leave it out")
    if args.folds and (args.validate or args.hold_out_speakers):
        raise ValueError(
            f"--folds {args.folds}: holds out each part in turn; leave --validate and "
            "--hold-out-speakers out"
        )
    run = anew(args)
    train, validation = training_samples(args, run)
    if validation is None and not args.folds:
        train, validation = held_out(args, train, max(1, len(train) // HELD_OUT))
    return Task(
        network=run.network,
        recipe=replace(run.recipe, epochs=args.epochs or run.recipe.epochs),
        train=train,
        validation=validation,
        folds=args.folds or 0,
        by=args.by,
        seed=args.seed,
    )


def _list(console: Console, name: str, precision: str | None, space: tuple[Parameter, ...]) -> int:
    rows = [("parameter", "is", "would be")]
    rows += [(p.name, off_or_value(p.default), str(p)) for p in space]
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


class _Progress:
    """A line for each finished trial."""

    def __init__(self, console: Console, trials: int) -> None:
        self.console, self.trials, self.new = console, trials, 0

    def __call__(self, outcome: Outcome, done: Mapping[int, Outcome]) -> None:
        self.new += 1
        head = f"trial {outcome.index:>{len(str(self.trials - 1))}}"
        if outcome.accuracy is None:
            what = outcome.reason if outcome.stopped else f"refused: {outcome.reason}"
            self.console.say(f"{head}   {what}")
            return
        best = max(o.accuracy or 0.0 for o in done.values())
        self.console.say(
            f"{head}   validation {outcome.accuracy:6.2f} %   best {best:6.2f} %   "
            f"{outcome.seconds:.1f} s   {len(done)}/{self.trials}"
        )
