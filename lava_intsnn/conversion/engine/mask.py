"""The outcome of comparing two vectors, as bits of a word."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from lava_intsnn.engine.vector import BLOCK


@intrinsic
def word(typingctx: Any, outcome: Any) -> Any:
    """Return a uint32 whose bit h, lowest first, is element h of a vector of booleans."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(BLOCK))

    return types.uint32(outcome), codegen
