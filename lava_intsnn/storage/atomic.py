"""Replace a file as a whole: readers see the old content or the new one, never a part."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
from pathlib import Path

from lava_intsnn.storage.errors import FileFormatError

#: Ending of a file being written. The next save to the same name deletes what a killed one left.
TEMPORARY = ".lava_intsnn-tmp"


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write ``content`` to ``path`` atomically, and durably before returning.

    The bytes go to a temporary file in the same folder
    (``.<name>.<process>-<random>.lava_intsnn-tmp``), reach the disk, and take the name ``path`` in
    one step. A process killed at any moment leaves the previous content of ``path``, and at most
    such a temporary file, which the next call for ``path`` removes.

    Raises
    ------
    FileFormatError
        If the folder does not exist, or ``path`` is a folder, a device or a pipe.
    OSError
        If the disk is full, or writing is not permitted; ``path`` then keeps its content.
    """
    # A link keeps pointing where it did: the file it names is replaced.
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileFormatError(
            f"{path} cannot be written: the folder {target.parent} does not exist; create it first"
        )
    if target.is_dir():
        raise FileFormatError(f"{path} cannot be written: it is a folder; name a file in it")
    if target.exists() and not target.is_file():  # else /dev/null itself would be replaced
        raise FileFormatError(f"{path} cannot be written: it is a device or a pipe; name a file")
    _remove_abandoned(target)
    unique = f"{os.getpid()}-{secrets.token_hex(3)}"
    temporary = target.parent / f".{target.name}.{unique}{TEMPORARY}"
    # Not tempfile.mkstemp: its files are private, and the result should follow the umask.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(descriptor, "wb") as file:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def _remove_abandoned(target: Path) -> None:
    """Remove the temporary files of processes that ended while they wrote ``target``."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.(\d+)-[0-9a-f]{{6}}{re.escape(TEMPORARY)}")
    with contextlib.suppress(OSError), os.scandir(target.parent) as entries:
        for entry in entries:
            match = ours.fullmatch(entry.name)
            if match and entry.is_file(follow_symlinks=False) and not _alive(int(match[1])):
                with contextlib.suppress(OSError), open(entry.path, "rb") as file:
                    # A writer on another machine or in a container has a number unknown here.
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    os.unlink(entry.path)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True  # another user's, or no process at all
    return True


def _sync_folder(folder: Path) -> None:
    """Make the new name durable. Some file systems cannot, which takes nothing from atomicity."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
