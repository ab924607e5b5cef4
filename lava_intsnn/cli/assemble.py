"""``lava-intsnn assemble``: assemble a listing, which may be edited, into a program."""

from __future__ import annotations

import argparse
from dataclasses import replace

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console
from lava_intsnn.cli.written_files import add_written
from lava_intsnn.storage.file_kinds import kind_of_file
from lava_intsnn.storage.regular_file import read_regular

HELP = "assemble a listing into a program"
DESCRIPTION = """Weights and delays, of which a listing holds only digests, come from the program
it was written with. Code and constants may have been changed by hand. docs/microcode.md is the
manual of the instruction set."""
EXAMPLES = [
    (
        "the same program again",
        "assemble digits-loihi2/listing.txt --data digits-loihi2/program.npz --out again.npz",
    ),
]

#: Bytes of the longest listing, which holds no weights.
_MAX_LISTING = 1 << 24


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("listing", metavar="LISTING", help="text, such as listing.txt of `compile`")
    data = "program.npz of `compile`; the new program takes its weights and delays"
    parser.add_argument("--data", required=True, metavar="PROGRAM", help=data)
    add_written(parser, "--out", "program", "program to write", required=True)
    options.add(parser, "--json")


def run(args: argparse.Namespace) -> int:
    """Assemble."""
    from lava_intsnn.formats.program_file import load_program, save_program
    from lava_intsnn.loihi.microcode import Image, assemble

    console = Console(args)
    compiled = load_program(args.data)
    try:
        text = read_regular(args.listing, at_most=_MAX_LISTING).decode().replace("\r\n", "\n")
    except OSError as error:
        raise ValueError(f"{args.listing}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(
            f"{args.listing}: is no text, {kind_of_file(args.listing)}; LISTING is what "
            "`lava-intsnn compile` writes beside a program"
        ) from None
    program = assemble(text)
    image = Image(program, compiled.image.data, compiled.image.parameters)
    save_program(args.out, replace(compiled, image=image))
    same = program == compiled.image.program
    words = sum(len(phase.code) for group in program.groups for phase in group.phases)
    console.say(
        f"{args.out}: {words} instructions in {len(program.groups)} groups, "
        f"{'the same program as' if same else 'another program than'} {args.data}"
    )
    console.result(identical=same, instructions=words, file=args.out)
    return 0
