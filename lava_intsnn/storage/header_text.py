"""The JSON of a container's header, read with limits."""

from __future__ import annotations

import json
from typing import Any, NoReturn

#: Bytes of the longest header: a value of two bytes can take a hundred in memory.
MAX_BYTES = 1 << 24
#: Most levels of nesting; those of the largest description are about ten.
MAX_DEPTH = 32


def header_of(text: bytes) -> Any:
    """Return what a header's JSON says.

    Raises
    ------
    ValueError
        If it is no JSON, too long or too deep, or holds numbers that JSON does not have.
    """
    if len(text) > MAX_BYTES:
        raise ValueError(f"it has {len(text)} bytes, more than {MAX_BYTES}")
    try:
        found = json.loads(text.decode(), parse_constant=_no_number)
    except RecursionError:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH}") from None
    level = [found]
    for _ in range(MAX_DEPTH):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return found
    raise ValueError(f"it is nested deeper than {MAX_DEPTH}")


def _inside(value: Any) -> Any:
    """Return what an object or an array of JSON holds."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which is no number of JSON")
