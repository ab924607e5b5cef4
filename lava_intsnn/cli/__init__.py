"""The command line: one small module per command.

Nothing heavy is imported here: ``--help`` and ``info`` answer at once, and Lava is loaded only by
commands that run in it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from lava_intsnn import __version__
from lava_intsnn.cli import console, options
from lava_intsnn.cli.suggesting_parser import SuggestingParser
from lava_intsnn.cli.written_files import keep_data

#: Commands in the order of the help text; each is a module of this package.
COMMANDS = (
    "demo",
    "new",
    "train",
    "eval",
    "run",
    "verify",
    "sweep",
    "compile",
    "assemble",
    "profile",
    "convert",
    "export",
    "import",
    "report",
    "info",
    "install-lava",
)
#: Modules that cannot have their command's name.
_MODULES = {"import": "import_file", "install-lava": "install_lava"}


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = SuggestingParser(
        prog="lava-intsnn",
        description="Integer-only spiking networks that learn online, on Lava.",
        epilog="examples:\n"
        "  lava-intsnn demo\n"
        "  lava-intsnn train digits-snn --out digits.npz\n"
        "  lava-intsnn eval digits.npz --backend reference\n"
        "  lava-intsnn info mnist-snn\n\n"
        "Every command has examples in its own --help.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"lava-intsnn {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = import_module(f"{__name__}.{_MODULES.get(name, name)}")
        if name == "convert":
            module.add(commands)
        else:
            options.command(commands, name, module)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status.

    0 is success, 1 a difference found by ``verify``, ``run``, ``demo`` or ``convert certify``, 2
    an error that the user can correct (a wrong value, missing data, a damaged file), 3 a failure
    inside Lava, 130 an interrupt, 141 a closed output pipe.
    """
    args = parser().parse_args(argv)
    debug = args.debug or os.environ.get("LAVA_INTSNN_DEBUG", "") not in ("", "0")
    try:
        keep_data(args)
        return args.run(args)
    except BrokenPipeError:  # the reader, such as `head`, has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return console.EXIT_CLOSED_PIPE
    except (ValueError, OSError) as error:  # ours all derive from ValueError
        if debug:
            raise
        console.say_error(f"error: {error}")
        return console.EXIT_USER_ERROR
    except MemoryError as error:
        if debug:
            raise
        console.say_error(f"error: there is not enough memory for this. {error}".rstrip())
        return console.EXIT_USER_ERROR
    except ModuleNotFoundError as error:
        if debug or error.name != "lava":
            raise
        console.say_error(f"error: {error}")
        return console.EXIT_USER_ERROR
    except RuntimeError as error:
        if debug or not _is_lavas(error):
            raise
        console.say_error(f"error in Lava: {error}")
        return console.EXIT_FAILED
    except KeyboardInterrupt as error:
        hint = f": {error}" if isinstance(error, console.Interrupted) else ""
        print(file=sys.stderr)
        console.say_error(f"interrupted{hint}")
        return console.EXIT_INTERRUPTED


def _is_lavas(error: RuntimeError) -> bool:
    """Whether a Lava session reports a failure; it carries the tracebacks. Imports nothing."""
    errors = sys.modules.get("lava_intsnn.runtime.errors")
    return errors is not None and isinstance(error, errors.SessionError)
