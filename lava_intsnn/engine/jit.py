"""Compilation settings, and the arithmetic compiled for the kernels.

The functions below *are* those of :mod:`lava_intsnn.arithmetic`; nothing is written twice. Kernels
release the GIL, so threads run them side by side, and never start threads themselves, so they are
safe in Lava's forked processes.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload, register_jitable

import lava_intsnn.forking  # noqa: F401  kernels may be compiled while a process is forked
from lava_intsnn import arithmetic
from lava_intsnn.engine.kernel_cache import config, kept

if config.DISABLE_JIT:
    raise ValueError(  # of an environment variable
        "NUMBA_DISABLE_JIT is set, and the engine needs compiled kernels: unset it, or use "
        "lava_intsnn.reference, which gives the same bits"
    )


def kernel(function: Any) -> Any:
    """Compile a function of arrays when it is first called, and keep the result on disk."""
    return kept(function, nogil=True, error_model="numpy")


def compiled(function: Any) -> Any:
    """Make a scalar function callable from kernels, which take it in as if written there."""
    return register_jitable(inline="always")(function)


def chosen_by_type(choose: Any) -> Any:
    """Make a function that, in kernels, is the one ``choose`` returns for its arguments' types.

    The choice is made while a kernel compiles and costs nothing when it runs.
    """

    def chosen(*types_of_arguments: Any) -> Any:
        return choose(*types_of_arguments)

    overload(choose, inline="always", strict=False)(chosen)
    return choose


# Arithmetic functions call each other by name, so the leaves are registered first.
saturate = compiled(arithmetic.saturate)
mix64 = compiled(arithmetic.mix64)
fold = compiled(arithmetic.fold)
draw = compiled(arithmetic.draw)
draw_below = compiled(arithmetic.draw_below)
draw_byte = compiled(arithmetic.draw_byte)
shift_ceil = compiled(arithmetic.shift_ceil)
shift_floor = compiled(arithmetic.shift_floor)
shift_toward_zero = compiled(arithmetic.shift_toward_zero)
decayed = compiled(arithmetic.decayed)
wrapped_once = compiled(arithmetic.wrapped_once)
normalised = compiled(arithmetic.normalised)
round_shift = compiled(arithmetic.round_shift)


@kernel
def fold_key(key, counter):
    """Return ``fold(key, counter)``: as a kernel of its own it is called at no cost from Python."""
    return fold(key, counter)


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
