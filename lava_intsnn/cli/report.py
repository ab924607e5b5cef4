"""``lava-intsnn report``: the paper's tables of cost and accuracy beside ours."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console
from lava_intsnn.cli.samples import samples
from lava_intsnn.cli.subject import checkpoint, run_of
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
    ("spoken digits, Table 4.5, speakers apart", "report accuracy shd-rsnn --resume runs"),
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
    paper = "the paper's table to print beside ours (default: the preset's)"
    grid.add_argument("--table", choices=("4.1", "4.2", "4.3", "4.4", "4.5"), help=paper)
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


def _b_5(console: Console, network: Network, measured: Activity | None) -> list[dict[str, Any]]:
    """Print Table B.5 beside measured activity, if there is any, and return its lines."""
    from lava_intsnn.costs.activity_check import table_b_5
    from lava_intsnn.report import cost_tables

    lines = [] if measured is None else table_b_5(network, measured)
    if lines:
        console.say(f"\n{cost_tables.activity_check(lines)}")
    return [dataclasses.asdict(line) for line in lines]


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
        table_b_5=_b_5(console, network, measured),
        table_3_2=[{**dataclasses.asdict(x), "adds_up": x.adds_up} for x in lines],
    )


def _energy(console: Console, args: argparse.Namespace) -> None:
    from lava_intsnn.costs.energy import ASSUMPTIONS, MAPPINGS, energy
    from lava_intsnn.report import cost_tables

    network, counted, measured = _counted(args)
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
        table_b_5=_b_5(console, network, measured),
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
    from lava_intsnn.cli.report_accuracy import report_accuracy

    report_accuracy(console, args)


def _page(console: Console, args: argparse.Namespace) -> None:
    from lava_intsnn.cli.report_page import write_page

    write_page(console, args)


_REPORTS = dict(
    memory=_memory, operations=_operations, energy=_energy, accuracy=_accuracy, page=_page
)
