"""Type checks for the fields of descriptions, from their annotations.

A description is a dataclass that a user or a file fills in. Its ``__post_init__`` calls
:func:`check_fields` first, so that all other code can rely on the types. The class itself checks
ranges and combinations of values.
"""

from __future__ import annotations

import dataclasses
import reprlib
import types
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import numpy as np

from lava_intsnn.nearest_name import suggestion

#: Longest text that a field may hold.
MAX_TEXT = 1000
#: Messages print integers of up to this many bits. Python refuses to print very long ones.
_MAX_SHOWN_BITS = 256


class _Refusal(Exception):
    """Raised for a value of the wrong type, with its path in the field and what is allowed."""

    def __init__(self, value: Any, allowed: str, path: str = "") -> None:
        super().__init__(allowed)
        self.value, self.allowed, self.path = value, allowed, path


class Within(NamedTuple):
    """The range of a number, ends included: ``bits: Annotated[int, Within(2, 31)]``.

    Text that must be one of several is annotated with a tuple of these: ``Annotated[str, KINDS]``.
    """

    low: int
    high: int


class _Kind(NamedTuple):
    """The type of a field: ``accept`` returns the value to store, or raises a refusal."""

    accept: Callable[[Any], Any]
    allowed: str


class Checked:
    """Base class of descriptions: raises ``refusal`` unless :func:`check_fields` is content."""

    _refusal: type[ValueError]

    def __init_subclass__(cls, refusal: type[ValueError] | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._refusal = refusal or cls._refusal

    def __post_init__(self) -> None:
        check_fields(self, self._refusal)


def check_fields(described: Any, error: type[ValueError], *, but: tuple[str, ...] = ()) -> None:
    """Raise ``error`` unless every field of a dataclass instance matches its annotation.

    Numpy numbers become Python numbers and lists become tuples, so that equal descriptions compare
    equal and give the same JSON. Bools are not accepted as integers, nor integers as bools, nor
    floats as integers. Integers have at most 64 bits; text is printable and has at most
    :data:`MAX_TEXT` characters.

    Parameters
    ----------
    described : dataclass instance
        May be frozen.
    error : class of ValueError
    but : names of fields, optional
        Fields that the class itself checks.
    """
    cls: Any = type(described)
    for name, kind in _kinds(cls):
        if name in but:
            continue
        value = getattr(described, name)
        try:
            accepted = kind.accept(value)
        except _Refusal as refusal:
            raise error(
                f"{cls.__name__}: {name}{refusal.path} = {shown(refusal.value)}: must be "
                f"{refusal.allowed}"
            ) from None
        if accepted is not value:
            object.__setattr__(described, name, accepted)


def is_integer(value: object) -> bool:
    """Whether ``value`` is an integer of Python or numpy; truth values are none."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def shown(value: object) -> str:
    """Return a short representation of ``value`` on one line, for messages."""
    return _SHORT.repr(value)


def as_tuple(value: object) -> tuple[Any, ...] | None:
    """Return a list, a tuple or an array as a tuple, and None for anything else, such as text."""
    if isinstance(value, np.ndarray) and value.ndim:
        return tuple(value.tolist())  # Python's numbers
    return tuple(value) if isinstance(value, (list, tuple)) else None


def short_repr(described: Any) -> str:
    """Return the ``__repr__`` of a dataclass with arrays: their dtypes and shapes, not contents.

    A class assigns it in its body: ``__repr__ = short_repr``.
    """
    fields = (f.name for f in dataclasses.fields(described) if f.repr)
    content = ", ".join(f"{name}={shown(getattr(described, name))}" for name in fields)
    return f"{type(described).__name__}({content})"


class _Short(reprlib.Repr):
    def repr_int(self, value: int, level: int) -> str:
        bits = value.bit_length()
        return repr(value) if bits <= _MAX_SHOWN_BITS else f"an integer of {bits} bits"

    def repr_ndarray(self, value: np.ndarray, level: int) -> str:
        return f"{value.dtype} array {value.shape}"


_SHORT = _Short()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlevel = 3


@cache
def _kinds(cls: type) -> tuple[tuple[str, _Kind], ...]:
    hints = get_type_hints(cls, include_extras=True)
    return tuple((f.name, _kind(hints[f.name])) for f in dataclasses.fields(cls) if f.init)


def _kind(annotation: Any) -> _Kind:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if origin is Literal:
        return _one_of(arguments)
    if origin is Annotated:
        kind, allowed = _kind(arguments[0]), arguments[1]
        return _within(kind, allowed) if isinstance(allowed, Within) else _one_of(allowed)
    if origin in (Union, types.UnionType):
        return _either(tuple(_kind(argument) for argument in arguments))
    if origin is tuple and arguments[-1] is Ellipsis:
        return _tuple_of(_kind(arguments[0]))
    if origin is tuple:
        return _fixed_tuple(tuple(_kind(argument) for argument in arguments))
    if origin in (dict, Mapping):
        return _dict_of(*(_kind(argument) for argument in arguments))
    cls = origin or annotation
    if hasattr(cls, "__value__"):  # `type X = ...` of Python 3.12, as numpy 2.5 defines NDArray
        return _kind(cls.__value__)
    if issubclass(cls, Enum):
        return _member_of(cls)
    return _instance_of(cls)


# --- plain values -------------------------------------------------------------------------------


def _integer(value: Any) -> int:
    if is_integer(value):
        value = int(value)
        if -(1 << 63) <= value < 1 << 64:
            return value
        raise _Refusal(value, "an integer of at most 64 bits")
    whole = isinstance(value, (float, np.floating)) and float(value).is_integer()
    raise _Refusal(value, f"an integer: write {int(value)}" if whole else "an integer")


def _number(value: Any) -> float:
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        try:
            return value if type(value) is float else float(value)
        except OverflowError:
            pass
    raise _Refusal(value, "a number")


def _truth(value: Any) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return value if type(value) is bool else bool(value)
    raise _Refusal(value, "True or False")


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or not value.isprintable():
        raise _Refusal(value, f"text of at most {MAX_TEXT} printable characters")
    return value if type(value) is str else str(value)


def _nothing(value: Any) -> None:
    if value is not None:
        raise _Refusal(value, "None")


_PLAIN = {
    int: _Kind(_integer, "an integer"),
    float: _Kind(_number, "a number"),
    bool: _Kind(_truth, "True or False"),
    str: _Kind(_text, f"text of at most {MAX_TEXT} printable characters"),
    type(None): _Kind(_nothing, "None"),
}


# --- composite values ---------------------------------------------------------------------------


def _one_of(options: tuple[str, ...]) -> _Kind:
    kept = {option: option for option in options}
    allowed = f"one of {', '.join(options)}" if options[1:] else f"{options[0]!r}"

    def accept(value: Any) -> str:
        if not isinstance(value, str) or value not in kept:
            raise _Refusal(value, f"{allowed}{suggestion(value, kept)}")
        return kept[value]

    return _Kind(accept, allowed)


def _within(kind: _Kind, ends: Within) -> _Kind:
    allowed = f"{kind.allowed} in {ends.low}..{ends.high}"

    def accept(value: Any) -> Any:
        accepted = kind.accept(value)
        if not ends.low <= accepted <= ends.high:
            raise _Refusal(value, allowed)
        return accepted

    return _Kind(accept, allowed)


def _member_of(members: type[Enum]) -> _Kind:
    """Accept members of an enumeration, or their integer values."""
    of = {member.value: member for member in members}
    allowed = f"one of {', '.join(f'{members.__name__}.{member.name}' for member in members)}"

    def accept(value: Any) -> Enum:
        if isinstance(value, members):
            return value
        if not is_integer(value) or int(value) not in of:
            raise _Refusal(value, allowed)
        return of[int(value)]

    return _Kind(accept, allowed)


def _instance_of(cls: type) -> _Kind:
    article = "an" if cls.__name__[0] in "AEIOUaeiou" else "a"
    allowed = f"{article} {cls.__name__}"
    if dataclasses.is_dataclass(cls):
        allowed += f", made by {cls.__name__}(...)"
    elif cls is np.ndarray:
        allowed = "a numpy array"

    def accept(value: Any) -> Any:
        if not isinstance(value, cls):
            raise _Refusal(value, allowed)
        return value

    return _Kind(accept, allowed)


def _either(kinds: tuple[_Kind, ...]) -> _Kind:
    allowed = " or ".join(kind.allowed for kind in kinds)

    def accept(value: Any) -> Any:
        for kind in kinds:
            try:
                return kind.accept(value)
            except _Refusal:
                continue
        raise _Refusal(value, allowed)

    return _Kind(accept, allowed)


def _tuple_of(kind: _Kind) -> _Kind:
    allowed = f"a tuple, each entry {kind.allowed}"

    def accept(value: Any) -> tuple:
        if not isinstance(value, (tuple, list)):
            raise _Refusal(value, allowed)
        return _entries(value, (kind,) * len(value))

    return _Kind(accept, allowed)


def _fixed_tuple(kinds: tuple[_Kind, ...]) -> _Kind:
    allowed = f"a tuple ({', '.join(kind.allowed for kind in kinds)})"

    def accept(value: Any) -> tuple:
        if not isinstance(value, (tuple, list)) or len(value) != len(kinds):
            raise _Refusal(value, allowed)
        return _entries(value, kinds)

    return _Kind(accept, allowed)


def _dict_of(key: _Kind, kind: _Kind) -> _Kind:
    allowed = f"a dict from {key.allowed} to {kind.allowed}"

    def accept(value: Any) -> dict:
        if not isinstance(value, Mapping):
            raise _Refusal(value, allowed)
        names, entries = _entries(list(value), (key,) * len(value)), list(value.values())
        try:
            return dict(zip(names, _entries(entries, (kind,) * len(value))))
        except _Refusal as refusal:
            raise _Refusal(refusal.value, allowed) from None

    return _Kind(accept, allowed)


def _entries(value: tuple | list, kinds: tuple[_Kind, ...]) -> tuple:
    accepted = []
    for index, (kind, entry) in enumerate(zip(kinds, value)):
        try:
            accepted.append(kind.accept(entry))
        except _Refusal as refusal:
            path = f"[{index}]{refusal.path}"
            raise _Refusal(refusal.value, refusal.allowed, path) from None
    unchanged = type(value) is tuple and all(a is b for a, b in zip(accepted, value))
    return value if unchanged else tuple(accepted)  # type: ignore[return-value]
