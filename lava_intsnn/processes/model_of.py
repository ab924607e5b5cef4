"""The decorator that declares our ProcessModels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lava.magma.core.decorator import implements, requires
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

_Model = TypeVar("_Model", bound=type)


def model_of(process: type[AbstractProcess], *tags: str) -> Callable[[_Model], _Model]:
    """Declare a class as a ProcessModel of ``process`` on a CPU, with Loihi's protocol.

    The class has only these ``tags``. Lava's own ``tag`` would add them to those of the base class.
    """

    def declare(model: _Model) -> _Model:
        model.tags = list(tags)  # type: ignore[attr-defined]
        return implements(proc=process, protocol=LoihiProtocol)(requires(CPU)(model))

    return declare
