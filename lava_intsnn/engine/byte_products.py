"""Products of bytes, four at a time, summed in int32: as :mod:`.pair_products`, twice as many."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic

from lava_intsnn.engine.pair_products import added, instruction, mask, part, pointer_to, spread
from lava_intsnn.engine.vector import BLOCK, Vector

_I16, _I32 = ir.IntType(16), ir.IntType(32)
_SUMS = Vector(types.int32)


def _four_bytes(context: Any, builder: Any, sums: Any, a: Any, b: Any) -> Any:
    """Return ``sums <32 x i32>`` plus products of four uint8 of ``a`` and int8 of ``b`` each.

    Where the machine does not, it returns what it was given.
    """
    if not instruction(context)[2]:  # the machines that add to sums by themselves
        return sums
    of_sums = ir.VectorType(_I32, BLOCK // 2)
    kind, name = ir.FunctionType(of_sums, [of_sums] * 3), "llvm.x86.avx512.vpdpbusd.512"
    function = get_or_insert_function(builder.module, kind, name)
    halves = [
        builder.call(function, [part(builder, v, range(k, k + 16)) for v in (sums, a, b)])
        for k in (0, 16)
    ]
    return builder.shuffle_vector(*halves, mask(range(BLOCK)))


@intrinsic
def sums_quads(typingctx: Any) -> Any:
    """Return whether :func:`add_quads` may be called, known while a kernel compiles."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(ir.IntType(1), int(instruction(context)[2]))

    return types.boolean(), codegen


@intrinsic
def add_quads(typingctx: Any, sums: Any, quads: Any, x: Any) -> Any:
    """Return int32 ``sums`` plus the products of int8 in ``quads`` with the four uint8 of ``x``."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        sums, quads, x = args
        return _four_bytes(context, builder, sums, spread(builder, x, BLOCK), quads)

    return _SUMS(_SUMS, _SUMS, types.int32), codegen


@intrinsic
def add_bytes(typingctx: Any, sums: Any, x: Any, at: Any, g: Any, to: Any) -> Any:
    """Return int32 ``sums`` plus products of 128 bytes of ``x`` and of ``g``, in some order.

    ``x`` is uint8 and contiguous, as is ``g``, whose values are below 128; ``at`` and ``to`` say
    where in them the bytes begin, as for :func:`load_at`.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        sums, n = args[0], 4 * BLOCK
        both = [
            builder.load(pointer_to(context, builder, x, args[k], args[k + 1], n), align=1)
            for k in (1, 3)
        ]
        if instruction(context)[2]:
            quads = [builder.bitcast(v, ir.VectorType(_I32, BLOCK)) for v in both]
            return _four_bytes(context, builder, sums, *quads)
        for k in (0, 1):
            halves = [part(builder, v, range(64 * k, 64 * k + 64)) for v in both]
            wide = [builder.zext(v, ir.VectorType(_I16, 2 * BLOCK)) for v in halves]
            wide = [builder.bitcast(v, ir.VectorType(_I32, BLOCK)) for v in wide]
            sums = added(context, builder, sums, *wide)
        return sums

    index = types.int64
    return _SUMS(_SUMS, x, index, g, index), codegen
