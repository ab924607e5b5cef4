"""Detection of failed actors and timeouts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import NoReturn

from .actor import Actor
from .errors import Failure, ProcessModelError, SessionTimeoutError

#: Seconds that the other Processes may take to report a failure after the first one.
_GRACE_SECONDS = 0.15
#: Seconds that a failed Process may take to send its traceback.
_TRACEBACK_SECONDS = 5.0
#: Seconds that the Processes may take to report which line they run.
_PLACE_SECONDS = 0.3


class Watch:
    """Checks the actors while the runtime waits for them.

    Parameters
    ----------
    actors : callable
        Returns the actors of the network.
    """

    def __init__(self, actors: Callable[[], list[Actor]]) -> None:
        self._actors = actors
        self.doing: str | None = None
        self.limit: float | None = None
        self._deadline = math.inf

    def begin(self, doing: str, limit: float | None) -> None:
        """Start the timer: `doing` may take `limit` seconds, or any time if None."""
        self.doing, self.limit = doing, limit
        self._deadline = math.inf if limit is None else time.monotonic() + limit

    def end(self) -> None:
        """Stop the timer."""
        self.doing, self.limit, self._deadline = None, None, math.inf

    def check(self) -> None:
        """Raise ProcessModelError or SessionTimeoutError if one is due."""
        if any(actor.failure() for actor in self._actors()):
            self.raise_failures()
        if time.monotonic() > self._deadline:
            raise SessionTimeoutError(self._timeout_text())

    def raise_failures(self) -> NoReturn:
        """Collect the failures of all actors and raise them as one ProcessModelError."""
        found: dict[Actor, Failure] = {}
        until = time.monotonic() + _TRACEBACK_SECONDS
        while time.monotonic() < until and len(found) < len(self._actors()):
            for actor in self._actors():
                if actor not in found and (failure := actor.failure()) is not None:
                    if not found:
                        until = time.monotonic() + _GRACE_SECONDS
                    found[actor] = failure
            time.sleep(0.005)
        failures = list(found.values()) or [
            Failure("Lava's runtime service", "answered with an error and gave no reason")
        ]
        raise ProcessModelError(self.doing or "idle", failures)

    def _timeout_text(self) -> str:
        for actor in self._actors():
            actor.ask_place()
        until = time.monotonic() + _PLACE_SECONDS
        asked = [actor for actor in self._actors() if not actor.is_service]
        while time.monotonic() < until and any(actor.place is None for actor in asked):
            time.sleep(0.005)
            for actor in asked:
                actor.collect()
        places = [f"\n- {a.name}: {a.place or 'no answer (busy outside Python)'}" for a in asked]
        return (
            f"{self.doing} took longer than the limit of {self.limit} s; the session is closed. "
            "Raise `timeout` (None means no limit) if the network is only slow. If it hangs, look "
            "for a Process that waits for a message that is never sent. The Processes were here:"
            + "".join(places)
        )
