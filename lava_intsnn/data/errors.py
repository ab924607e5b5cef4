"""The error that all data sets raise."""

from __future__ import annotations

import errno
from pathlib import Path

from lava_intsnn.nearest_name import suggestion
from lava_intsnn.printable_text import PrintableError
from lava_intsnn.storage.regular_file import open_regular

FIX = "get another copy of it, or name another file or folder"
#: The same as a sentence of its own.
DO_FIX = f"{FIX[0].upper()}{FIX[1:]}"


class DataError(PrintableError):
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


def unreadable(path: object, error: Exception) -> DataError | None:
    """Return the error for a file that is not to blame for it, or None if it may be damaged."""
    if not isinstance(error, OSError):
        return None
    if "unable to lock file" in str(error) or error.errno in (errno.EAGAIN, errno.EDEADLK):
        return DataError(
            f"{path} is locked: another program has it open to write it, perhaps a notebook or "
            "a download that still runs. Close it there and try again; on a file system without "
            "locks set HDF5_USE_FILE_LOCKING=FALSE"
        )
    reasons = {
        errno.ENOENT: "there is no such file; check the path",
        errno.EISDIR: "it is a folder; name a file in it",
        errno.EACCES: "permission denied; ask its owner, or copy it to a folder of yours",
        errno.EPERM: "not permitted; ask its owner, or copy it to a folder of yours",
        errno.EMFILE: "too many files are open in this process; close some",
        errno.ENOMEM: "there is not enough memory; close other programs",
    }
    reason = reasons.get(error.errno or 0)
    return None if reason is None else DataError(f"{path} cannot be read: {reason}")


def content_of(path: Path) -> bytes:
    """Return the bytes of a file; raise :class:`DataError` if it cannot be read."""
    try:
        with open_regular(path) as file:
            return file.read()
    except OSError as error:
        raise unreadable(path, error) or DataError(
            f"{path} cannot be read ({error.strerror or error}); {FIX}"
        ) from error
