"""The error that all data sets raise."""

from __future__ import annotations


class DataError(ValueError):
    """Data are missing, damaged or not as expected; the message names the fix."""


def check_split(split: str) -> None:
    """Raise :class:`DataError` unless ``split`` is ``"train"`` or ``"test"``."""
    if split not in ("train", "test"):
        raise DataError(f"no split is called {split!r}; the splits are 'train' and 'test'")
