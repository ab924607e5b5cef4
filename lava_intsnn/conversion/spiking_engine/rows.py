"""Loads and stores of vectors in rows of tables, and comparisons as bits.

This complements ``engine.vector``.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.extending import intrinsic

from lava_intsnn.engine.vector import BLOCK, Vector


def _row(context: Any, builder: Any, table_type: Any, table: Any, index: Any) -> Any:
    """Return the pointer to a row, without numba's check for a negative index."""
    vector = ir.VectorType(ir.IntType(table_type.dtype.bitwidth), BLOCK)
    data = context.make_array(table_type)(context, builder, table).data
    return builder.gep(builder.bitcast(data, vector.as_pointer()), [index])


def _check(table: Any, index: Any) -> None:
    if table.ndim != 2 or table.layout != "C" or index != types.int64:
        raise TypingError(f"row {index} of {table}: must be int64 and a contiguous (rows, BLOCK)")


@intrinsic
def load_row(typingctx: Any, table: Any, index: Any) -> Any:
    """Return row ``index``, int64 and not negative, of a contiguous ``table (rows, BLOCK)``."""
    _check(table, index)

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _row(context, builder, table, *args)
        return builder.load(pointer, align=table.dtype.bitwidth // 8)

    return Vector(table.dtype)(table, index), codegen


@intrinsic
def store_row(typingctx: Any, table: Any, index: Any, vector: Any) -> Any:
    """Write row ``index``, int64 and not negative, of a contiguous ``table (rows, BLOCK)``."""
    _check(table, index)
    if table.dtype != vector.element:
        raise TypingError(f"a {vector} is stored in an array of {table.dtype}: cast it")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _row(context, builder, table, *args[:2])
        builder.store(args[2], pointer, align=table.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.none(table, index, vector), codegen


@intrinsic
def word(typingctx: Any, outcome: Any) -> Any:
    """Return a uint32 whose bit h, lowest first, is element h of a vector of booleans."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(BLOCK))

    return types.uint32(outcome), codegen
