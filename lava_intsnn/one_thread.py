"""A guard for objects that only one thread at a time may use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


class ConcurrentUseError(RuntimeError):
    """A second thread called an object while another thread was using it; nothing has changed."""


class OneThread:
    """A reentrant guard that admits one thread at a time and raises an error in any other.

    Parameters
    ----------
    what : str
        Name of the object in the error, for example "Engine".
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.RLock()
        self._user = ""

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise ConcurrentUseError(
                f"this {self._what} is being used by the thread {self._user!r}: one thread at a "
                f"time can use it, so give each thread one of its own"
            )
        self._user = threading.current_thread().name

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[type[OneThread], tuple[str]]:
        return OneThread, (self._what,)  # no thread uses the copy yet


def one_thread(method: F) -> F:
    """Decorate a method with its object's :class:`OneThread`, the attribute ``_guard``."""

    @wraps(method)
    def guarded(self: Any, *args: Any, **options: Any) -> Any:
        with self._guard:
            return method(self, *args, **options)

    return cast(F, guarded)
