"""``lava-intsnn export``: write a network as a file for other tools."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console
from lava_intsnn.cli.subject import network_and_state, preset_of, untrained_note
from lava_intsnn.cli.written_files import name_after
from lava_intsnn.storage.file_endings import check_ending

SUFFIXES = {"netx": ".net", "nir": ".nir", "loihi-rule": "-rule.json"}
_WRITES = {"netx": "netx file", "nir": "NIR file", "loihi-rule": "rule file"}

HELP = "write a network as a file that other tools load"
DESCRIPTION = """netx: lava-dl's inference networks, for Lava and Loihi. nir: the neuromorphic
intermediate representation, with our exact integers beside its floats. loihi-rule: the learning
rules and constants of a network that learns on Loihi, as JSON. What a format cannot hold is
refused with a list. docs/exchange.md has the details."""
EXAMPLES = [
    ("lava-dl's format", "export mnist.npz --format netx --guarded"),
    ("NIR", "export mnist.npz --format nir --out mnist.nir"),
    ("learning rules for LearningDense", "export digits.npz --format loihi-rule"),
    (
        "the same without negative traces",
        "export digits.npz --format loihi-rule --third-factor split",
    ),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_source(parser)
    formats = "what to write; see above"
    parser.add_argument("--format", required=True, choices=tuple(SUFFIXES), help=formats)
    options.add(parser, "--guarded")
    factor = (
        "of loihi-rule: the error as one trace that may be negative, or as two that may not; which "
        "of them the chip can hold is not public (default: signed)"
    )
    parser.add_argument("--third-factor", choices=("signed", "split"), help=factor)
    out = "default: the name of FILE_OR_PRESET and .net, .nir or -rule.json"
    parser.add_argument("--out", metavar="FILE", help=out)
    options.add(parser, "--json")


def run(args: argparse.Namespace) -> int:
    """Export."""
    from lava_intsnn.formats.exchange import ExchangeError
    from lava_intsnn.formats.loihi_rule import export_loihi_rule
    from lava_intsnn.formats.netx import export_netx
    from lava_intsnn.formats.nir import export_nir
    from lava_intsnn.network.guarded import has_guarded_form

    console = Console(args)
    _refuse_converted(args)
    if args.third_factor and args.format != "loihi-rule":
        raise ValueError(
            f"--third-factor: belongs to --format loihi-rule; {args.format} files hold no rule"
        )
    network, state, training = network_and_state(args)
    path = args.out or f"{name_after(args.subject)}{SUFFIXES[args.format]}"
    check_ending(path, _WRITES[args.format])
    rule = partial(export_loihi_rule, third_factor=args.third_factor or "signed")
    writers: dict[str, Callable[..., None]]
    writers = {"netx": export_netx, "nir": export_nir, "loihi-rule": rule}
    write = writers[args.format]
    try:
        write(network, state, path)
    except ExchangeError as error:
        helps = args.format == "netx" and not args.guarded and has_guarded_form(network)
        hint = "\n--guarded makes neurons and ties fit" * helps
        raise ValueError(f"{error}{hint}") from error
    except ImportError as error:
        raise ValueError(str(error)) from error
    console.say(
        untrained_note(args) + f"{network.name} {network.precision} as {args.format}: {path}"
    )
    chosen = preset_of(training)
    console.result(
        preset=chosen.name if chosen else None,
        precision=str(network.precision),
        format=args.format,
        file=path,
    )
    return 0


def _refuse_converted(args: argparse.Namespace) -> None:
    """Raise ValueError for a converted network: no format but a program holds its neurons."""
    from lava_intsnn.cli.convert.conversion_source import is_converted, subject
    from lava_intsnn.formats.netx.converted_refusal import refuse_netx

    if getattr(args, "pretrained", False) or not is_converted(args.subject):
        return
    if args.format != "netx":
        raise ValueError(
            f"{args.subject} holds a converted network, whose neurons {args.format} lacks: "
            "`lava-intsnn convert compile` writes them as neuron programs"
        )
    whole = argparse.Namespace(file=args.subject, levels=None, thresholds=None, scale=None)
    refuse_netx(subject(whole).network)
