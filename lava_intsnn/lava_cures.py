"""What Lava 0.10, its last release, needs before it runs on a newer Python or numpy.

Lava was written for Python 3.10 and numpy 1. Each cure here changes one thing of Lava, only where
it is needed, and leaves numpy and the standard library as they are. :mod:`lava_intsnn.lava_start`
applies them.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from functools import partial
from typing import Any

_VAR_MODEL = "lava.magma.compiler.var_model"
#: A dataclass whose instances are defaults of fields. Python 3.11 takes only defaults with a hash.
_AS_IT_IS = "@dataclass\nclass ByteEncoder:"
_WITH_A_HASH = "@dataclass(unsafe_hash=True)\nclass ByteEncoder:"


def apply() -> None:
    """Apply the cures that this Python and this numpy ask for. A second call changes nothing."""
    import numpy as np

    if sys.version_info >= (3, 11) and _VAR_MODEL not in sys.modules:
        _give_the_default_a_hash()
    if "shape" in inspect.signature(np.reshape).parameters:
        _reshape_with_shape()


def _give_the_default_a_hash() -> None:
    """Import ``var_model`` with a hash for its class ``ByteEncoder``, which nothing else changes.

    Since Python 3.11 a dataclass refuses a default without a hash (python/cpython#88840). The
    module fails while it is executed, so nothing can be changed before or after: its source is.
    """
    spec = importlib.util.find_spec(_VAR_MODEL)
    loader: Any = spec and spec.loader
    if spec is None or loader is None:
        return
    source = loader.get_source(_VAR_MODEL).replace(_AS_IT_IS, _WITH_A_HASH)
    code = compile(source, spec.origin or _VAR_MODEL, "exec", dont_inherit=True)
    module = importlib.util.module_from_spec(spec)
    sys.modules[_VAR_MODEL] = module
    try:
        exec(code, vars(module))
    except BaseException:
        del sys.modules[_VAR_MODEL]
        raise
    package, _, name = _VAR_MODEL.rpartition(".")
    setattr(sys.modules[package], name, module)


def _reshape_with_shape() -> None:
    """Let reshaped ports call ``np.reshape(shape=)``: numpy 2.4 dropped the name ``newshape``."""
    import numpy as np
    from lava.magma.core.process.ports.ports import ReshapePort

    ReshapePort.get_transform_func_fwd = lambda self: partial(np.reshape, shape=self.shape)
    ReshapePort.get_transform_func_bwd = lambda self: partial(np.reshape, shape=self.old_shape)
