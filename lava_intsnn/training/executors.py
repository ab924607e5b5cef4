"""The registry of executors by name.

Some executors are defined in higher layers, which import this one. The registry therefore stores
the text ``"module:function"`` for each name, like an entry point, and imports the module when an
executor of that name is requested.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.nearest_name import choices

if TYPE_CHECKING:
    from lava_intsnn.contract import Executor
    from lava_intsnn.network import Network
    from lava_intsnn.state import State

#: Makes an executor from a network and a state, with the keywords ``threads`` and ``learning``.
Factory = Callable[..., "Executor"]

_HERE = __name__
_HOMES: dict[str, str | Factory] = {
    "engine": f"{_HERE}:engine_for",
    "lava": "lava_intsnn.systems.network_session:lava_executor",
    "microcode": "lava_intsnn.loihi.microcode.chip:chip_executor",
    "lava-microcode": "lava_intsnn.systems.network_session:lava_microcode_executor",
    "learning-engine": "lava_intsnn.systems.learning_dense_session:learning_dense_executor",
    "reference": f"{_HERE}:_reference",
    "float": f"{_HERE}:_float",
}


def backends() -> tuple[str, ...]:
    """Return the names of all executors."""
    return tuple(_HOMES)


def register(name: str, home: str | Factory) -> None:
    """Add a kind of executor to those that :func:`executor` makes.

    Parameters
    ----------
    name : str
    home : str or callable
        ``"module:function"``, or the function itself. The function receives a network, a state and
        the keywords ``threads`` and ``learning``, and returns an
        :class:`~lava_intsnn.contract.Executor`.

    Raises
    ------
    ValueError
        If the name is taken.
    """
    if name in _HOMES:
        raise ValueError(f"backend {name!r} exists already: choose another name")
    _HOMES[name] = home


@checks_kinds
def executor(
    network: Network,
    state: State,
    *,
    backend: str = "engine",
    threads: int | None = None,
    learning: bool = True,
) -> Executor:
    """Return an executor of ``network``, for use in a ``with`` statement.

    Parameters
    ----------
    network : Network
    state : State
        The initial state. It is not modified.
    backend : str
        ``"engine"``, the fastest, which runs fp32 as well; ``"lava"``, Processes in Lava's
        simulator; ``"microcode"``, compiled programs on virtual Loihi 2 cores;
        ``"lava-microcode"``, the same inside Lava; ``"learning-engine"``, Lava's LearningDense;
        ``"reference"``, plain numpy, slow; ``"float"``, for fp32 only; or a name passed to
        :func:`~lava_intsnn.training.executors.register`.
    threads : int, optional
        Threads of the engine; all usable cores by default. It does not affect results.
    learning : bool
        Whether the executor must be able to learn. If not, Lava and the chip are set up for
        inference only.

    Raises
    ------
    ValueError
        If there is no such backend, or the state does not fit the network.
    NetworkError
        If the network's bounds do not hold, or the backend cannot run it. The message says why.
    """
    home = _HOMES.get(backend)
    if home is None:
        raise ValueError(f"backend {backend!r}: known are {choices(backend, _HOMES)}")
    if isinstance(home, str):
        module, name = home.split(":")
        home = getattr(import_module(module), name)
    return home(network, state, threads=threads, learning=learning)


def engine_for(
    network: Network, state: State, *, threads: int | None = None, learning: bool = True
) -> Executor:
    """Return the engine for the network's precision: the integer engine or the float32 twin.

    With ``learning`` the kernels are compiled, or loaded, here, so that no timed run includes it.
    """
    if network.precision.floating:
        return _float(network, state, threads=threads)
    from lava_intsnn.engine.engine import Engine, warm_up

    engine = Engine(network, state, threads=threads)
    if learning:
        warm_up(network)
    return engine


def _float(
    network: Network, state: State, *, threads: int | None = None, learning: bool = True
) -> Executor:
    from lava_intsnn.floating import FloatEngine

    return FloatEngine(network, state, threads=threads)


def _reference(
    network: Network, state: State, *, threads: int | None = None, learning: bool = True
) -> Executor:
    from lava_intsnn.reference import ReferenceExecutor

    return ReferenceExecutor(network, state)
