"""Wrappers of Lava's ports in which no wait can deadlock."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from queue import Empty
from typing import Any

import numpy as np
from lava.magma.compiler.channels.pypychannel import CspRecvPort, CspSendPort

#: Seconds between checks of the actors during a wait. A message ends the wait at once.
SLICE_SECONDS = 0.01


def repair_wakeups() -> None:
    """Make Lava's ports wake their selector for every message, in this process.

    Lava's port thread checks whether the queue is empty, then puts the message, then wakes the
    selector only if the queue was empty. A selector that empties the queue between the first two
    steps deadlocks: one of 80,000 short runs hung. A superfluous wake-up costs nothing.
    """
    CspRecvPort._req_callback = _on_message
    CspSendPort._ack_callback = _on_room


def _on_message(port: CspRecvPort, req: Any) -> None:
    with contextlib.suppress(EOFError):
        while req.acquire() and not port._done:
            port._queue.put_nowait(0)
            _wake(port)


def _on_room(port: CspSendPort, ack: Any) -> None:
    with contextlib.suppress(EOFError):
        while ack.acquire() and not port._done:
            port._semaphore.release()
            _wake(port)


def _wake(port: CspRecvPort | CspSendPort) -> None:
    observer = port.observer  # read once, because the selector may remove it meanwhile
    if observer is not None:
        observer()


class GuardedSend:
    """A send port of the runtime that checks the network while it waits for buffer space."""

    def __init__(self, port: CspSendPort, check: Callable[[], None]) -> None:
        self._port, self._check = port, check

    def send(self, data: np.ndarray) -> None:
        """Send, or raise the error that `check` raises."""
        slot = self._port._semaphore
        while not slot.acquire(timeout=SLICE_SECONDS):
            self._check()
        slot.release()  # only the runtime sends here, so the slot stays free
        self._port.send(data)


class GuardedRecv:
    """A receive port of the runtime that checks the network while it waits for a message."""

    def __init__(self, port: CspRecvPort, check: Callable[[], None]) -> None:
        self._port, self._check = port, check

    def probe(self) -> bool:
        """Return whether a message is available."""
        return self._port.probe()

    def wait(self, seconds: float) -> None:
        """Sleep until a message is available, at most `seconds`."""
        with contextlib.suppress(Empty):
            self._port._queue.get(timeout=seconds, peek=True)

    def recv(self) -> np.ndarray:
        """Receive, or raise the error that `check` raises."""
        while not self._port.probe():
            self.wait(SLICE_SECONDS)
            if not self._port.probe():
                self._check()
        return self._port.recv()
