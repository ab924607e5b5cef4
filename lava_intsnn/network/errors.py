"""What a network description can be refused for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from lava_intsnn.field_checks import Within, is_integer, shown
from lava_intsnn.printable_text import PrintableError

#: Time steps of a sample, and samples of a batch.
STEPS, BATCH = Within(1, 4096), Within(1, 1 << 16)


class NetworkError(PrintableError):
    """A description that cannot be built: names the value, the allowed range and the fix."""


def require_range(name: str, value: int, low: int, high: int, fix: str = "") -> None:
    """Raise :class:`NetworkError` unless ``value`` is an integer in ``low..high``."""
    if not is_integer(value) or not low <= value <= high:
        hint = f": {fix}" if fix else ""
        raise NetworkError(f"{name} = {shown(value)}: must be an integer in {low}..{high}{hint}")


def integer_in(name: str, value: Any, low: int, high: int, fix: str = "") -> int:
    """Return an argument, which may be numpy's, as an integer; see :func:`require_range`."""
    found = int(value) if isinstance(value, np.integer) else value
    require_range(name, found, low, high, fix)
    return found


def integers_in(name: str, values: Any, low: int, high: int) -> set[int]:
    """Return an argument of several integers, each of which :func:`integer_in` accepts."""
    if not isinstance(values, Iterable):
        raise NetworkError(
            f"{name} = {shown(values)}: give a list, even of one: [{shown(values)}], each an "
            f"integer in {low}..{high}"
        )
    return {integer_in(name, value, low, high) for value in values}
