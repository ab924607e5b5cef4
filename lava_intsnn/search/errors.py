"""The error that a search raises."""

from __future__ import annotations

from lava_intsnn.printable_text import PrintableError


class SearchError(PrintableError):
    """A search cannot start or continue; the message names the cause and the fix."""
