"""Options that name a file to write: their endings agree with what is written there."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from typing import Any

from lava_intsnn.storage.file_endings import ENDINGS, check_ending

#: The options that name them.
WRITTEN = ("out", "save", "plot", "markdown", "figure", "nearest")


def add_written(parser: Any, option: str, what: str, help: str, **own: Any) -> None:
    """Add an option that names the file to write ``what``, one of :data:`ENDINGS`, to."""
    assert option.removeprefix("--") in WRITTEN
    parser.add_argument(option, metavar="FILE", help=help, type=ending_of(what), **own)


def ending_of(what: str) -> Callable[[str], str]:
    """Return an argument type: a file name whose ending fits ``what``."""

    def convert(text: str) -> str:
        try:
            check_ending(text, what)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return text

    return convert


def keep_data(args: argparse.Namespace) -> None:
    """Raise ValueError if a file to write is one that the samples are read from."""
    for source in ("data", "test"):
        read = getattr(args, source, None)
        for option in WRITTEN:
            path = getattr(args, option, None)
            if path and read and _same(path, read):
                raise ValueError(
                    f"--{option} {path}: is the file of --{source}, whose samples would be lost; "
                    "give another name"
                )


def _same(one: str, other: str) -> bool:
    return os.path.exists(one) and os.path.exists(other) and os.path.samefile(one, other)


def check_folder_name(path: str, *, option: str = "--out") -> None:
    """Raise ValueError if ``path``, which will be a folder, has the ending of a file."""
    ending = os.path.splitext(path)[1].lower()
    if ending in {one for known in ENDINGS.values() for one in known}:
        raise ValueError(f"{option} {path}: a folder is written, and {ending} is a file's ending")


def name_after(subject: str) -> str:
    """Return the name, without ending, of a file written by default about ``subject``.

    It is that of the preset, or of the file the user named. A name inside a file chooses none: it
    could overwrite one of the user's.
    """
    return file_name(os.path.splitext(os.path.basename(subject))[0])


def file_name(name: str) -> str:
    """Return the name of a network as a file name: what is special in a path becomes ``_``."""
    return re.sub(r"[^\w.\-]", "_", name).lstrip(".") or "network"
