"""Child processes that die with their parent, and interrupts deferred to a safe moment."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

_PR_SET_PDEATHSIG = 1
_POLL_SECONDS = 0.5


def _load_prctl() -> Callable[..., int] | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None, use_errno=True).prctl
    except (AttributeError, OSError):
        return None


# Resolved once, here, because a freshly forked child should not load libraries.
_prctl = _load_prctl()


def die_with_parent(parent: int, *, forked_by_main_thread: bool) -> None:
    """Make this child process end when its parent ends, for whatever reason.

    Parameters
    ----------
    parent : int
        Process id of the parent, taken before the fork.
    forked_by_main_thread : bool
        The kernel sends the death signal when the *thread* that forked ends, not the process. It is
        used only for children of the main thread; others check their parent every half second.
    """
    if _prctl is not None and forked_by_main_thread:
        _prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True, name="parent-watch").start()
    if os.getppid() != parent:  # the parent ended before the signal was requested
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def in_main_thread() -> bool:
    """Tell whether the caller runs in the interpreter's main thread."""
    return threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def deferred_interrupt() -> Iterator[None]:
    """Defer Ctrl-C to the end of the block, so that no resource is lost between two lines."""
    previous: Any = signal.getsignal(signal.SIGINT) if in_main_thread() else None
    if not callable(previous):
        yield
        return
    pending: list[tuple[int, Any]] = []
    signal.signal(signal.SIGINT, lambda number, frame: pending.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
        if pending:
            previous(*pending[0])
