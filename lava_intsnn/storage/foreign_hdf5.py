"""HDF5 files of others, read where they can do no harm.

One flipped bit of an HDF5 file can crash h5py or keep it busy for ever, and a file may ask for
content of other files: by an external link, external storage or a virtual data set. So the file is
parsed in a child process (:mod:`.hdf5_child`) with limits on time and memory, which follows hard
links only, and comes back as plain values. h5py itself is not imported here.
"""

from __future__ import annotations

import json
import math
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lava_intsnn.printable_text import printable
from lava_intsnn.storage.errors import FileFormatError
from lava_intsnn.storage.file_kinds import kind_of_file
from lava_intsnn.storage.regular_file import open_regular

#: The child's memory in bytes, libraries included.
MAX_MEMORY = 1 << 30
#: The most bytes that all arrays of a file together may have.
MAX_BYTES = 1 << 28
#: The most bytes of the description of a file's tree.
_MAX_TREE = 1 << 27
#: Seconds that a file may take to parse, from when the child has loaded its libraries.
_SECONDS = 4.0
#: Bytes of a file for which there is one more second.
_BYTES_PER_SECOND = 20_000_000
#: Seconds that Python may take to start and import h5py, before it looks at the file.
_START_SECONDS = 60.0

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_CHILD = Path(__file__).with_name("hdf5_child.py")
#: No threads, whose stacks count as memory; no plugins; no lock, which read-only folders refuse.
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "HDF5_PLUGIN_PRELOAD": "::",
    "HDF5_USE_FILE_LOCKING": "FALSE",
}


class ForeignGroup(dict[str, Any]):
    """A group of a foreign HDF5 file: a dict of its groups, arrays, texts and numbers.

    Attributes
    ----------
    attributes : dict of str to dict
        HDF5 attributes of the group's data sets by their name, and of the group itself under
        ``""``. Only those that hold numbers or text are kept, and nothing stands for what has none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.attributes: dict[str, dict[str, Any]] = {}


def read_tree(
    path: str | os.PathLike[str],
    *,
    what: str,
    max_bytes: int = MAX_BYTES,
    seconds: float | None = None,
) -> ForeignGroup:
    """Parse a whole HDF5 file in a child process.

    Parameters
    ----------
    path : path
    what : str
        What the file should be, for messages, such as ``"netx"``.
    max_bytes : int
        The most bytes that all arrays and texts together may have.
    seconds : float or None
        The most seconds that parsing may take. None: 4, and one more for each 20 MB of the file.

    Returns
    -------
    ForeignGroup
        Nested dicts. A data set is an array of numbers or of text (``dtype`` ``U``), or without
        dimensions a numpy number or a ``str``.

    Raises
    ------
    FileFormatError
        If the file is missing, no HDF5, damaged, or too large; if it reads other files (soft or
        external links, external storage, virtual data sets), has filters other than gzip and
        shuffle, or types other than numbers and text; or if parsing it crashes or takes too much
        time or memory.
    """
    try:
        file = open_regular(path)
    except FileNotFoundError:
        raise _unreadable(path, what, "there is no such file") from None
    except OSError as error:
        raise _unreadable(path, what, f"{error.strerror or error}") from None
    with file:
        if os.pread(file.fileno(), len(_SIGNATURE), 0) != _SIGNATURE:
            raise _unreadable(path, what, kind_of_file(path))
        if seconds is None:
            seconds = _SECONDS + os.fstat(file.fileno()).st_size / _BYTES_PER_SECOND
        with _Child(file, seconds=seconds, max_bytes=max_bytes) as child:
            try:
                return _received(child, max_bytes)
            except _Failed as failed:
                raise _unreadable(path, what, str(failed)) from None


def _unreadable(path: str | os.PathLike[str], what: str, why: str) -> FileFormatError:
    return FileFormatError(f"{path} cannot be read as a {what} file: {why}")


#: An array to come: the dict and key it goes to, its type and shape.
_Awaited = tuple[Any, str, "np.dtype[Any]", tuple[int, ...]]


class _Failed(Exception):
    """Why the child has no tree."""


class _Child:
    """The child process, ended when the block ends.

    Parameters
    ----------
    file : binary file
        The file to parse, which becomes the child's standard input.
    seconds : float
    max_bytes : int
    """

    def __init__(self, file: BinaryIO, *, seconds: float, max_bytes: int) -> None:
        self.seconds = seconds
        given = {
            "path": sys.path,
            "memory": MAX_MEMORY,
            "cpu": math.ceil(seconds),
            "bytes": max_bytes,
        }
        # -I: neither the current folder nor the environment decide what the child imports
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(_CHILD), json.dumps(given)],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ENVIRONMENT},
        )
        assert self.process.stdout is not None
        self.pipe = self.process.stdout
        os.set_blocking(self.pipe.fileno(), False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.pipe, selectors.EVENT_READ)
        self.deadline = time.monotonic() + _START_SECONDS

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.selector.close()
        self.process.kill()
        self.process.wait()
        self.pipe.close()

    def frame(self, most: int) -> tuple[bytes, bytearray]:
        """Return the letter and content of the next frame, which has ``most`` bytes or fewer."""
        head = self._read(9)
        length = int.from_bytes(head[1:], "little")
        if length > most:
            raise _Failed("it is damaged: its parser sent more than the file holds")
        return bytes(head[:1]), self._read(length)

    def begin(self) -> None:
        """Start the clock of parsing."""
        self.deadline = time.monotonic() + self.seconds

    def _read(self, length: int) -> bytearray:
        content = bytearray(length)
        view, done = memoryview(content), 0
        while done < length:
            if not self.selector.select(max(0.0, self.deadline - time.monotonic())):
                raise _Failed(f"parsing it took more than {self.seconds:.0f} s: it is damaged")
            count = self.pipe.raw.readinto(view[done:])  # type: ignore[attr-defined]
            if count == 0:
                raise _Failed(self._ended())
            done += count or 0
        return content

    def _ended(self) -> str:
        """Return why the child closed the pipe."""
        code = self.process.wait()
        if code == -signal.SIGXCPU:
            return f"parsing it took more than {self.seconds:.0f} s: it is damaged"
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            return f"parsing it crashed h5py ({name}): it is damaged"
        return (
            f"the process that parses it ended with status {code}: check that {sys.executable} "
            "imports h5py"
        )


def _received(child: _Child, max_bytes: int) -> ForeignGroup:
    """Return the tree that the child sends, whose every value is checked: it may be subverted."""
    left = max_bytes
    letter, content = child.frame(0)
    child.begin()
    letter, content = child.frame(_MAX_TREE)
    if letter == b"E":
        raise _Failed(printable(content.decode(errors="replace"), shown=1000))
    try:
        described = json.loads(content) if letter == b"T" else None
        arrays: list[_Awaited] = []
        tree = _group(described, arrays)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        raise _Failed("it is damaged: its parser sent no tree") from None
    for place, key, dtype, shape in arrays:
        size = math.prod(shape) * dtype.itemsize
        if size > left:
            raise _Failed("it is damaged: its parser sent more than the file holds")
        left -= size
        letter, content = child.frame(max(size, 4096))
        if letter == b"E":
            raise _Failed(printable(content.decode(errors="replace"), shown=1000))
        if letter != b"A" or len(content) != size:
            raise _Failed("it is damaged: its parser sent another array than the file holds")
        array: np.ndarray = np.ndarray(shape, dtype, buffer=content)
        place[key] = array if shape else array[()]
    return tree


def _group(node: Any, arrays: list[_Awaited]) -> ForeignGroup:
    """Return a group without its arrays of numbers, which are appended to ``arrays`` in order."""
    group = ForeignGroup()
    groups, attributes = node["g"], node["a"]
    for name, held in attributes.get("", {}).items():
        _put(group.attributes.setdefault("", {}), name, held, arrays)
    for name, child in groups.items():
        if "g" in child:
            group[name] = _group(child, arrays)
            continue
        _put(group, name, child, arrays)
        for key, held in attributes.get(name, {}).items():
            _put(group.attributes.setdefault(name, {}), key, held, arrays)
    return group


def _put(place: Any, key: str, node: Any, arrays: list[_Awaited]) -> None:
    """Set one value, which for an array of numbers takes the place of what is read later."""
    if "s" in node:
        place[key] = str(node["s"])
        return
    shape = tuple(int(size) for size in node["d"])
    if any(size < 0 for size in shape):
        raise ValueError("a negative size")
    if "l" in node:
        place[key] = np.array([str(text) for text in node["l"]], dtype=str).reshape(shape)
        return
    dtype = np.dtype(str(node["n"]))
    if dtype.kind not in "biuf" or dtype.itemsize > 8:
        raise TypeError(f"an array of {dtype}")
    place[key] = None
    arrays.append((place, key, dtype, shape))
