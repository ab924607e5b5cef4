"""What a network description can be refused for."""

from __future__ import annotations

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
