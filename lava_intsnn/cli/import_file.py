"""``lava-intsnn import``: read another tool's file into a checkpoint."""

from __future__ import annotations

import argparse
import os
import warnings

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console
from lava_intsnn.cli.source import imported
from lava_intsnn.cli.written_files import add_written

HELP = "read a netx or NIR file into a checkpoint"
DESCRIPTION = "What does not fit is refused with a list of everything found."
EXAMPLES = [
    ("lava-dl's format", "import net.net --steps 20 --out net.npz"),
    ("and say whose data it classifies", "import mnist.nir --preset mnist-snn --out m.npz"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("file", metavar="FILE", help="netx (HDF5) or NIR")
    parser.add_argument("--format", choices=("netx", "nir"), help="default: by the file's content")
    steps = (
        "steps of a sample, which these formats do not hold (default 20; a NIR file of ours "
        "holds them)"
    )
    options.add(parser, "--steps", help=steps)
    preset = "preset with the network's data set and encoding"
    parser.add_argument("--preset", metavar="PRESET", help=preset)
    add_written(parser, "--out", "checkpoint", "checkpoint to write", required=True)
    options.add(parser, "--json")


def run(args: argparse.Namespace) -> int:
    """Import."""
    from lava_intsnn.formats.checkpoint import save_checkpoint

    console = Console(args)
    if not os.path.isfile(args.file):
        raise ValueError(f"no file at {args.file!r}: FILE is a netx (.net) or NIR (.nir) file")
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        try:
            training = imported(args)
        except ImportError as error:
            raise ValueError(str(error)) from error
    network = training.network
    save_checkpoint(args.out, training)
    shape = "-".join(map(str, network.shape))
    for note in notes:
        console.say(f"note: {note.message}")
    console.say(f"{args.file}: {shape}, {network.precision}, as {args.out}")
    console.result(
        preset=training.preset or None,
        precision=str(network.precision),
        shape=network.shape,
        notes=[str(note.message) for note in notes],
        file=args.out,
    )
    return 0
