"""``lava-intsnn install-lava``: put Lava beside this package, on any Python."""

from __future__ import annotations

import argparse
import shlex
import subprocess

from lava_intsnn.cli import options
from lava_intsnn.cli.console import EXIT_FAILED, Console

HELP = "install Lava, whose own metadata admits Python 3.10 only"
DESCRIPTION = """Lava 0.10 runs on Python 3.10 to 3.13 and numpy 1 and 2 with this package, but its
metadata admits Python 3.10 and numpy 1 only, so that pip refuses it elsewhere. This command sets
the metadata aside. It uses pip, or uv where there is no pip, and installs nothing else."""
EXAMPLES = [
    ("install Lava into the Python that runs this command", "install-lava"),
    ("only show the command that would do it", "install-lava --dry-run"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--dry-run", action="store_true", help="print the command, run nothing")
    options.add(parser, "--json")


def run(args: argparse.Namespace) -> int:
    """Run pip or uv."""
    from lava_intsnn.lava_install import install_command

    console = Console(args)
    command = install_command()
    console.say(shlex.join(command))
    status = 0
    if not args.dry_run:
        status = subprocess.run(command, check=False).returncode
    console.result(installer=command, status=status)
    return EXIT_FAILED if status else 0
