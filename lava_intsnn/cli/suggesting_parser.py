"""An argument parser that names the nearest command, option or choice for a misspelled one."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from lava_intsnn.nearest_name import nearest_name, suggestion


class SuggestingParser(argparse.ArgumentParser):
    """A parser whose refusals say what was probably meant. Subcommands' parsers are of it, too."""

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            raise argparse.ArgumentError(
                action,
                f"invalid choice: {value!r} (choose from {', '.join(known)}"
                f"{suggestion(value, known)})",
            )

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Refuse unknown arguments in the command's own parser, which knows its options."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown and self._subparsers is None:
            options = [word.partition("=")[0] for word in unknown if word.startswith("--")]
            near = nearest_name(options[0], self._option_string_actions) if options else None
            hint = f"; did you mean {near}?" if near else ""
            self.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
        return found, unknown
