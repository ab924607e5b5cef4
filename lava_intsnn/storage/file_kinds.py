"""What a file is, told by its first bytes, and which command reads it. For error messages."""

from __future__ import annotations

import os
from typing import NamedTuple

from lava_intsnn.storage.regular_file import open_regular


class FileKind(NamedTuple):
    """A kind of file: its first bytes, what it is called, and what to do with it."""

    begins: bytes
    name: str
    advice: str


_PICKLE = (
    "pickles run code when they are read, so none is read here: save plain arrays, with numpy.savez"
)
_PICTURE = "give arrays of pixels, or a folder with one folder of pictures a class"

#: The first that fits is meant.
FOREIGN = (
    FileKind(
        b"\x89HDF\r\n\x1a\n",
        "an HDF5 file",
        "netx and NIR files are HDF5 files; `lava-intsnn import FILE --out NEW.npz` reads them",
    ),
    FileKind(b"\x93NUMPY", "one numpy array (.npy)", "name a file of `train --out`"),
    FileKind(b"SQLite format 3\0", "an SQLite database", "`lava-intsnn sweep --storage` reads it"),
    FileKind(b"\x89PNG", "a PNG picture", _PICTURE),
    FileKind(b"\xff\xd8\xff", "a JPEG picture", _PICTURE),
    FileKind(b"GIF8", "a GIF picture", _PICTURE),
    FileKind(b"%PDF", "a PDF document", "name another file"),
    FileKind(b"\x7fELF", "a program for this computer (ELF)", "name another file"),
    FileKind(b"\x1f\x8b", "a gzip file", "unpack it first; MNIST's files are read with --data-dir"),
    FileKind(b"BZh", "a bzip2 file", "unpack it first"),
    FileKind(b"\xfd7zXZ\0", "an xz file", "unpack it first"),
    FileKind(b"PK\x05\x06", "an empty zip archive", "name another file"),
    FileKind(b"PK", "a zip archive", "`lava-intsnn eval` reads those that `train --out` writes"),
    FileKind(b"\0\0\x08", "an IDX file (MNIST's)", "name its folder with --data-dir"),
    *(FileKind(bytes([0x80, version]), "a Python pickle", _PICKLE) for version in range(2, 6)),
    FileKind(b"<!DOCTYPE", "an HTML page", "a download may have failed: look at it in a browser"),
    FileKind(b"<html", "an HTML page", "a download may have failed: look at it in a browser"),
    FileKind(b"#!", "a script", "name another file"),
)
_JSON = "a network's description is read by `train FILE`, `compile FILE` and `export FILE`"

#: Our own kinds -> the commands that read them.
OWN = {
    "checkpoint": "`lava-intsnn eval`, run, verify, compile, export and `train --resume` read it",
    "program": "`lava-intsnn eval` runs it, and `assemble --data` reads it",
    "quantised-ann": "`lava-intsnn convert` to-snn, eval, certify, compile and `train --resume` "
    "read it",
    "quantised-network": "`lava-intsnn convert` to-snn, eval, certify, compile and `train --from` "
    "read it",
    "spiking-network": "`lava-intsnn convert` eval and compile read it",
    "recording": "`lava-intsnn compile --nc-models` wrote it; test_parity.py beside it reads it",
}


def file_kind(content: bytes) -> str:
    """Return what a file with this ``content``, or beginning, is, and what to do with it."""
    if not content:
        return "it is empty; create it again"
    for kind in FOREIGN:
        if content.startswith(kind.begins):
            return f"it is {kind.name}; {kind.advice}"
    start = content[:64].lstrip()
    if start[:1] in (b"{", b"["):
        return f"it is JSON; {_JSON}"
    if _is_text(content[:64]):
        return "it is a text file; name another file"
    return f"it begins with 0x{content[:4].hex()}; name another file"


def kind_of_file(path: str | os.PathLike[str]) -> str:
    """Return what the file at ``path`` is; see :func:`file_kind`.

    A file of ours is told with the commands that read it.
    """
    from lava_intsnn.storage import container
    from lava_intsnn.storage.errors import FileFormatError

    try:
        with open_regular(path) as file:
            start = file.read(64)
    except OSError as error:
        return f"it cannot be read ({error.strerror or error}); check the path"
    if start.startswith(b"PK\x03\x04"):
        try:
            return own_kind(container.peek(path)[0])
        except FileFormatError:
            pass
    return file_kind(start)


def own_kind(kind: str) -> str:
    """Return what a container of this kind is, and which commands read it."""
    return f"it is a {kind} of lava_intsnn; {OWN.get(kind, 'name another file')}"


def _is_text(start: bytes) -> bool:
    try:
        text = start.decode()
    except UnicodeDecodeError as error:
        text = start[: error.start].decode() if error.start > len(start) - 4 else "\0"
    return all(letter.isprintable() or letter.isspace() for letter in text)
