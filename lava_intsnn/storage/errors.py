"""The error of everything about files."""

from __future__ import annotations


class FileFormatError(ValueError):
    """A file is missing, damaged, foreign or too new; the message names path, finding and fix."""
