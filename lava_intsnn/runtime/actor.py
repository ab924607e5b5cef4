"""One operating-system process of a Lava network: a ProcessModel or a runtime service."""

from __future__ import annotations

import collections
import contextlib
import linecache
import multiprocessing
import os
import signal
import traceback
from collections.abc import Iterator
from types import FrameType
from typing import Any

from lava.magma.core.model.py.model import AbstractPyProcessModel

from . import ports, variables
from .errors import Failure
from .lifetime import deferred_interrupt, die_with_parent, in_main_thread

FORK = multiprocessing.get_context("fork")  # Lava's channels are inherited, never pickled
_MACHINERY = ("lava.magma.", "threading", "queue", "multiprocessing", "contextlib", __package__)


class Actor(FORK.Process):  # type: ignore[name-defined]
    """A child process that reports over a pipe and dies with its parent.

    Lava's own `SystemProcess` sends the exception itself, which is lost when it cannot be pickled,
    and it reports nothing for `SystemExit`. This class sends the traceback as text.

    Parameters
    ----------
    builder : AbstractProcessBuilder or RuntimeServiceBuilder
        Builds the model in the child.
    label : str
        Name of this actor in errors.
    """

    def __init__(self, builder: Any, label: str) -> None:
        super().__init__(name=label)
        self._builder = builder
        self._parent_id = os.getpid()
        self._by_main_thread = in_main_thread()
        self._pipe, self._child_pipe = FORK.Pipe()
        self.is_service = not hasattr(builder, "proc_model")
        self.built = False
        self.traceback: str | None = None
        self.place: str | None = None  # answer to `ask_place`
        self._replies: collections.deque[tuple[str, Any]] = collections.deque()

    # ---- in the child

    def run(self) -> None:
        """Build the model and serve it until STOP (called by multiprocessing in the child)."""
        die_with_parent(self._parent_id, forked_by_main_thread=self._by_main_thread)
        signal.set_wakeup_fd(-1)  # the parent's event loop must not see our signals
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
        signal.signal(signal.SIGUSR1, self._tell_place)
        pipe = self._child_pipe
        ports.repair_wakeups()
        try:
            model = self._builder.build()
            if isinstance(model, AbstractPyProcessModel):
                variables.install(model, pipe)
            pipe.send(("built", None))
            model.start()
        except BaseException:
            pipe.send(("failed", traceback.format_exc()))
            raise SystemExit(1) from None

    def _tell_place(self, _: int, frame: FrameType | None) -> None:
        while frame is not None and frame.f_code is not Actor.run.__code__:
            if not str(frame.f_globals.get("__name__")).startswith(_MACHINERY):
                code = frame.f_code
                line = linecache.getline(code.co_filename, frame.f_lineno).strip()
                where = f"{code.co_filename}:{frame.f_lineno}, in {code.co_name}: {line}"
                return self._child_pipe.send(("place", where))
            frame = frame.f_back
        return self._child_pipe.send(("place", "waits for the next command"))

    # ---- in the parent

    def start(self) -> None:
        """Fork the child."""
        with deferred_interrupt(), _childbearing():
            super().start()
            self._child_pipe.close()  # so that the pipe signals end-of-file when the child ends
            self._builder = None

    def collect(self) -> None:
        """Read what the child has reported so far. Does not block."""
        try:
            while self._pipe.poll():
                kind, content = self._pipe.recv()
                if kind == "built":
                    self.built = True
                elif kind == "failed":
                    self.traceback = content
                elif kind == "place":
                    self.place = content
                else:
                    self._replies.append((kind, content))
        except (EOFError, OSError):
            pass  # closed: the child has ended

    def reply(self) -> tuple[str, Any] | None:
        """Return the next answer to a Var request, or None."""
        self.collect()
        return self._replies.popleft() if self._replies else None

    def send(self, value: Any) -> None:
        """Send to the child. Does nothing if it has ended, which `failure` reports."""
        with contextlib.suppress(OSError):
            self._pipe.send(value)

    def wait_reply(self, seconds: float) -> None:
        """Sleep until the child reports something, at most `seconds`."""
        self._pipe.poll(seconds)

    def ask_place(self) -> None:
        """Ask the child which line it runs; `place` holds the answer after a later `collect`."""
        if self.built and self.is_alive():
            os.kill(self.pid, signal.SIGUSR1)

    def failure(self) -> Failure | None:
        """Return how this actor failed, or None if it runs or has ended normally."""
        ended = not self.is_alive()  # checked first, so that its last reports can be read below
        self.collect()
        if self.traceback is not None:
            return Failure(self.name, self.traceback)
        if not ended or (self.exitcode == 0 and self.built):
            return None
        return Failure(self.name, _describe_end(self.exitcode))

    def release(self) -> None:
        """Kill the child if it still runs, and free its resources."""
        if self._popen is not None:
            self.kill()
            self.join()
            self.close()
        self._pipe.close()
        self._child_pipe.close()


@contextlib.contextmanager
def _childbearing() -> Iterator[None]:
    """Let a daemonic process, such as a worker of a pool, start children.

    multiprocessing forbids this because children would outlive a killed worker. Actors do not.
    """
    config = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    daemon = config.pop("daemon", False)
    try:
        yield
    finally:
        config["daemon"] = daemon


def _describe_end(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        cause = " (memory may have run out)" if name == "SIGKILL" else ""
        return f"its operating-system process was ended by {name}{cause}"
    return f"its operating-system process ended without a traceback, exit code {code}"
