"""What can go wrong in a Lava session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class SessionError(RuntimeError):
    """A session cannot do what was asked of it: it is closed, not open, or still running."""


class ModelSelectionError(SessionError):
    """The run configuration found no ProcessModel for a Process."""


class SessionTimeoutError(SessionError, TimeoutError):
    """The Lava network did not answer within the limit. The session is closed."""


class VarError(SessionError, ValueError):
    """A Var cannot be read, or cannot hold the value given. The session stays open."""


@dataclass(frozen=True)
class Failure:
    """One Process that failed.

    Attributes
    ----------
    who : str
        The Process: its name, its class, its ProcessModel.
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
        Every Process that failed, in the order in which they were noticed.
    """

    def __init__(self, doing: str, failures: Sequence[Failure]) -> None:
        self.failures = tuple(failures)
        many = f"{len(self.failures)} Processes" if len(self.failures) > 1 else "a Process"
        parts = [f"{many} failed while {doing}; the session is closed."]
        parts += [f"\n{failure.who}:\n{failure.what.rstrip()}" for failure in self.failures]
        super().__init__("\n".join(parts))
