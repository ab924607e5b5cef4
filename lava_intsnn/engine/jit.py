"""Compilation settings, and the arithmetic compiled for the kernels.

The functions below *are* those of :mod:`lava_intsnn.arithmetic`; nothing is written twice. Kernels
release the GIL, so threads run them side by side, and never start threads themselves, so they are
safe in Lava's forked processes.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, register_jitable

from lava_intsnn import arithmetic

kernel = njit(cache=True, nogil=True, error_model="numpy")


def _compiled(function: Any) -> Any:
    """Compile an arithmetic function for use inside kernels."""
    return register_jitable(inline="always")(function)


# Arithmetic functions call each other by name, so the leaves are registered first.
saturate = _compiled(arithmetic.saturate)
mix64 = _compiled(arithmetic.mix64)
fold = _compiled(arithmetic.fold)
draw = _compiled(arithmetic.draw)
draw_byte = _compiled(arithmetic.draw_byte)
shift_floor = _compiled(arithmetic.shift_floor)
shift_toward_zero = _compiled(arithmetic.shift_toward_zero)
round_shift = _compiled(arithmetic.round_shift)


@intrinsic
def popcount(typingctx: Any, word: Any) -> Any:
    """Count the ones of a uint32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint32(types.uint32), codegen


@intrinsic
def lowest_bit(typingctx: Any, word: Any) -> Any:
    """Return the index of the lowest one of a non-zero uint32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.uint32(types.uint32), codegen
