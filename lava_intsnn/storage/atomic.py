"""Atomic replacement of a file: readers see either the old content or the new content."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
from pathlib import Path

from lava_intsnn.storage.errors import FileFormatError

#: Suffix of a file being written. The next save to the same name deletes files of killed saves.
TEMPORARY = ".lava_intsnn-tmp"


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write ``content`` to ``path`` atomically, and flush it to the disk before returning.

    The bytes are written to a temporary file in the same folder
    (``.<name>.<process>-<random>.lava_intsnn-tmp``), flushed to the disk, and renamed to ``path``
    in one step. A process killed at any moment leaves the previous content of ``path``, and at most
    a temporary file, which the next call for ``path`` removes.

    Raises
    ------
    FileFormatError
        If the folder does not exist, or ``path`` is a folder, a device or a pipe.
    OSError
        If the disk is full, or writing is not permitted. ``path`` then keeps its content.
    """
    # A symbolic link stays as it is, and its target is replaced.
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileFormatError(
            f"{path} cannot be written: the folder {target.parent} does not exist; create it first"
        )
    if target.is_dir():
        raise FileFormatError(f"{path} cannot be written: it is a folder; name a file in it")
    if target.exists() and not target.is_file():  # otherwise /dev/null itself would be replaced
        raise FileFormatError(f"{path} cannot be written: it is a device or a pipe; name a file")
    _remove_abandoned(target)
    unique = f"{os.getpid()}-{secrets.token_hex(3)}"
    temporary = target.parent / f".{target.name}.{unique}{TEMPORARY}"
    # tempfile.mkstemp would make the file private, and the result should follow the umask.
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except OSError as error:
        raise _about(error, path) from None
    try:
        with open(descriptor, "wb") as file:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            raise _about(error, path) from error
        raise
    _sync_folder(target.parent)


def _about(error: OSError, path: str | os.PathLike[str]) -> OSError:
    """Return the error with the name that the caller gave, not that of the temporary file."""
    if error.errno is None:
        return error
    return OSError(error.errno, error.strerror, os.fspath(path))


def _remove_abandoned(target: Path) -> None:
    """Remove temporary files of processes that ended while they wrote ``target``."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.(\d+)-[0-9a-f]{{6}}{re.escape(TEMPORARY)}")
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            match = ours.fullmatch(entry.name)
            if match and entry.is_file(follow_symlinks=False) and not _alive(int(match[1])):
                with contextlib.suppress(OSError), open(entry.path, "rb") as file:
                    # The process number of a writer in a container or on another machine is
                    # unknown here.
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(entry.path)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True  # a process of another user, or an invalid number
    return True


def _sync_folder(folder: Path) -> None:
    """Make the new name durable. Some file systems cannot; the write is atomic in any case."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
