"""What works on memory of its own serves one thread at a time, and says so to a second one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class ConcurrentUseError(RuntimeError):
    """A second thread called something that a first one was using; nothing has changed."""


class OneThread:
    """Lets one thread in at a time, as often as it likes, and refuses others at once.

    Parameters
    ----------
    what : str
        How the error names what is in use: "Engine".
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.RLock()
        self._user = ""

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise ConcurrentUseError(
                f"this {self._what} is being used by the thread {self._user!r}: one thread at a "
                f"time can use it, so give each thread a {self._what} of its own"
            )
        self._user = threading.current_thread().name

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[type[OneThread], tuple[str]]:
        return OneThread, (self._what,)  # a copy of what it guards is nobody's yet


def one_thread(method: F) -> F:
    """Make a method refuse a second thread; its object has a :class:`OneThread` as ``_guard``."""

    @wraps(method)
    def guarded(self: Any, *args: Any, **options: Any) -> Any:
        with self._guard:
            return method(self, *args, **options)

    return cast(F, guarded)
