"""Output of commands: text for people and, with ``--json``, one object for programs."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from lava_intsnn.markdown import plain_table
from lava_intsnn.printable_text import printable_lines

EXIT_DIFFERENT, EXIT_USER_ERROR, EXIT_FAILED = 1, 2, 3
EXIT_INTERRUPTED, EXIT_CLOSED_PIPE = 130, 141

#: Keys of every result; those that do not apply are null.
KEYS = (
    "command",
    "preset",
    "precision",
    "backend",
    "epochs",
    "seed",
    "batch",
    "samples",
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
    "saturated",
    "train_seconds",
    "samples_per_second",
    "identical",
    "file",
)


#: What commands lay rows out with.
table = plain_table


def say_error(text: object) -> None:
    """Write a message of ``lava-intsnn`` to standard error."""
    print(f"lava-intsnn: {printable_lines(str(text))}", file=sys.stderr)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, with a message on how to resume."""


class Console:
    """The output streams of a command.

    Text for people goes to standard output, or to standard error with ``--json``, so that a program
    reading standard output finds one line of JSON. ``--quiet`` drops the text.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        self.command = args.command
        self.json = bool(getattr(args, "json", False))
        self.quiet = bool(getattr(args, "quiet", False))

    def say(self, text: str = "") -> None:
        """Write a line for people."""
        if not self.quiet:
            # names and messages may come from a file of others
            clean = printable_lines(str(text))
            print(clean, file=sys.stderr if self.json else sys.stdout, flush=True)

    def result(self, **values: Any) -> None:
        """Write the JSON object, if ``--json`` is given: :data:`KEYS` first, then the rest."""
        if self.json:
            fields = {**dict.fromkeys(KEYS), "command": self.command, **values}
            sys.stderr.flush()
            print(json.dumps(fields), flush=True)


def percent(value: float | None) -> str:
    """Return ``97.66 %``, or a dash for None."""
    return "-" if value is None else f"{value:.2f} %"


def rate(samples: float, seconds: float) -> float:
    """Return samples per second, rounded to a tenth."""
    return round(samples / seconds, 1) if seconds > 0 else 0.0
