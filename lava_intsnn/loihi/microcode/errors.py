"""The errors of microcode: what cannot be built, read or run."""

from __future__ import annotations

import numpy as np

from lava_intsnn.field_checks import shown
from lava_intsnn.printable_text import PrintableError


class MicrocodeError(PrintableError):
    """A program, image or run that is refused: names the place, the value and what is allowed."""


def require_int(what: str, value: object, low: int, high: int) -> int:
    """Return ``value`` if it is an integer in ``low..high``, else raise :class:`MicrocodeError`."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise MicrocodeError(f"{what} = {shown(value)}: must be an integer in {low}..{high}")
    return value


def require_within(what: str, array: np.ndarray, low: int, high: int) -> None:
    """Raise :class:`MicrocodeError` unless all numbers of ``array`` are in ``low..high``."""
    least, most = int(array.min()), int(array.max())
    if least < low or most > high:
        raise MicrocodeError(f"{what} in {least}..{most}: must be in {low}..{high}")


def payload_range(bits: int) -> tuple[int, int]:
    """Return the smallest and largest payload of a spike: 0 and 1 for one bit, else signed."""
    return (0, 1) if bits == 1 else signed_range(bits)


def signed_range(bits: int) -> tuple[int, int]:
    """Return the smallest and largest number of a two's complement width."""
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1
