"""The error that a conversion raises."""

from __future__ import annotations


class ConversionError(ValueError):
    """A stack, network or image cannot be used; the message names value, allowed range and fix."""
