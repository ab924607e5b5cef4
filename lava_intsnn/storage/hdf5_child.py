"""The child process of :mod:`.foreign_hdf5`: parses one HDF5 file and writes it to a pipe.

A damaged or malicious HDF5 file can crash h5py, keep it busy for ever, or make it take all memory.
This script therefore runs alone, under limits, and imports numpy and h5py only. It is started with
``python -I``, reads the file from descriptor 0, and writes frames to descriptor 1: one letter, the
length as 8 bytes (little-endian), the content.

======  ======================================================================================
Letter  Content
======  ======================================================================================
``R``   nothing: the libraries are loaded, and the parent's clock starts
``T``   JSON of the tree: groups are ``{"g": {name: node}, "a": {name: {attribute: node}}}``,
        text is ``{"s": text}``, several texts ``{"l": texts, "d": shape}``, and an array of
        numbers ``{"n": dtype, "d": shape}``
``A``   bytes of the next array of numbers, in the order of the tree
``Z``   nothing: all has been sent
``E``   why the file is refused
======  ======================================================================================
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
from typing import Any

#: What a file may have, and more than files of networks do.
MAX_DEPTH = 32
MAX_OBJECTS = 100_000
MAX_TEXT = 1 << 24  # characters of all text
_SAFE_FILTERS = {1: "gzip", 2: "shuffle"}


class Refused(Exception):
    """Why a file is refused."""


class Walk:
    """One pass over a file.

    Parameters
    ----------
    h5py, numpy : modules
    max_bytes : int
        The most bytes that all arrays together may have.
    """

    def __init__(self, h5py: Any, numpy: Any, max_bytes: int) -> None:
        self.h5py, self.numpy, self.left = h5py, numpy, max_bytes
        self.max_bytes = max_bytes
        self.text_left = MAX_TEXT
        self.seen: set[int] = set()
        self.arrays: list[Any] = []  # data sets, or arrays of numbers that are read already

    def group(self, group: Any, where: str, depth: int = 0) -> dict[str, Any]:
        """Return a group's node."""
        if depth > MAX_DEPTH:
            raise Refused(f"groups are nested deeper than {MAX_DEPTH}")
        nodes: dict[str, Any] = {}
        attributes = {"": self.attributes(group)}
        for name in group:
            place = f"{where}/{name}"
            if not isinstance(name, str) or not _encodes(name):
                raise Refused(f"the name {name!r} is no UTF-8 text")
            check_link(self.h5py, group, name, place)
            info = self.h5py.h5o.get_info(group.id, name.encode())
            if info.addr in self.seen:
                raise Refused(f"{place} is linked twice")
            self.seen.add(info.addr)
            if len(self.seen) > MAX_OBJECTS:
                raise Refused(f"more than {MAX_OBJECTS} groups and data sets")
            if info.type == self.h5py.h5o.TYPE_GROUP:
                nodes[name] = self.group(group[name], place, depth + 1)
                continue
            if info.type != self.h5py.h5o.TYPE_DATASET:
                raise Refused(f"{place} is neither a group nor a data set")
            dataset = group[name]
            nodes[name] = self.dataset(dataset, place)
            attributes[name] = self.attributes(dataset)
        return {"g": nodes, "a": {name: held for name, held in attributes.items() if held}}

    def dataset(self, dataset: Any, where: str) -> dict[str, Any]:
        """Return a data set's node. Numbers are read later, when the whole file is known good."""
        check_storage(self.h5py, dataset, where)
        return self.value(dataset, where)

    def attributes(self, thing: Any) -> dict[str, Any]:
        """Return nodes of the attributes that hold numbers or text; others mean nothing to us."""
        found: dict[str, Any] = {}
        for name in thing.attrs:
            self.count_text(len(name))
            if not _encodes(name):
                continue
            held = thing.attrs.get_id(name)
            if (
                held.get_type().get_class()
                in (
                    self.h5py.h5t.INTEGER,
                    self.h5py.h5t.FLOAT,
                    self.h5py.h5t.STRING,
                )
                and held.get_space().get_simple_extent_type() != self.h5py.h5s.NULL
            ):
                self.count_bytes(math.prod(held.shape) * held.dtype.itemsize, f"attribute {name}")
                found[name] = self.attribute(thing.attrs[name], name)
        return found

    def attribute(self, value: Any, name: str) -> dict[str, Any]:
        """Return the node of an attribute's value."""
        array = self.numpy.asarray(value)
        if array.dtype.kind in "OSU":
            return self.texts(array, f"attribute {name}")
        return self.numbers(array, array.dtype, array.shape, f"attribute {name}")

    def value(self, dataset: Any, where: str) -> dict[str, Any]:
        """Return a data set's node."""
        if dataset.shape is None:
            raise Refused(f"{where} is empty")
        elements = math.prod(dataset.shape)
        self.count_bytes(elements * dataset.dtype.itemsize, where)
        if self.h5py.check_string_dtype(dataset.dtype) is not None:
            return self.texts(self.numpy.asarray(dataset[()]), where)
        return self.numbers(dataset, dataset.dtype, dataset.shape, where)

    def numbers(self, held: Any, dtype: Any, shape: tuple[int, ...], where: str) -> dict[str, Any]:
        """Return the node of an array of numbers, and keep the array for later."""
        if dtype.kind not in "biuf" or dtype.itemsize > 8 or dtype.fields or dtype.shape:
            raise Refused(f"{where} is of type {dtype}: numbers and text are read")
        self.arrays.append((held, where))
        return {"n": dtype.newbyteorder("=").str, "d": list(shape)}

    def texts(self, values: Any, where: str) -> dict[str, Any]:
        """Return the node of one or more texts."""
        found = []
        for value in values.ravel().tolist():
            try:
                text = value.decode() if isinstance(value, bytes) else str(value)
            except UnicodeDecodeError:
                raise Refused(f"{where} holds text that is not UTF-8") from None
            if not _encodes(text):
                raise Refused(f"{where} holds text that is not UTF-8")
            self.count_text(len(text))
            found.append(text)
        widest = max(map(len, found), default=0)
        self.count_bytes(4 * widest * len(found), where)  # numpy's text has one width
        return {"l": found, "d": list(values.shape)} if values.shape else {"s": found[0]}

    def count_bytes(self, number: int, where: str) -> None:
        """Raise Refused if the file holds more than is read."""
        self.left -= number
        if self.left < 0:
            raise Refused(
                f"its content takes more than {self.max_bytes >> 20} MiB (at {where}), the most "
                "that is read"
            )

    def count_text(self, number: int) -> None:
        """Raise Refused if the file holds more text than is read."""
        self.text_left -= number
        if self.text_left < 0:
            raise Refused(f"more than {MAX_TEXT} characters of text")


def check_link(h5py: Any, group: Any, name: str, where: str) -> None:
    """Raise Refused unless ``name`` is a part of its own file."""
    if group.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
        raise Refused(f"{where} is a soft or external link: only hard links are followed")


def check_storage(h5py: Any, dataset: Any, where: str) -> None:
    """Raise Refused if a data set reads other files, or needs a filter that is not built in."""
    creation = dataset.id.get_create_plist()
    layout = creation.get_layout()
    if layout == h5py.h5d.VIRTUAL:
        raise Refused(f"{where} is a virtual data set, which reads other files")
    if layout != h5py.h5d.CHUNKED and creation.get_external_count():
        raise Refused(f"{where} has external storage, which reads other files")
    for index in range(creation.get_nfilters()):
        code = creation.get_filter(index)[0]
        if code not in _SAFE_FILTERS:
            raise Refused(
                f"{where} has the compression filter {code}: only gzip, shuffle and none are read"
            )


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # h5py's stand-ins for bytes that are not UTF-8
        return False
    return True


def send(letter: bytes, content: bytes = b"") -> None:
    """Write one frame."""
    for part in (letter + len(content).to_bytes(8, "little"), content):
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(1, rest) :]


def limit(kind: int, most: int) -> None:
    """Lower one limit of this process."""
    hard = resource.getrlimit(kind)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    # beyond the soft limit on time a process gets SIGXCPU, which says more than SIGKILL
    beyond = most + (kind == resource.RLIMIT_CPU)
    resource.setrlimit(kind, (most, beyond if hard == resource.RLIM_INFINITY else hard))


def parse(max_bytes: int) -> None:
    """Send the tree of the file at descriptor 0."""
    import h5py
    import numpy

    with h5py.File("/dev/fd/0", "r") as file:
        walk = Walk(h5py, numpy, max_bytes)
        walk.seen.add(h5py.h5o.get_info(file.id).addr)
        send(b"T", json.dumps(walk.group(file, "")).encode())
        for held, where in walk.arrays:
            try:
                array = held[()]
            except OSError as error:
                raise Refused(f"{where} cannot be read ({error})") from None
            if array.dtype == bool:  # a damaged one holds other bytes than 0 and 1
                array = array.view(numpy.uint8) != 0
            array = numpy.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
            send(b"A", array.tobytes())
    send(b"Z")


def main() -> None:
    """Run with the JSON ``{"path", "memory", "cpu", "bytes"}`` as the one argument."""
    given = json.loads(sys.argv[1])
    sys.path[:] = given["path"]  # the parent's, so that both read with one h5py
    import h5py  # noqa: F401
    import numpy  # noqa: F401

    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_AS, given["memory"])
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + given["cpu"]))
    send(b"R")
    try:
        parse(given["bytes"])
    except MemoryError:
        send(b"E", f"it needs more than {given['memory'] >> 20} MiB of memory".encode())
    except Exception as error:  # h5py raises many kinds
        why = error.args[0] if isinstance(error, KeyError) and error.args else error
        send(b"E", str(why)[:2000].encode("utf-8", "backslashreplace"))


if __name__ == "__main__":
    main()
