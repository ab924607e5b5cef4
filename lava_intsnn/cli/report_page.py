"""``lava-intsnn report page``: one HTML page about a network."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console
from lava_intsnn.cli.samples import samples
from lava_intsnn.cli.subject import fields, preset_of, run_of
from lava_intsnn.cli.written_files import name_after
from lava_intsnn.storage.file_endings import check_ending

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.training.training_run import Training


def write_page(console: Console, args: argparse.Namespace) -> None:
    """Write the page of a preset, a network's JSON or a checkpoint."""
    from lava_intsnn.report.network_page import network_page
    from lava_intsnn.storage.atomic import write_bytes

    training = run_of(args)
    network = training.network
    out = args.out or f"{name_after(args.subject)}.html"
    check_ending(out, "page")
    options.check_folder(out)
    test = _test_data(console, args, training)
    known = preset_of(training)
    page = network_page(
        training,
        test=test,
        about=known.about if known else "",
        data=training.own_data or (known.data if known else ""),
        threads=args.threads,
    )
    write_bytes(out, page.encode())
    console.say(f"{network.name} {network.precision} as a page: {out}")
    console.result(**fields(training), samples=len(test) if test else None, file=out)


def _test_data(console: Console, args: argparse.Namespace, training: Training) -> Dataset | None:
    """Return the test data, or None with a note if those of a preset cannot be had."""
    try:
        return samples(args, training, "test", limit=args.limit)
    except ValueError as error:
        if args.data or args.test:
            raise
        console.say(f"without test data: {error}")
        return None
