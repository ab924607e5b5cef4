"""Vectors of ``BLOCK`` integers inside numba kernels.

Numba leaves vectors to the compiler, which finds them in long loops only: at 32 filters it either
unrolls to scalars or spends more on checking for overlap than on adding. These are LLVM's own
vectors, of any integer width, which it maps to the registers of the machine.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.cgutils import get_or_insert_function
from numba.core.errors import TypingError
from numba.extending import intrinsic, models, overload, register_model

#: Elements of a vector: two registers of int16, the filters convolution works on at a time.
BLOCK = 32


class Vector(types.Type):
    """Type of ``BLOCK`` elements of an integer type, or of boolean for the outcome of comparing."""

    def __init__(self, element: Any) -> None:
        self.element = element
        super().__init__(name=f"Vector({element})")


def _bits(element: Any) -> ir.Type:
    return ir.IntType(1 if element == types.boolean else element.bitwidth)


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, ir.VectorType(_bits(vector.element), BLOCK))


def _pointer(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    vector = ir.VectorType(_bits(array_type.dtype), BLOCK)
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(data, vector.as_pointer()), array_type.dtype.bitwidth // 8


def _splat(builder: Any, scalar: Any) -> Any:
    vector = ir.Constant(ir.VectorType(scalar.type, BLOCK), ir.Undefined)
    index = ir.IntType(32)
    vector = builder.insert_element(vector, scalar, ir.Constant(index, 0))
    mask = ir.Constant(ir.VectorType(index, BLOCK), [0] * BLOCK)
    return builder.shuffle_vector(vector, vector, mask)


@intrinsic
def load(typingctx: Any, array: Any) -> Any:
    """Return the first ``BLOCK`` elements of a contiguous array, which must have as many."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer, align = _pointer(context, builder, array, args[0])
        return builder.load(pointer, align=align)

    return Vector(array.dtype)(array), codegen


@intrinsic
def store(typingctx: Any, array: Any, vector: Any) -> Any:
    """Write a vector to the first ``BLOCK`` elements of a contiguous array of its type."""
    if array.dtype != vector.element:
        raise TypingError(f"a {vector} is stored in an array of {array.dtype}: cast it")

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer, align = _pointer(context, builder, array, args[0])
        builder.store(args[1], pointer, align=align)
        return context.get_dummy_value()

    return types.none(array, vector), codegen


@intrinsic
def splat(typingctx: Any, scalar: Any) -> Any:
    """Return a vector with ``scalar`` everywhere."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _splat(builder, args[0])

    return Vector(scalar)(scalar), codegen


@intrinsic
def bits(typingctx: Any, word: Any) -> Any:
    """Return the bits of a uint32, lowest first, as the outcome of a comparison."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.VectorType(ir.IntType(1), BLOCK))

    return Vector(types.boolean)(types.uint32), codegen


@intrinsic
def not_zero(typingctx: Any, vector: Any) -> Any:
    """Return a uint32 whose bits say which elements are not 0, the first one's lowest."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        found = builder.icmp_unsigned("!=", args[0], ir.Constant(args[0].type, None))
        return builder.bitcast(found, ir.IntType(32))

    return types.uint32(vector), codegen


def _squeezes(context: Any) -> bool:
    """Whether the machine moves chosen elements to the front in one instruction."""
    triple, _, features = context.codegen().magic_tuple()
    return triple.startswith("x86_64") and {"+avx512vbmi2", "+avx512bw"} <= set(features.split(","))


@intrinsic
def squeezes(typingctx: Any) -> Any:
    """Return whether :func:`squeezed` may be called, known while a kernel compiles."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(ir.IntType(1), int(_squeezes(context)))

    return types.boolean(), codegen


@intrinsic
def squeezed(typingctx: Any, vector: Any, mask: Any) -> Any:
    """Return the elements of 16 bits whose bit in the uint32 ``mask`` is set, at the front."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if not _squeezes(context):
            return args[0]
        kind, chosen = args[0].type, ir.VectorType(ir.IntType(1), BLOCK)
        function = get_or_insert_function(
            builder.module,
            ir.FunctionType(kind, [kind, kind, chosen]),
            f"llvm.x86.avx512.mask.compress.v{BLOCK}i16",
        )
        nothing = ir.Constant(kind, None)
        return builder.call(function, [args[0], nothing, builder.bitcast(args[1], chosen)])

    return vector(vector, types.uint32), codegen


@intrinsic
def counted_up(typingctx: Any, first: Any) -> Any:
    """Return a uint16 ``first`` and the numbers after it."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        steps = ir.Constant(ir.VectorType(ir.IntType(16), BLOCK), list(range(BLOCK)))
        return builder.add(_splat(builder, args[0]), steps)

    return Vector(types.uint16)(types.uint16), codegen


@intrinsic
def cast(typingctx: Any, vector: Any, like: Any) -> Any:
    """Return ``vector`` with the elements of ``like``, an array or a vector, for their type."""
    source, target = vector.element, like.dtype if hasattr(like, "dtype") else like.element

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wanted = ir.VectorType(_bits(target), BLOCK)
        if target.bitwidth < source.bitwidth:
            return builder.trunc(args[0], wanted)
        if target.bitwidth == source.bitwidth:
            return args[0]
        return (builder.sext if source.signed else builder.zext)(args[0], wanted)

    return Vector(target)(vector, like), codegen


@intrinsic
def popcounts(typingctx: Any, vector: Any) -> Any:
    """Return the number of ones of each element."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = args[0].type
        name = f"llvm.ctpop.v{BLOCK}i{vector.element.bitwidth}"
        function = get_or_insert_function(builder.module, ir.FunctionType(kind, [kind]), name)
        return builder.call(function, args)

    return vector(vector), codegen


@intrinsic
def where(typingctx: Any, condition: Any, yes: Any, no: Any) -> Any:
    """Return ``yes`` where ``condition`` holds and ``no`` elsewhere."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(*args)

    return yes(condition, yes, no), codegen


def _binary(symbol: Any, emit: Any, *, compares: bool = False) -> None:
    """Define an operator of two vectors, or of a vector and a scalar of its element type."""

    def emitted(typingctx: Any, a: Any, b: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            right = args[1] if isinstance(b, Vector) else _splat(builder, args[1])
            return emit(builder, a.element, args[0], right)

        return (Vector(types.boolean) if compares else a)(a, b), codegen

    apply: Any = intrinsic(emitted)

    @overload(symbol)
    def overloaded(a, b):  # numba compares the signatures of both, annotations included
        if isinstance(a, Vector) and (isinstance(b, Vector) or b == a.element):
            return lambda a, b: apply(a, b)
        return None


def _compare(sign: str) -> Any:
    def emit(builder: Any, element: Any, a: Any, b: Any) -> Any:
        return (builder.icmp_signed if element.signed else builder.icmp_unsigned)(sign, a, b)

    return emit


def _shift_right(builder: Any, element: Any, a: Any, b: Any) -> Any:
    return (builder.ashr if element.signed else builder.lshr)(a, b)


_binary(operator.add, lambda builder, element, a, b: builder.add(a, b))
_binary(operator.sub, lambda builder, element, a, b: builder.sub(a, b))
_binary(operator.mul, lambda builder, element, a, b: builder.mul(a, b))
_binary(operator.and_, lambda builder, element, a, b: builder.and_(a, b))
_binary(operator.or_, lambda builder, element, a, b: builder.or_(a, b))
_binary(operator.xor, lambda builder, element, a, b: builder.xor(a, b))
_binary(operator.lshift, lambda builder, element, a, b: builder.shl(a, b))
_binary(operator.rshift, _shift_right)
_binary(operator.lt, _compare("<"), compares=True)
_binary(operator.gt, _compare(">"), compares=True)
