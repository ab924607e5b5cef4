"""The error that a conversion raises."""

from __future__ import annotations

from lava_intsnn.printable_text import PrintableError


class ConversionError(PrintableError):
    """A stack, network or image cannot be used; the message names value, allowed range and fix."""
