"""Exceptions of a Lava session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class SessionError(RuntimeError):
    """The session cannot do this now: it is closed, not open, or still running."""


class ModelSelectionError(SessionError):
    """The run configuration found no ProcessModel for a Process."""


class SessionTimeoutError(SessionError, TimeoutError):
    """The Lava network did not answer within the limit. The session is closed."""


class VarError(SessionError, ValueError):
    """A Var cannot be read, or cannot hold the given value. The session stays open."""


@dataclass(frozen=True)
class Failure:
    """The failure of one Process.

    Attributes
    ----------
    who : str
        Name, class and ProcessModel of the Process.
    what : str
        The ProcessModel's traceback, or how its operating-system process ended.
    """

    who: str
    what: str


class ProcessModelError(SessionError):
    """A ProcessModel raised, or its operating-system process died. The session is closed.

    Attributes
    ----------
    failures : tuple of Failure
        Every failure, in the order of detection.
    """

    def __init__(self, doing: str, failures: Sequence[Failure]) -> None:
        self.failures = tuple(failures)
        many = f"{len(self.failures)} Processes" if len(self.failures) > 1 else "a Process"
        parts = [f"{many} failed while {doing}; the session is closed."]
        parts += [f"\n{failure.who}:\n{failure.what.rstrip()}" for failure in self.failures]
        super().__init__("\n".join(parts))
