"""The number of cores that this process may use, and a thread pool that survives a fork."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class WorkerThreads(ThreadPoolExecutor):
    """A thread pool that a forked child starts again.

    A child inherits no threads, so waiting for those of its parent would deadlock.

    Parameters
    ----------
    number : int
        Maximum number of threads.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self._process = os.getpid()

    def submit(self, work: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Run ``work(*args, **options)`` in a thread."""
        if self._process != os.getpid():
            WorkerThreads.__init__(self, self._max_workers)
        return super().submit(work, *args, **options)
