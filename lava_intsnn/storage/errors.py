"""The exception for problems with files."""

from __future__ import annotations


class FileFormatError(ValueError):
    """A file is missing, damaged, foreign or too new. The message names path, cause and fix."""
