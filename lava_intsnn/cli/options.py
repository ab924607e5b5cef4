"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
import textwrap
from collections.abc import Callable
from typing import Any

from lava_intsnn.cores import MAX_WORKERS


def command(commands: Any, name: str, module: Any) -> None:
    """Add the command of a module.

    Parameters
    ----------
    commands : object
        What ``add_subparsers`` returned.
    name : str
    module : module
        ``HELP``; ``DESCRIPTION``, if there is more to say; ``EXAMPLES``, which are ``(what it does,
        command line)``; ``add(parser)``, which declares the options; and ``run(args)``, which
        returns the exit status.
    """
    text = "\n".join(f"  # {what}\n  lava-intsnn {line}" for what, line in module.EXAMPLES)
    about = f"{module.HELP[0].upper()}{module.HELP[1:]}. {getattr(module, 'DESCRIPTION', '')}"
    parser = commands.add_parser(
        name,
        help=module.HELP,
        description=textwrap.fill(about, width=78),
        epilog=f"examples:\n{text}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=module.run)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    module.add(parser)


def at_least(low: int, most: int | None = None) -> Callable[[str], int]:
    """Return an argument type: an integer of at least ``low``, and at most ``most`` if given."""

    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r}: must be an integer") from None
        if value < low:
            raise argparse.ArgumentTypeError(f"{value}: must be at least {low}")
        if most is not None and value > most:
            raise argparse.ArgumentTypeError(f"{value}: must be at most {most}")
        return value

    return convert


positive = at_least(1)


def integers(text: str) -> tuple[int, ...]:
    """Convert ``"0,1"``, the type of an argument that takes several integers."""
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r}: must be integers with commas between them, such as 0,1"
        ) from None


#: Options that several commands have, and what argparse knows of them.
SHARED: dict[str, dict[str, Any]] = {
    "--batch": {"type": positive, "metavar": "B", "help": "default: the network's own"},
    "--data-dir": {
        "metavar": "DIR",
        "help": "folder with a preset's data files (default: LAVA_INTSNN_DATA, then a download)",
    },
    "--epochs": {"type": positive, "metavar": "N"},
    "--guarded": {
        "action": "store_true",
        "help": "neurons as Lava's model of Loihi's LIF computes them: six guard bits, decay "
        "toward zero, ties to the lowest class",
    },
    "--hold-out-speakers": {"type": integers, "metavar": "I,J"},
    "--json": {"action": "store_true", "help": "end standard output with one line of JSON"},
    "--limit": {"type": positive, "metavar": "N"},
    "--precision": {
        "metavar": "S-I",
        "help": "bits of shadow and inference weights: 16-16, 16-12, 16-8, 16-4, 8-8, 8-4 "
        "(default: the preset's own, mostly 16-8); or fp32, the float32 twin without rounding or "
        "widths",
    },
    "--quiet": {"action": "store_true", "help": "no progress"},
    "--resume": {"metavar": "FILE", "help": "resume from this checkpoint"},
    "--seed": {"type": int, "metavar": "S", "help": "default 0"},
    "--steps": {"type": positive, "metavar": "T"},
    "--threads": {
        "type": at_least(1, MAX_WORKERS),
        "metavar": "K",
        "help": "default: all cores; changes no result",
    },
    "--validate": {"type": positive, "metavar": "N"},
}


def add(parser: Any, *names: str, **own: Any) -> None:
    """Add options of :data:`SHARED` to a parser or group, with ``own`` settings of the command."""
    for name in names:
        parser.add_argument(name, **SHARED[name] | own)


def add_count(
    parser: Any,
    name: str,
    metavar: str,
    help: str,
    *,
    low: int = 1,
    most: int | None = None,
    **own: Any,
) -> None:
    """Add an option that takes an integer of at least ``low``, and at most ``most`` if given."""
    parser.add_argument(name, type=at_least(low, most), metavar=metavar, help=help, **own)


def add_validation(parser: argparse.ArgumentParser) -> None:
    """Add ``--validate`` and ``--hold-out-speakers``, one of which may be given."""
    either = parser.add_mutually_exclusive_group()
    alone = "and leave the test set alone"
    add(either, "--validate", help=f"hold out the last N training samples {alone}")
    speakers = f"hold out these training speakers (spoken digits) {alone}"
    add(either, "--hold-out-speakers", help=speakers)


def add_subject(parser: argparse.ArgumentParser, *, pretrained: bool = True, **own: Any) -> None:
    """Add what :func:`~.subject.run_of` reads, with ``own`` settings of the command."""
    subject = (
        "a checkpoint of `train --out` or `import`, or, untrained, a network as JSON or a preset"
    )
    settings: dict[str, Any] = {"metavar": "FILE_OR_PRESET", "help": subject}
    parser.add_argument("subject", **settings | own)
    if pretrained:
        trained = "of a preset: the trained network that comes with the package"
        parser.add_argument("--pretrained", action="store_true", help=trained)


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add what :func:`~.subject.network_and_state` reads."""
    add_subject(parser)
    add(parser, "--precision")


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add what :mod:`~.samples` reads: files of the user's own, or the folder of a preset's."""
    from lava_intsnn.cli.samples import READINGS, reading

    group = parser.add_argument_group("data")
    own = (
        "your own data in place of the preset's: .npz with X and y, IDX files, HDF5 in the layout "
        "of SHD, or a folder with a folder of images for each class"
    )
    group.add_argument("--data", metavar="PATH", help=own)
    test = "test data, if --data holds none (it may have parts, such as x_test or a folder test)"
    group.add_argument("--test", metavar="PATH", help=test)
    how = f"how to read them, where they do not say it; may be repeated: {READINGS}"
    group.add_argument(
        "--read", action="append", type=reading, default=[], metavar="NAME=VALUE", help=how
    )
    add(group, "--data-dir")


def check_folder(out: str | None, *, option: str = "--out") -> None:
    """Raise an error now, not after an epoch, if the file of ``option`` cannot be saved."""
    if not out:
        return
    folder = os.path.dirname(os.path.abspath(out))
    if not os.path.isdir(folder):
        raise ValueError(f"{option} {out}: there is no folder {folder}; make it first")
    if os.path.isdir(out):
        raise ValueError(f"{option} {out}: is a folder; give the name of a file")
