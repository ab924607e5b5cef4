"""The exception for problems with files."""

from __future__ import annotations

from lava_intsnn.printable_text import PrintableError


class FileFormatError(PrintableError):
    """A file is missing, damaged, foreign or too new. The message names path, cause and fix."""
