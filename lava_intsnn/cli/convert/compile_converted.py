"""``lava-intsnn convert compile``: a converted network as a program for Loihi 2."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.compile import LISTING, PROGRAM, REPORT, REPORT_JSON, write_program
from lava_intsnn.cli.console import EXIT_USER_ERROR, Console
from lava_intsnn.cli.convert.conversion_source import add_conversion, add_file
from lava_intsnn.cli.written_files import check_folder_name, file_name

if TYPE_CHECKING:
    from lava_intsnn.cli.convert.conversion_source import Subject
    from lava_intsnn.loihi import ConvertedActivity

HELP = "compile the spiking network to Loihi 2 neuron microcode, with a cost report"
DESCRIPTION = """Encoder, dynamic-threshold neurons and accumulator become neuron programs that send
graded spikes. Says first whether the network is legal on the chip and which cores it takes; if not
legal, exits with status 2 and the nearest legal choice. `eval DIR/program.npz` runs the program on
virtual cores."""
EXAMPLES = [
    ("as many steps as the test images need", "convert compile digits.npz --out digits-loihi2"),
    (
        "only the report, cost at measured activity",
        "convert compile digits.npz --check --measure 50",
    ),
    ("a converted file, eight steps", "convert compile digits-snn.npz --steps 8"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_file(parser, spiking=True)
    options.add(parser, "--steps", help="default: until every test image is quiet")
    target = "default: loihi2; of loihi1, which runs no neuron programs, there is only the report"
    parser.add_argument("--target", choices=("loihi1", "loihi2"), default="loihi2", help=target)
    parser.add_argument("--check", action="store_true", help="report only, write no program")
    out = f"folder for {PROGRAM}, {LISTING}, {REPORT} and {REPORT_JSON} (default: NETWORK-TARGET)"
    parser.add_argument("--out", metavar="DIR", help=out)
    measure = "estimate the cost at the activity of N test images (default: everything active)"
    options.add_count(parser, "--measure", "N", measure)
    add_conversion(parser)
    options.add(parser, "--data-dir", "--threads", "--json")


def run(args: argparse.Namespace) -> int:
    """Check, estimate, compile, write."""
    from lava_intsnn.cli.convert.conversion_source import subject
    from lava_intsnn.formats.program_file import Compiled
    from lava_intsnn.loihi import compile_converted, estimate_converted, preflight_converted

    console = Console(args)
    found = subject(args)
    network = found.network
    folder = Path(args.out or f"{file_name(network.name)}-{args.target}")
    if not args.check and folder.exists() and not folder.is_dir():
        raise ValueError(f"--out {folder}: is a file; name a folder")
    check_folder_name(args.out or "")
    steps = args.steps or _settled_at(args, found)
    report = preflight_converted(network, steps=steps, target=args.target)
    console.say(f"{steps} steps an image\n{report.text()}")
    cost, files = None, {}
    if report.fits:
        cost = estimate_converted(network, report, activity=_activity(args, found, steps))
        console.say(f"\n{cost.text()}")
        if not args.check:
            image = compile_converted(network, steps=steps, target=args.target)
            compiled = Compiled(image, network, args.target, 0, 0, origin=found.origin)
            files = write_program(folder, compiled, report, cost)
            console.say("\n" + "\n".join(f"{what}: {path}" for what, path in files.items()))
    console.result(
        action="compile",
        preset=found.origin["preset"],
        file=args.file,
        k=network.level,
        steps=steps,
        target=args.target,
        report=report.to_json(),
        cost=asdict(cost) if cost else None,
        files=files,
    )
    return 0 if report.fits else EXIT_USER_ERROR


def _settled_at(args: argparse.Namespace, found: Subject) -> int:
    """Return the steps after which every test image is quiet."""
    from lava_intsnn.cli.convert.backends import BATCH
    from lava_intsnn.cli.convert.conversion_source import test_set
    from lava_intsnn.conversion.spiking_engine import infer_batches

    if found.origin["data"] is None:
        raise ValueError(
            f"{found.path}: its data set is unknown, so the steps it needs cannot be measured; "
            "give --steps"
        )
    maps = test_set(found, data_dir=args.data_dir, limit=None).maps
    results = infer_batches(found.network, maps, batch=BATCH, threads=args.threads)
    last = max(int(result.quiet_at.max()) for result in results)
    return max(1, min(last, found.network.max_steps))


def _activity(args: argparse.Namespace, found: Subject, steps: int) -> ConvertedActivity:
    from lava_intsnn.cli.convert.backends import BATCH
    from lava_intsnn.cli.convert.conversion_source import test_set
    from lava_intsnn.conversion.result import joined
    from lava_intsnn.conversion.spiking_engine import infer_batches
    from lava_intsnn.loihi import activity_of_result, full_converted_activity

    if args.measure is None:
        return full_converted_activity(found.network, steps=steps)
    data = test_set(found, data_dir=args.data_dir, limit=args.measure)
    parts = infer_batches(found.network, data.maps, batch=BATCH, steps=steps, threads=args.threads)
    source = f"measured on {len(data):,} images of {data.name} {data.split}"
    return activity_of_result(found.network, data.maps, joined(list(parts)), source=source)
