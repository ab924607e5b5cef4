"""What a conversion can be refused for."""

from __future__ import annotations


class ConversionError(ValueError):
    """A stack, network or image that cannot be used: names value, allowed range and fix."""
