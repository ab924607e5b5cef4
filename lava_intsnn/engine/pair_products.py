"""Products of int16 in pairs, summed in int32, inside numba kernels.

Processors multiply two pairs of int16 and add up both products in one instruction, several times
as fast as they multiply int32. Its sums wrap as int32 does, so that what is exact at the end is
exact, whatever has wrapped in between. Where there is no such instruction the same sum is spelled
out. A *pair* is an int32 that holds two int16: the first in its lower half.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.core.errors import TypingError
from numba.extending import intrinsic

from lava_intsnn.engine.vector import BLOCK, Vector

_I16, _I32 = ir.IntType(16), ir.IntType(32)
_SUMS = Vector(types.int32)
#: Where elements of two vectors stand once their quads are interleaved: lower quads, then upper.
_LOWER = [k for q in range(0, BLOCK, 8) for j in range(q, q + 4) for k in (j, BLOCK + j)]
_QUADS = [*_LOWER, *(k + 4 for k in _LOWER)]


def mask(values: Any) -> ir.Constant:
    """Return a shuffle's mask."""
    values = list(values)
    return ir.Constant(ir.VectorType(_I32, len(values)), values)


def part(builder: Any, vector: Any, indices: Any) -> Any:
    """Return some elements of a vector."""
    return builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), mask(indices))


def spread(builder: Any, scalar: Any, n: int) -> Any:
    """Return ``n`` times the scalar."""
    one = ir.Constant(ir.VectorType(scalar.type, n), ir.Undefined)
    one = builder.insert_element(one, scalar, ir.Constant(_I32, 0))
    return builder.shuffle_vector(one, one, mask([0] * n))


def instruction(context: Any) -> tuple[str, int, bool]:
    """Return the machine's instruction, its sums, and whether it adds to them by itself."""
    triple, _, features = context.codegen().magic_tuple()
    has = set(features.split(","))
    if not triple.startswith("x86_64"):
        return "", BLOCK, False
    if {"+avx512vnni", "+avx512f"} <= has:
        return "llvm.x86.avx512.vpdpwssd.512", 16, True
    if "+avx512bw" in has:
        return "llvm.x86.avx512.pmaddw.d.512", 16, False
    if "+avx2" in has:
        return "llvm.x86.avx2.pmadd.wd", 8, False
    return "llvm.x86.sse2.pmadd.wd", 4, False


def added(context: Any, builder: Any, sums: Any, a: Any, b: Any) -> Any:
    """Return ``sums <32 x i32>`` plus the products of the pairs ``a`` and ``b``, same type."""
    name, n, adds = instruction(context)
    if not name:
        sixteen = ir.Constant(a.type, [16] * BLOCK)
        for k in (0, 1):  # lower halves, then upper ones
            halves = [v if k else builder.shl(v, sixteen) for v in (a, b)]
            halves = [builder.ashr(v, sixteen) for v in halves]
            sums = builder.add(sums, builder.mul(*halves))
        return sums
    of_sums, of_pairs = ir.VectorType(_I32, n), ir.VectorType(_I16, 2 * n)
    operand = of_sums if adds else of_pairs
    kind = ir.FunctionType(of_sums, [of_sums] * adds + [operand] * 2)
    function = get_or_insert_function(builder.module, kind, name)
    parts = []
    for k in range(0, BLOCK, n):
        own = [part(builder, v, range(k, k + n)) for v in (sums, a, b)]
        pairs = [builder.bitcast(v, operand) for v in own[1:]]
        found = builder.call(function, [*own[: int(adds)], *pairs])
        parts.append(found if adds else builder.add(own[0], found))
    while len(parts) > 1:
        both = zip(parts[::2], parts[1::2])
        parts = [builder.shuffle_vector(p, q, mask(range(2 * p.type.count))) for p, q in both]
    return parts[0]


def pointer_to(context: Any, builder: Any, kind: Any, array: Any, index: Any, n: int) -> Any:
    """Return where ``n`` elements of an array from ``index`` on stand, as a vector."""
    if kind.layout != "C":
        raise TypingError(f"{kind} is counted through all axes: make it contiguous")
    data = context.make_array(kind)(context, builder, array).data
    element = data.type.pointee
    return builder.bitcast(builder.gep(data, [index]), ir.VectorType(element, n).as_pointer())


def _bytes(kind: Any) -> int:
    return kind.dtype.bitwidth // 8


@intrinsic
def load_at(typingctx: Any, array: Any, index: Any) -> Any:
    """Return ``BLOCK`` elements from ``index`` of a contiguous array, counted through all axes.

    Nothing checks the index: a slice does, and costs more than what is done with it.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = pointer_to(context, builder, array, args[0], args[1], BLOCK)
        return builder.load(pointer, align=_bytes(array))

    return Vector(array.dtype)(array, types.int64), codegen


@intrinsic
def store_at(typingctx: Any, array: Any, index: Any, vector: Any) -> Any:
    """Write a vector to a contiguous array of its type: see :func:`load_at`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = pointer_to(context, builder, array, args[0], args[1], BLOCK)
        builder.store(args[2], pointer, align=_bytes(array))
        return context.get_dummy_value()

    return types.none(array, types.int64, vector), codegen


@intrinsic
def add_rows(typingctx: Any, sums: Any, pairs: Any, x: Any) -> Any:
    """Return int32 ``sums`` plus the products of each of ``pairs`` with the one pair ``x``."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return added(context, builder, *args[:2], spread(builder, args[2], BLOCK))  # type: ignore[call-arg]

    return _SUMS(_SUMS, _SUMS, types.int32), codegen


@intrinsic
def add_interleaved(typingctx: Any, sums: Any, x0: Any, x1: Any, w: Any) -> Any:
    """Return int32 ``sums`` plus ``x0 w0 + x1 w1``, the pair ``w`` being the same for all.

    The sums stand in the order in which quads of int16 are interleaved: those of elements 0-3,
    8-11, 16-19 and 24-27 first, then the others.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        sums, x0, x1, w = args
        both = builder.shuffle_vector(x0, x1, mask(_QUADS))
        both = builder.bitcast(both, ir.VectorType(_I32, BLOCK))
        return added(context, builder, sums, both, spread(builder, w, BLOCK))

    return _SUMS(_SUMS, x0, x1, types.int32), codegen


@intrinsic
def apart(typingctx: Any, vector: Any) -> Any:
    """Return int16 elements in the order that gives :func:`add_interleaved` its sums in their own.

    Those of an int32 vector are cut.
    """
    order = mask(sorted(range(BLOCK), key=_QUADS[::2].__getitem__))

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = args[0]
        if vector.element.bitwidth > 16:
            found = builder.trunc(found, ir.VectorType(_I16, BLOCK))
        return builder.shuffle_vector(found, found, order)

    return Vector(types.int16)(vector), codegen


@intrinsic
def add_products(typingctx: Any, sums: Any, a0: Any, a1: Any, b0: Any, b1: Any) -> Any:
    """Return int32 ``sums`` plus the products of ``a0, a1`` with ``b0, b1`` in pairs."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        sums, *halves = args
        joined = [
            builder.shuffle_vector(*halves[k : k + 2], mask(range(2 * BLOCK))) for k in (0, 2)
        ]
        pairs = [builder.bitcast(v, ir.VectorType(_I32, BLOCK)) for v in joined]
        return added(context, builder, sums, *pairs)

    return _SUMS(_SUMS, a0, a1, b0, b1), codegen


@intrinsic
def added_up(typingctx: Any, vector: Any) -> Any:
    """Return the sum of a vector's elements, in their own type."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found, n = args[0], BLOCK
        while n > 1:
            n //= 2
            halves = [part(builder, found, range(k, k + n)) for k in (0, n)]
            found = builder.add(*halves)
        return builder.extract_element(found, ir.Constant(_I32, 0))

    return vector.element(vector), codegen


#: Rows and columns that :func:`transpose` exchanges.
SQUARE = 16


@intrinsic
def transpose(
    typingctx: Any, x: Any, first: Any, row: Any, half: Any, y: Any, to: Any, to_row: Any
) -> Any:
    """Exchange rows and columns of 16 by 16 integers: of ``x`` into ``y``, both contiguous.

    Row ``r`` of ``x`` begins at ``first + r * row``, its upper eight elements ``half`` further on;
    row ``c`` of ``y`` at ``to + c * to_row``. Elements are widened to int32, or cut, as the two
    types demand. Nothing checks the indices.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        x_, first, row, half, y_, to, to_row = args
        wide, n = ir.VectorType(_I32, SQUARE), SQUARE // 2
        widen = builder.sext if x.dtype.signed else builder.zext
        rows = []
        for _ in range(SQUARE):
            starts = first, builder.add(first, half)
            halves = [
                builder.load(pointer_to(context, builder, x, x_, start, n), align=_bytes(x))
                for start in starts
            ]
            found = builder.shuffle_vector(*halves, mask(range(SQUARE)))
            rows.append(found if _bytes(x) == 4 else widen(found, wide))
            first = builder.add(first, row)
        for s in (1, 2, 4, 8):
            upper = mask(c if not c & s else SQUARE + c - s for c in range(SQUARE))
            lower = mask(c + s if not c & s else SQUARE + c for c in range(SQUARE))
            for r in range(SQUARE):
                if not r & s:
                    a, b = rows[r], rows[r + s]
                    rows[r] = builder.shuffle_vector(a, b, upper)
                    rows[r + s] = builder.shuffle_vector(a, b, lower)
        element = ir.IntType(y.dtype.bitwidth)
        for found in rows:
            if _bytes(y) < 4:
                found = builder.trunc(found, ir.VectorType(element, SQUARE))
            pointer = pointer_to(context, builder, y, y_, to, SQUARE)
            builder.store(found, pointer, align=_bytes(y))
            to = builder.add(to, to_row)
        return context.get_dummy_value()

    index = types.int64
    return types.none(x, index, index, index, y, index, index), codegen
