"""Warnings that point at the caller's line, even if they arise deep in Lava."""

from __future__ import annotations

import sys
import warnings

_LIBRARIES = ("lava_intsnn", "lava")


def warn_caller(message: str) -> None:
    """Warn at the innermost line that is neither in Lava nor in this package."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] in _LIBRARIES:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
