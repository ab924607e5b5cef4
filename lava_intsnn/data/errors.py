"""The error of everything about data."""

from __future__ import annotations


class DataError(ValueError):
    """Data is missing, damaged or not what it should be; the message names the fix."""


def check_split(split: str) -> None:
    """Raise :class:`DataError` unless ``split`` is ``"train"`` or ``"test"``."""
    if split not in ("train", "test"):
        raise DataError(f"no split is called {split!r}; the splits are 'train' and 'test'")
