"""Which engine runs a network: the integer one or the float32 twin."""

from __future__ import annotations

from lava_intsnn.engine import engine as integer
from lava_intsnn.executor import AnyEngine
from lava_intsnn.network import Network
from lava_intsnn.state import State


def engine_for(network: Network, state: State, *, threads: int | None = None) -> AnyEngine:
    """Return the engine for the network's precision, to be used as a context manager.

    Parameters
    ----------
    threads : int, optional
        All usable cores by default; changes no result.

    Raises
    ------
    NetworkError
        If the network's bounds do not hold.
    ValueError
        If the state does not fit the network.
    """
    if network.precision.floating:
        from lava_intsnn.floating import FloatEngine

        return FloatEngine(network, state, threads=threads)
    return integer.Engine(network, state, threads=threads)


def warm_up(network: Network) -> None:
    """Compile what the network's engine needs; fp32 needs next to nothing.

    The engines do so by themselves when they first meet a batch; call this before a clock starts.
    """
    if not network.precision.floating:
        integer.warm_up(network)
