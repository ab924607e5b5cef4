"""How our ProcessModels are declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lava.magma.core.decorator import implements, requires
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

_Model = TypeVar("_Model", bound=type)


def model_of(process: type[AbstractProcess], *tags: str) -> Callable[[_Model], _Model]:
    """Declare a class a ProcessModel of ``process`` on a CPU, under Loihi's protocol.

    ``tags`` are all that it has: Lava's own ``tag`` would add them to those of the parent.
    """

    def declare(model: _Model) -> _Model:
        model.tags = list(tags)  # type: ignore[attr-defined]
        return implements(proc=process, protocol=LoihiProtocol)(requires(CPU)(model))

    return declare
