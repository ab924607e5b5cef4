"""``lava-intsnn compile``: check a network against Loihi's limits and compile it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import EXIT_USER_ERROR, Console
from lava_intsnn.cli.samples import samples
from lava_intsnn.cli.subject import network_and_state, preset_of
from lava_intsnn.cli.written_files import add_written, check_folder_name, name_after

if TYPE_CHECKING:
    from lava_intsnn.formats.program_file import Compiled
    from lava_intsnn.loihi.cost import Cost
    from lava_intsnn.loihi.preflight_report import Preflight
    from lava_intsnn.state import State
    from lava_intsnn.training.training_run import Training

#: Samples that the parity test of --nc-models compares.
BOARD_SAMPLES = 5
PROGRAM, LISTING, REPORT, REPORT_JSON = "program.npz", "listing.txt", "report.txt", "report.json"

HELP = "compile a network to Loihi neuron microcode and learning rules"
DESCRIPTION = """Says first whether the network is legal on the chip and fits its cores; if not,
exits with status 2 and the nearest legal choice for each thing found."""
EXAMPLES = [
    ("a network that learns on the chip", "compile digits.npz --out digits-loihi2"),
    ("only inference", "compile mnist.npz --inference"),
    ("only the report, of an untrained preset", "compile mnist-snn --check"),
    (
        "what to train instead, with `train mnist-snn --network legal.json`",
        "compile mnist-snn --nearest legal.json",
    ),
    (
        "and with what it has learned, to learn on with `train --from legal.npz`",
        "compile imported.npz --nearest legal.npz",
    ),
    ("cost at measured activity", "compile digits.npz --check --measure 100"),
    (
        "skeletons of NcProcessModels, and a test to run on a board",
        "compile digits.npz --nc-models board",
    ),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_source(parser)
    target = "default: loihi2; of loihi1, which runs no neuron programs, there is only the report"
    parser.add_argument("--target", choices=("loihi1", "loihi2"), default="loihi2", help=target)
    inference = "the network only runs (default: it learns there)"
    parser.add_argument("--inference", action="store_true", help=inference)
    options.add(parser, "--guarded")
    axons = (
        "input and output axons of a Loihi 2 core, of which no number is published (default: 4096, "
        "our own choice, beyond which there is a warning and no refusal)"
    )
    options.add_count(parser, "--axons", "N", axons)
    parser.add_argument("--check", action="store_true", help="report only, write no program")
    out = f"folder for {PROGRAM}, {LISTING}, {REPORT} and {REPORT_JSON} (default: NAME-TARGET)"
    parser.add_argument("--out", metavar="DIR", help=out)
    nearest = (
        "write the nearest legal network: as .json for `train FILE`, or as .npz with the weights "
        "of this one in its precision, for `train --from FILE`"
    )
    add_written(parser, "--nearest", "network or checkpoint", nearest)
    nc_models = (
        "also write skeletons of NcProcessModels for INRC's library to fill, with a parity test "
        "that runs on a board and, here, on virtual cores: `pytest DIR`"
    )
    parser.add_argument("--nc-models", metavar="DIR", help=nc_models)
    measure = "estimate the cost at the activity on N test samples (default: everything active)"
    options.add_count(parser, "--measure", "N", measure)
    options.add_data(parser)
    options.add(parser, "--json")


def run(args: argparse.Namespace) -> int:
    """Check, estimate, compile, write."""
    from lava_intsnn.loihi import preflight

    console = Console(args)
    network, state, training = network_and_state(args)
    chosen = preset_of(training)
    preset_name = chosen.name if chosen else None
    folder = Path(args.out or f"{name_after(args.subject)}-{args.target}")
    if not args.check and folder.exists() and not folder.is_dir():
        raise ValueError(f"--out {folder}: is a file; name a folder")
    for option, given in (("--out", args.out), ("--nc-models", args.nc_models)):
        check_folder_name(given or "", option=option)
    if args.nc_models and args.check:
        raise ValueError("--check writes no program, and --nc-models needs one: leave one out")
    report = preflight(
        network, target=args.target, learning=not args.inference, state=state, axons=args.axons
    )
    console.say(report.text())
    if args.nearest:
        _write_nearest(console, args, report, state, training)
    if not report.fits:
        if ways := _ways_on(args, report):
            console.say("\n" + "\n".join(ways))
    elif not args.check:
        _require_programs(args)
    cost = _cost(args, report, state, training) if report.fits else None
    if cost is not None:
        console.say(f"\n{cost.text()}")
    files = {}
    if report.fits and cost is not None and not args.check:
        files = _write(console, folder, args, report, cost, state, training)
        console.say("\n" + "\n".join(f"{what}: {path}" for what, path in files.items()))
    console.result(
        preset=preset_name,
        precision=str(network.precision),
        batch=network.batch,
        seed=state.seed,
        target=args.target,
        report=report.to_json(),
        cost=asdict(cost) if cost else None,
        files=files,
        file=args.subject,
    )
    return 0 if report.fits else EXIT_USER_ERROR


def _ways_on(args: argparse.Namespace, report: Preflight) -> list[str]:
    """Return the options that resolve the findings."""
    ways = []
    if report.learning:
        ways.append("--inference asks less: that the network runs there, without learning")
    if not args.guarded and any(finding.what == "neuron" for finding in report.findings):
        ways.append("--guarded makes the neurons the chip's own")
    if not args.nearest and report.mapped != report.network:
        ways.append(
            "--nearest FILE writes the network with the nearest legal choices, to train it: as "
            ".npz with what this one has learned. Thresholds and shifts chosen for such networks "
            "are in the presets named -loihi"
        )
    return ways


def _require_programs(args: argparse.Namespace) -> None:
    """Raise ValueError for a chip with fixed neurons instead of programs."""
    from lava_intsnn.loihi import limits_of

    if not limits_of(args.target).microcode.value:
        raise ValueError(
            f"{args.target} runs no neuron programs, so there is nothing to compile: `lava-intsnn "
            f"export {args.subject} --format netx --guarded` writes the network for it; --check "
            "only reports"
        )


def _write_nearest(
    console: Console, args: argparse.Namespace, report: Preflight, state: State, training: Training
) -> None:
    """Write the nearest legal network, as JSON or with the weights, and say what trains it."""
    from lava_intsnn.formats.checkpoint import save_checkpoint
    from lava_intsnn.state import state_in_precision
    from lava_intsnn.storage.atomic import write_bytes
    from lava_intsnn.training.training_run import start

    if args.nearest.lower().endswith(".npz"):
        legal = state_in_precision(report.mapped, report.network, state)
        own = {name: getattr(training, name) for name in ("preset", "own_data", "classes")}
        run = start(report.mapped, training.recipe, data="", state=legal, **own)
        save_checkpoint(args.nearest, replace(run, reading=training.reading))
        onward = f"--from {args.nearest}"
    else:
        write_bytes(args.nearest, report.mapped.to_json().encode())
        chosen = preset_of(training)
        onward = f"{chosen.name if chosen else 'PRESET'} --network {args.nearest}"
    if not all(finding.mend for finding in report.findings):
        console.say(
            f"\nthe network with the nearest legal choices: {args.nearest}\nit is not legal yet: "
            "what has no legal neighbour stays as it is"
        )
        return
    console.say(
        f"\nthe nearest legal network: {args.nearest}\nto train it: lava-intsnn train {onward} "
        "--out FILE"
    )


def _cost(args: argparse.Namespace, report: Preflight, state: State, training: Training) -> Cost:
    from lava_intsnn.costs.activity import full_activity, measured_activity
    from lava_intsnn.loihi import estimate, limits_of

    network, limits = report.network, limits_of(args.target)
    if args.measure is None:
        activity = full_activity(network)
    else:
        data = samples(args, training, "test", limit=args.measure)
        activity = measured_activity(network, state, data)
    return estimate(
        network, report.placement, limits=limits, learning=report.learning, activity=activity
    )


def _write(
    console: Console,
    folder: Path,
    args: argparse.Namespace,
    report: Preflight,
    cost: Cost,
    state: State,
    training: Training,
) -> dict[str, str]:
    from lava_intsnn.formats.program_file import Compiled
    from lava_intsnn.loihi import compile

    network = report.network
    image = compile(network, state, target=args.target, learning=report.learning, axons=args.axons)
    compiled = Compiled(image, network, args.target, state.seed, state.updates, training.classes)
    files = write_program(folder, compiled, report, cost)
    if args.nc_models:
        files["NcProcessModels"] = _write_nc_models(console, args, compiled, training)
    return files


def write_program(
    folder: Path, compiled: Compiled, report: Preflight, cost: Cost
) -> dict[str, str]:
    """Write a program, its listing and its reports into a folder; return what is where."""
    from lava_intsnn.formats.program_file import save_program
    from lava_intsnn.loihi.microcode import disassemble
    from lava_intsnn.storage.atomic import write_bytes

    folder.mkdir(parents=True, exist_ok=True)
    save_program(folder / PROGRAM, compiled)
    told = {"preflight": report.to_json(), "cost": asdict(cost)}
    texts = {
        LISTING: disassemble(compiled.image.program),
        REPORT: f"{report.text()}\n\n{cost.text()}\n",
        REPORT_JSON: json.dumps(told, indent=1) + "\n",
    }
    for name, text in texts.items():
        write_bytes(folder / name, text.encode())
    names = {"program": PROGRAM, "listing": LISTING, "report": REPORT, "as JSON": REPORT_JSON}
    return {what: str(folder / name) for what, name in names.items()}


def _write_nc_models(
    console: Console, args: argparse.Namespace, compiled: Compiled, training: Training
) -> str:
    """Write the folder for a board, with samples of the network's data if they can be had."""
    from lava_intsnn.loihi import write_nc_models

    try:
        data = samples(args, training, "test", limit=BOARD_SAMPLES)
    except ValueError as error:
        if args.data or args.test:
            raise
        console.say(f"random samples for the parity test: {error}")
        data = None
    write_nc_models(compiled, args.nc_models, data=data, samples=BOARD_SAMPLES)
    return str(Path(args.nc_models) / "nc_models.py")
