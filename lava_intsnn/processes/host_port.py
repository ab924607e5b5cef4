"""Ports between a Process and the program on the host, in messages alone.

They are Lava's external pipes, as its Injector and Extractor use them: a channel from the host to a
Process, or back. Nothing of the host's memory is read by a Process or written by one, so the same
Processes serve where the network runs on a board.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort

from lava_intsnn.runtime.errors import SessionError

#: Messages that may wait in a channel: samples that the host may send ahead.
BUFFER = 16


def from_host(shape: tuple[int, ...]) -> InPort:
    """Return a port that receives messages of ``shape`` from the host."""
    port = InPort(shape=shape)
    port.flag_external_pipe(buffer_size=BUFFER)
    return port


def to_host(shape: tuple[int, ...]) -> OutPort:
    """Return a port that sends messages of ``shape`` to the host."""
    port = OutPort(shape=shape)
    port.flag_external_pipe(buffer_size=BUFFER)
    return port


def send(port: InPort, message: np.ndarray, *, name: str) -> None:
    """Send a message from the host.

    Raises
    ------
    SessionError
        If the network does not run yet.
    ValueError
        If the message has another shape.
    """
    if message.shape != port.shape:
        raise ValueError(f"{name}: a message of shape {message.shape}: must be {port.shape}")
    _channel(port, "external_pipe_csp_send_port", name).send(message.astype(np.int32))


def receive(port: OutPort, *, name: str) -> np.ndarray:
    """Receive a message on the host; it waits for one.

    Raises
    ------
    SessionError
        If the network does not run yet.
    """
    found: np.ndarray = _channel(port, "external_pipe_csp_recv_port", name).recv()
    return found


def _channel(port: InPort | OutPort, attribute: str, name: str) -> Any:
    channel = getattr(port, attribute, None)
    if channel is None:
        raise SessionError(f"{name} has no channel to the host yet: open a session first")
    return channel
