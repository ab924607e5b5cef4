"""The error that all data sets raise."""

from __future__ import annotations

from pathlib import Path

from lava_intsnn.nearest_name import suggestion

FIX = "delete it and get it again, or name another folder (--data-dir or LAVA_INTSNN_DATA)"
#: The same as a sentence of its own.
DO_FIX = f"{FIX[0].upper()}{FIX[1:]}"


class DataError(ValueError):
    """Data are missing, damaged or not as expected; the message names the fix."""


def check_split(split: str) -> None:
    """Raise :class:`DataError` unless ``split`` is ``"train"`` or ``"test"``."""
    if split not in ("train", "test"):
        raise DataError(
            f"no split is called {split!r}; the splits are 'train' and 'test'"
            f"{suggestion(split, ('train', 'test'))}"
        )


def damaged(what: object, found: str, expected: str) -> DataError:
    """Return the error for a file (or a part of one) whose content is not as ``expected``."""
    return DataError(f"{what}: {found}; expected {expected}. {DO_FIX}")


def content_of(path: Path) -> bytes:
    """Return the bytes of a file; raise :class:`DataError` if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error}); {FIX}") from error
