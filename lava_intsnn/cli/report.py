"""``lava-intsnn report``: the paper's tables of cost and accuracy beside ours."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console, Interrupted
from lava_intsnn.cli.samples import samples
from lava_intsnn.cli.subject import anew, checkpoint, run_of
from lava_intsnn.cli.written_files import add_written
from lava_intsnn.presets import PRESETS

if TYPE_CHECKING:
    from lava_intsnn.costs.activity import Activity
    from lava_intsnn.costs.operations import Operations
    from lava_intsnn.network import Network
    from lava_intsnn.training.training_run import Training

HELP = "cost and accuracy beside the paper's tables, or a page about one network"
DESCRIPTION = """memory, operations and energy of one training iteration come from the network's
description; accuracy trains a grid of networks over seeds; page writes one HTML file about a
network, a checkpoint or a preset: widths, learning curve, spikes, confusion, cost, pre-flight."""
EXAMPLES = [
    ("Table 3.1, line by line", "report memory shd-rsnn"),
    ("Table 3.2, with a network's own activity", "report operations digits-snn --measure"),
    ("integer against float32", "report energy shd-rsnn"),
    (
        "a precision grid; if killed, the same command resumes it",
        "report accuracy mnist-snn --precisions 16-8,fp32 --seeds 3 --resume runs",
    ),
    ("error propagation, Table 4.1", "report accuracy mnist-snn-paper --table 4.1"),
    ("a network of your own", "report memory mine.json"),
    ("all about what was trained, to open in a browser", "report page net.npz --out net.html"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("what", choices=tuple(_REPORTS), metavar="WHAT", help=", ".join(_REPORTS))
    options.add_source(parser)
    options.add_data(parser)
    options.add(parser, "--threads", "--json")
    options.add(parser, "--quiet", help="no tables, no progress")
    costs = parser.add_argument_group("operations and energy")
    measure = "measure activity on the training data"
    costs.add_argument("--measure", action="store_true", help=measure)
    costs.add_argument("--checkpoint", metavar="FILE", help="measure this trained network")
    limit = (
        "measure on the first N samples (default 100); accuracy: train on the first N; page: test "
        "on the first N"
    )
    options.add(costs, "--limit", help=limit)
    page = parser.add_argument_group("page")
    add_written(page, "--out", "page", "default: the name of the file or preset and .html")
    grid = parser.add_argument_group("accuracy")
    grid.add_argument("--table", choices=("4.1", "4.2", "4.3", "4.4", "4.5"))
    grid.add_argument("--precisions", metavar="P,P", help="such as 16-8,16-4,fp32")
    options.add_count(grid, "--seeds", "N", "default 3")
    options.add(grid, "--epochs")
    grid.add_argument("--resume", metavar="DIR", help="save every run here, and resume those found")
    add_written(grid, "--markdown", "Markdown file", "write the tables to this file")
    add_written(grid, "--figure", "picture", "draw them (.png, .svg, .pdf)")


def run(args: argparse.Namespace) -> int:
    """Make one report."""
    _check(args)
    _REPORTS[args.what](Console(args), args)
    return 0


#: Option -> the reports that read it.
_FOR = {
    "precision": ("memory", "operations", "energy", "page"),
    "out": ("page",),
    "threads": ("accuracy", "page"),
    "measure": ("operations", "energy"),
    "checkpoint": ("operations", "energy"),
    "limit": ("operations", "energy", "accuracy", "page"),
    **dict.fromkeys(
        ("table", "precisions", "seeds", "epochs", "resume", "markdown", "figure"),
        ("accuracy",),
    ),
}


def _check(args: argparse.Namespace) -> None:
    for option, reports in _FOR.items():
        if getattr(args, option) not in (None, False) and args.what not in reports:
            raise ValueError(
                f"--{option} is for report {' and '.join(reports)}, not {args.what}: leave it out"
            )
    if args.what in ("operations", "energy") and args.precision == "fp32":
        raise ValueError(
            f"report {args.what} counts float32 beside an integer precision: give that, say 16-8"
        )
    if args.checkpoint and args.precision:
        raise ValueError("--checkpoint holds a network in its own precision: drop --precision")


def _run(args: argparse.Namespace) -> Training:
    """Return the run whose network is reported: that of ``--checkpoint``, or the subject."""
    if not args.checkpoint:
        return run_of(args)
    training = checkpoint(args.checkpoint)
    name = training.preset or training.network.name
    if args.subject in PRESETS and name != args.subject:
        raise ValueError(f"{args.checkpoint} holds {training.network.name}, not {args.subject}")
    return training


def _memory(console: Console, args: argparse.Namespace) -> None:
    from lava_intsnn.costs.memory import ACCOUNTINGS, memory
    from lava_intsnn.costs.memory_check import is_papers, table_3_1
    from lava_intsnn.costs.sample_memory import sample_memory
    from lava_intsnn.report import cost_tables

    network = _run(args).network
    of_sample = sample_memory(network)
    found = {accounting: memory(network, accounting=accounting) for accounting in ACCOUNTINGS}
    for each in found.values():
        console.say(f"{cost_tables.memory_elements(each)}\n")
        console.say(f"{cost_tables.memory_sections(each)}\n")
    lines = table_3_1(network) if is_papers(network) else []
    if lines:
        console.say(cost_tables.memory_check(lines))
    console.say(f"\n{of_sample.text()}")
    console.result(
        **_common(network),
        sample=dataclasses.asdict(of_sample),
        memory={
            name: {
                "elements": [dataclasses.asdict(e) for e in each.elements],
                "static": each.sections("static"),
                "dynamic": each.sections("dynamic"),
                "total": each.total(),
                "saved": each.saved,
            }
            for name, each in found.items()
        },
        table_3_1=[dataclasses.asdict(line) for line in lines],
    )


def _counted(
    args: argparse.Namespace,
) -> tuple[Network, dict[str, list[Operations]], Activity | None]:
    """Return the network, its operations in integers and float32, and measured activity."""
    from lava_intsnn.costs.activity import full_activity, measured_activity, paper_activity
    from lava_intsnn.costs.memory import ACCOUNTINGS
    from lava_intsnn.costs.operations import operations

    training = _run(args)
    network, measured = training.network, None
    if args.measure or args.checkpoint:
        data = samples(args, training, "train", limit=args.limit or 100)
        measured = measured_activity(network, training.state, data)
    full = full_activity(network)
    active = {x: measured or paper_activity(network, floating=x) or full for x in (False, True)}
    found = {
        accounting: [
            operations(network, activity, accounting=accounting, floating=floating)
            for floating, activity in active.items()
        ]
        for accounting in ACCOUNTINGS
    }
    return network, found, measured


def _operations(console: Console, args: argparse.Namespace) -> None:
    from lava_intsnn.costs.memory_check import is_papers
    from lava_intsnn.costs.operations_check import table_3_2
    from lava_intsnn.report import cost_tables

    network, found, measured = _counted(args)
    for text in (cost_tables.operations_lines, cost_tables.operations_sections):
        for pair in found.values():
            console.say("".join(f"{text(each)}\n\n" for each in pair)[:-1])
    lines = table_3_2(network, measured=measured) if is_papers(network) else []
    if lines:
        console.say(cost_tables.operations_check(lines))
    console.result(
        **_common(network),
        activity=_activity(found),
        operations={
            name: {
                each.precision: {
                    "lines": [dataclasses.asdict(line) for line in each.lines],
                    "sections": each.sections(),
                    "total": each.total(),
                }
                for each in pair
            }
            for name, pair in found.items()
        },
        table_3_2=[{**dataclasses.asdict(x), "adds_up": x.adds_up} for x in lines],
    )


def _energy(console: Console, args: argparse.Namespace) -> None:
    from lava_intsnn.costs.energy import ASSUMPTIONS, MAPPINGS, energy
    from lava_intsnn.report import cost_tables

    network, counted, _ = _counted(args)
    found = {name: energy(*pair) for name, pair in counted.items()}
    console.say(f"{network.name} {network.precision}\n")
    for each in found.values():
        console.say(f"{cost_tables.energy_table(each)}\n")
    console.say(cost_tables.energy_assumptions())
    console.say("- activity: " + "; ".join(dict.fromkeys(_activity(counted))))
    console.result(
        **_common(network),
        activity=_activity(counted),
        energy={
            name: {**dataclasses.asdict(each), "ratios": each.ratios}
            for name, each in found.items()
        },
        mappings=MAPPINGS,
        assumptions=ASSUMPTIONS,
    )


def _activity(found: dict[str, list[Operations]]) -> dict[str, list[dict[str, float]]]:
    """Return source -> coefficients of each layer."""
    return {
        each.activity.source: [dataclasses.asdict(layer) for layer in each.activity.layers]
        for pair in found.values()
        for each in pair
    }


def _common(network: Network) -> dict[str, Any]:
    precision = str(network.precision)
    return {"preset": network.name, "precision": precision, "batch": network.batch}


def _accuracy(console: Console, args: argparse.Namespace) -> None:
    from lava_intsnn.report.accuracy import run_grid
    from lava_intsnn.report.accuracy_tables import as_data, document
    from lava_intsnn.report.grid import TABLE_OF, cell_of, cells
    from lava_intsnn.storage.atomic import write_bytes

    training = anew(args)
    name = training.network.name
    table = args.table or TABLE_OF.get(name)
    if args.subject in PRESETS:
        precisions = tuple(args.precisions.split(",")) if args.precisions else None
        chosen_cells = cells(name, table=table, precisions=precisions)
    else:
        for option in ("table", "precisions"):
            if getattr(args, option):
                raise ValueError(
                    f"--{option}: only a preset has constants for every precision, and "
                    f"{args.subject} is none; leave it out"
                )
        table, chosen_cells = None, [cell_of(training.network, training.recipe)]
    train = samples(args, training, "train", limit=args.limit)
    names = train.classes or ()
    test = samples(args, dataclasses.replace(training, classes=names), "test")
    try:
        found = run_grid(
            chosen_cells,
            train,
            test,
            seeds=range(args.seeds or 3),
            epochs=args.epochs,
            folder=args.resume,
            threads=args.threads,
            progress=not args.quiet,
            say=console.say,
            own_data=train.name if args.data else "",
        )
    except KeyboardInterrupt:
        kept = f"the runs so far are in {args.resume}; the same command resumes them"
        lost = "nothing was saved; with --resume DIR every run is"
        raise Interrupted(kept if args.resume else lost) from None
    title = f"{name}: accuracy over {len(found.seeds)} seeds on {test.name}"
    text = document(found, table, title=title)
    console.say(f"\n{text}")
    if args.markdown:
        write_bytes(args.markdown, text.encode())
    if args.figure:
        from lava_intsnn.plot.plot_style import save
        from lava_intsnn.report.accuracy_figure import accuracy_figure

        save(accuracy_figure(found, table, title=title), args.figure)
    console.result(
        preset=name,
        epochs=args.epochs or training.recipe.epochs,
        samples=len(train),
        file=args.markdown,
        figure=args.figure,
        **as_data(found, table),
    )


def _page(console: Console, args: argparse.Namespace) -> None:
    from lava_intsnn.cli.report_page import write_page

    write_page(console, args)


_REPORTS = dict(
    memory=_memory, operations=_operations, energy=_energy, accuracy=_accuracy, page=_page
)
