"""What Lava 0.10, its last release, needs before it runs on a newer Python or numpy.

Lava was written for Python 3.10 and numpy 1. Each cure here changes one thing of Lava, only where
it is needed, and leaves numpy and the standard library as they are. ``import lava_intsnn`` brings
the first, which acts when Lava is imported later, and :mod:`lava_intsnn.lava_start` the second.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

_VAR_MODEL = "lava.magma.compiler.var_model"
#: A dataclass whose instances are defaults of fields. Python 3.11 takes only defaults with a hash.
_AS_IT_IS = "@dataclass\nclass ByteEncoder:"
_WITH_A_HASH = "@dataclass(unsafe_hash=True)\nclass ByteEncoder:"


class _CuredLoader(SourceFileLoader):
    """Compiles ``var_model`` with the hash, past the bytecode that Python keeps of the file."""

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.path).decode("utf-8").replace(_AS_IT_IS, _WITH_A_HASH)
        return compile(source, self.path, "exec", dont_inherit=True)


class _CureFinder:
    """Finds ``var_model`` where Python would, and gives it the loader above."""

    @staticmethod
    def find_spec(
        fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != _VAR_MODEL:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _CuredLoader(fullname, spec.origin)
        return spec


def hash_for_a_default() -> None:
    """Let Python 3.11 and newer import Lava's ``var_model``, from now on.

    Since 3.11 a dataclass refuses a default without a hash (python/cpython#88840). The module fails
    while it is executed, so nothing can be changed before or after: its source is.
    """
    if sys.version_info >= (3, 11) and _CureFinder not in sys.meta_path:
        sys.meta_path.insert(0, _CureFinder)


def reshape_with_shape() -> None:
    """Let reshaped ports call ``np.reshape(shape=)``: numpy 2.4 dropped the name ``newshape``."""
    import inspect

    import numpy as np

    if "shape" in inspect.signature(np.reshape).parameters:
        ReshapePort = import_module("lava.magma.core.process.ports.ports").ReshapePort
        ReshapePort.get_transform_func_fwd = lambda self: partial(np.reshape, shape=self.shape)
        ReshapePort.get_transform_func_bwd = lambda self: partial(np.reshape, shape=self.old_shape)
