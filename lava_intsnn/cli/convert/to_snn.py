"""``lava-intsnn convert to-snn``: convert a trained network to a spiking one."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console, percent, table
from lava_intsnn.cli.convert.conversion_source import add_conversion, add_file
from lava_intsnn.cli.written_files import add_written

if TYPE_CHECKING:
    from lava_intsnn.cli.convert.layers import LayerRow

HELP = "fold batch norm into integer thresholds and write the spiking network"
DESCRIPTION = """Prints the widths of every layer, the bounds of its potentials, and the
thresholds for which the compact form would differ."""
EXAMPLES = [
    ("to digits-snn.npz", "convert to-snn digits.npz"),
    ("with the ANN's accuracy in the file", "convert to-snn digits.npz --measure"),
    ("for runs of up to 128 steps", "convert to-snn digits.npz --levels 128"),
    (
        "two numbers a channel instead of a table",
        "convert to-snn digits.npz --thresholds compact --scale 65536 --out compact.npz",
    ),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_file(parser, spiking=False)
    add_written(parser, "--out", "checkpoint", "default: FILE with -snn before its ending")
    measure = "evaluate the ANN on the test set and keep its accuracy in the file"
    parser.add_argument("--measure", action="store_true", help=measure)
    add_conversion(parser)
    options.add(parser, "--data-dir", "--json")


def run(args: argparse.Namespace) -> int:
    """Convert."""
    from lava_intsnn.cli.convert import layers, rounding
    from lava_intsnn.cli.convert.conversion_source import test_set, trained
    from lava_intsnn.conversion.thresholds import AUTHORS_SCALE
    from lava_intsnn.formats.spiking import save_spiking

    console = Console(args)
    out = args.out or default_name(args.file)
    if os.path.realpath(out) == os.path.realpath(args.file):
        raise ValueError(f"--out {out}: is FILE itself; name another file")
    options.check_folder(out)
    ann, found = trained(args)
    network, origin = found.network, found.origin
    samples = None
    if args.measure:
        data = test_set(found, data_dir=args.data_dir, limit=None)
        samples = len(data)
        origin["ann_accuracy"] = ann.accuracy(data.maps, data.labels, progress=not args.json)
    rows = layers.rows(network, ann)
    rounded = list(rounding.roundings(ann, network, scale=args.scale or AUTHORS_SCALE))
    console.say(
        f"{network.name}, k = {network.level}, {origin['thresholds']} thresholds for up to "
        f"{network.max_steps:,} steps\n"
    )
    console.say(table(layers.as_text(rows)))
    console.say()
    console.say(_gammas(rows))
    for line in rounding.verdict(rounded):
        console.say(line)
    if samples:
        console.say(f"ANN: {percent(origin['ann_accuracy'])} of {samples:,} test images")
    save_spiking(out, network, origin=origin)
    console.say(f"wrote {out}")
    console.result(
        action="to-snn",
        preset=origin["preset"],
        samples=samples,
        file=out,
        source=args.file,
        k=network.level,
        max_steps=network.max_steps,
        **{key: origin[key] for key in ("data", "ann_accuracy", "thresholds")},
        layers=[asdict(row) for row in rows],
        compact=[asdict(row) for row in rounded],
    )
    return 0


def default_name(path: str) -> str:
    """Return ``digits-snn.npz`` for ``digits.npz``."""
    stem, ending = os.path.splitext(path)
    return f"{stem}-snn{ending or '.npz'}"


def _gammas(rows: list[LayerRow]) -> str:
    """Say how many channels count backwards or not at all."""
    parts = [
        f"{row.name} {row.negative} of {row.shape[2]} negative, {row.zero} zero"
        for row in rows
        if row.negative or row.zero
    ]
    return "gamma: " + ("; ".join(parts) if parts else "positive in every channel")
