"""The number of cores that this process may use, and a thread pool that survives a fork."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


#: Most threads, or processes, that may be asked for: each takes memory, and beyond the number of
#: cores they gain nothing.
MAX_WORKERS = 512


def thread_count(threads: int | None, refusal: type[ValueError] = ValueError) -> int:
    """Return how many threads to use; None means as many as there are cores.

    Raises
    ------
    ValueError
        Or ``refusal``, if ``threads`` is not in 1..512.
    """
    if threads is None:
        return usable_cores()
    if threads < 1:
        raise refusal(f"threads = {threads}: must be at least 1")
    if threads > MAX_WORKERS:
        raise refusal(
            f"threads = {threads}: must be at most {MAX_WORKERS}, and more than the "
            f"{usable_cores()} cores of this machine gain nothing"
        )
    return threads


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
