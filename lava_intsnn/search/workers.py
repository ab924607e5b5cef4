"""Trials in several processes, which always end with the process that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection

from lava_intsnn.search.errors import SearchError
from lava_intsnn.search.space import Values
from lava_intsnn.search.trial import Bar, Outcome, Task, run_trial

#: In a worker: its task and its threads.
_mine: tuple[Task, int] | None = None


class Workers:
    """Processes that run the trials of one search, started when the first trials come.

    Parameters
    ----------
    task : Task
    jobs : int
        Processes at most.
    threads : int
        Of each.
    """

    def __init__(self, task: Task, *, jobs: int, threads: int) -> None:
        # spawn: a forked copy of a process with threads (numba's, a caller's) may hang
        context = multiprocessing.get_context("spawn")
        self._ours, self._lifeline = context.Pipe()
        self._pool = ProcessPoolExecutor(
            jobs,
            mp_context=context,
            initializer=_begin,
            initargs=(task, threads, self._lifeline),
        )

    def run(
        self, trials: Sequence[tuple[int, Values]], bar: Bar | None
    ) -> Generator[Outcome, None, None]:
        """Yield outcomes as they come, in any order.

        Raises
        ------
        SearchError
            If a worker dies, for example because memory runs out.
        """
        try:
            futures = [self._pool.submit(_run, index, values, bar) for index, values in trials]
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool:
            raise SearchError(
                "a worker process died, which happens when memory runs out: finished trials are "
                "kept; go on with fewer --jobs"
            ) from None

    def close(self, *, done: bool) -> None:
        """End the processes: at once, unless all trials are ``done``."""
        if done:
            self._pool.shutdown()
        # Reached early on an interrupt or an error, without waiting for trials still running.
        self._ours.close()
        self._lifeline.close()
        self._pool.shutdown(cancel_futures=True)


def _begin(task: Task, threads: int, lifeline: Connection) -> None:
    """Make this process a worker."""
    global _mine
    from tqdm import tqdm

    # tqdm's own lock is a semaphore of the system, which a worker that ends at once leaves behind
    tqdm.set_lock(threading.RLock())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    _mine = (task, threads)
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()


def _end_with_parent(lifeline: Connection) -> None:
    """Wait for the other end of ``lifeline`` to close, which a kill of the parent does too."""
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


def _run(index: int, values: Values, bar: Bar | None) -> Outcome:
    if _mine is None:
        raise RuntimeError("a trial came to a process that is no worker")
    task, threads = _mine
    return run_trial(task, index, values, threads=threads, bar=bar)
