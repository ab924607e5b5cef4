"""Opening files that a user names: regular files only, so that reading always ends."""

from __future__ import annotations

import errno
import os
import stat
from typing import BinaryIO

#: Kinds of files whose reading may never end, or has no meaning.
_KINDS = (
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
    (stat.S_ISSOCK, "it is a socket"),
)


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a regular file for reading.

    A pipe is not waited for, and a device such as ``/dev/zero``, whose content never ends, is not
    read.

    Parameters
    ----------
    path : path
        A symbolic link is followed.

    Raises
    ------
    OSError
        If ``path`` is missing, a folder, a pipe or a device; ``strerror`` says which.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except ValueError as error:  # a path with a null character
        raise OSError(errno.EINVAL, str(error), os.fspath(path)) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        for is_kind, name in _KINDS:
            if is_kind(mode):
                raise OSError(errno.EINVAL, f"{name}; name a regular file", os.fspath(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: str | os.PathLike[str], *, at_most: int) -> bytes:
    """Return the content of a regular file.

    Parameters
    ----------
    path : path
    at_most : int
        Bytes of the largest file that is read.

    Raises
    ------
    OSError
        As :func:`open_regular`, and if the file is larger.
    """
    with open_regular(path) as file:
        content = file.read(at_most + 1)  # a file may grow, so its size alone says nothing
    if len(content) > at_most:
        raise OSError(
            errno.EFBIG, f"it has more than {at_most} bytes, the most read here", os.fspath(path)
        )
    return content
