"""Replace a file as a whole: readers see the old content or the new one, never a part."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from lava_intsnn.storage.errors import FileFormatError

#: Ending of a file being written. One left behind by a killed process is safe to delete.
TEMPORARY = ".lava_intsnn-tmp"


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write ``content`` to ``path`` atomically, and durably before returning.

    The bytes go to a temporary file in the same folder (``.<name>.<random>.lava_intsnn-tmp``),
    reach the disk, and take the name ``path`` in one step. A process killed at any moment leaves
    the previous content of ``path``, and at most such a temporary file.

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
    temporary = target.parent / f".{target.name}.{secrets.token_hex(6)}{TEMPORARY}"
    # Not tempfile.mkstemp: its files are private, and the result should follow the umask.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable. Some file systems cannot, which takes nothing from atomicity."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
