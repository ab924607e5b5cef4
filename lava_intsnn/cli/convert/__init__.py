"""``lava-intsnn convert``: train a quantised network, convert it, run it, certify it."""

from __future__ import annotations

import argparse

from lava_intsnn.cli import options
from lava_intsnn.cli.convert import (
    certify,
    compile_converted,
    eval_converted,
    pack,
    to_snn,
    train_ann,
)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its subcommands."""
    parser = commands.add_parser(
        "convert",
        help="train a quantised network, convert it to spikes without loss, run and certify it",
        description="The converted all-integer spiking network with dynamic threshold adaptation\n"
        "(Zou et al. 2024); docs/conversion.md says how it works.",
        epilog="examples:\n"
        "  # a few seconds, needs no download\n"
        "  lava-intsnn convert train lenet-digits --out digits.npz\n"
        "  # accuracy, spikes and synaptic operations of every step\n"
        "  lava-intsnn convert eval digits.npz --steps 8\n"
        "  # every neuron compared, on the whole test set\n"
        "  lava-intsnn convert certify digits.npz\n"
        "  # a program for Loihi 2, with its cores and cost\n"
        "  lava-intsnn convert compile digits.npz\n\n"
        "Every subcommand has examples in its own --help.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", metavar="WHAT", required=True)
    options.command(actions, "train", train_ann)
    options.command(actions, "pack", pack)
    options.command(actions, "to-snn", to_snn)
    options.command(actions, "eval", eval_converted)
    options.command(actions, "certify", certify)
    options.command(actions, "compile", compile_converted)
