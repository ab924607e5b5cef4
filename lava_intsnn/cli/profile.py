"""``lava-intsnn profile``: what the cores of a chip do in each step, and what that may cost."""

from __future__ import annotations

import argparse
from typing import Any

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console
from lava_intsnn.cli.samples import samples
from lava_intsnn.cli.subject import fields, network_and_state
from lava_intsnn.cli.written_files import add_written

HELP = "spikes, operations, time and energy of each core and step on the virtual chip"
DESCRIPTION = """Compiles the network, runs samples on the virtual core, and counts what each core
of the placement does in each step. Counts are exact. Time and energy are ranges, built from public
figures of single operations and never measured on this network. Read the table so: the core with
the largest share of busy time sets the length of a step. If synaptic operations keep it busy, fewer
spikes help: raise the thresholds below it. Otherwise more cores or fewer steps do. A network that
the chip refuses is refused here, too: `compile --check` lists why."""
EXAMPLES = [
    ("a trained network that comes with the package", "profile digits-snn-loihi --pretrained"),
    ("while it learns, as a picture", "profile legal.npz --learning --out profile.png"),
    ("more samples, for another chip's figures", "profile legal.npz --samples 200 --target loihi1"),
    ("your own data", "profile mine-trained.npz --test mine-test.npz"),
    ("every core and step for a program to read", "profile legal.npz --json"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_source(parser)
    options.add(parser, "--guarded")
    options.add_count(parser, "--samples", "N", "run the first N (default: 20)", default=20)
    learning = "learn the training samples, one after the other (default: run the test samples)"
    parser.add_argument("--learning", action="store_true", help=learning)
    target = "chip whose cores and figures are used (default: loihi2); programs are those of loihi2"
    parser.add_argument("--target", choices=("loihi1", "loihi2"), default="loihi2", help=target)
    add_written(parser, "--out", "picture", "draw it (.png, .svg, .pdf)")
    options.add_data(parser)
    options.add(parser, "--json")


def run(args: argparse.Namespace) -> int:
    """Profile."""
    from lava_intsnn.loihi import profile

    console = Console(args)
    options.check_folder(args.out)
    network, state, training = network_and_state(args)
    data = samples(args, training, "train" if args.learning else "test", limit=args.samples)
    found = profile(network, state, data, learning=args.learning, target=args.target)
    console.say(found.text())
    if args.out:
        from lava_intsnn import plot
        from lava_intsnn.plot.plot_style import save

        figure: Any = plot.profile(found)[0].figure
        save(figure, args.out)
        console.say(f"\npicture: {args.out}")
    told = {**fields(training), "precision": str(network.precision), "samples": found.samples}
    console.result(**told, profile=found.to_json(), file=args.out)
    return 0
