"""Lava's classes for models on neuron cores, or stand-ins of the same shape where it has none.

They were part of Lava up to its first public releases and are part of INRC's extension since. A
stand-in declares and does nothing: it lets generated models be imported, read and tested without
that extension. Which of the two there are, :data:`HAS_BOARD` says.
"""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

# isort: split
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from lava.magma.core.model.model import AbstractProcessModel

try:
    from lava.magma.core.model.nc.model import AbstractNcProcessModel
    from lava.magma.core.model.nc.ports import NcInPort, NcOutPort
    from lava.magma.core.model.nc.type import LavaNcType

    HAS_BOARD = True
except ImportError:
    HAS_BOARD = False

    class AbstractNcProcessModel(AbstractProcessModel):  # type: ignore[no-redef]
        """A ProcessModel on neuron cores: the compiler calls ``allocate`` once."""

        @abstractmethod
        def allocate(self, net: Any) -> None:
            """Ask ``net`` for what the model needs of neuron cores."""

    class NcInPort:  # type: ignore[no-redef]
        """A port into neuron cores."""

        VEC_DENSE = "vector, dense"

    class NcOutPort:  # type: ignore[no-redef]
        """A port out of neuron cores."""

        VEC_DENSE = "vector, dense"

    @dataclass
    class LavaNcType:  # type: ignore[no-redef]
        """How a model implements a Var or port: class, numpy type and width in bits."""

        cls: Any
        d_type: Any
        precision: int | None = None


__all__ = ["HAS_BOARD", "AbstractNcProcessModel", "LavaNcType", "NcInPort", "NcOutPort"]
