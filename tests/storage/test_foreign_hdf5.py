"""HDF5 files of others: their content comes back as it was written, or the file is refused."""

from __future__ import annotations

import os
import signal
import time

import h5py
import numpy as np
import pytest

from lava_intsnn.storage import FileFormatError, foreign_hdf5
from lava_intsnn.storage.foreign_hdf5 import read_tree


@pytest.fixture
def path(tmp_path):
    return tmp_path / "foreign.h5"


def refused(path, match, **options):
    with pytest.raises(FileFormatError, match=match) as caught:
        read_tree(path, what="netx", **options)
    assert str(path) in str(caught.value)
    return caught.value


def test_what_was_written_comes_back(path):
    numbers = {
        f"{kind}{shape}": (np.arange(np.prod(shape)) * 3 + 1).astype(kind).reshape(shape)
        for kind in ("i1", "u2", "<i4", ">i8", "u8", "f2", "<f4", ">f8", "?")
        for shape in ((), (1,), (2, 3), (0, 4))
    }
    with h5py.File(path, "w") as file:
        for name, value in numbers.items():
            file["numbers/" + name] = value
        file["text"] = "köln"
        file["fixed"] = np.bytes_(b"CUBA")
        file.create_dataset("type", (1,), "S10", [b"dense"])
        file["edges"] = np.array([["a", "b"], ["b", "longer"]], dtype=h5py.string_dtype())
        file.create_group("empty")
    tree = read_tree(path, what="test")
    assert set(tree) == {"numbers", "text", "fixed", "type", "edges", "empty"}
    for name, value in numbers.items():
        found = tree["numbers"][name]
        np.testing.assert_array_equal(found, value)
        assert found.dtype == value.dtype.newbyteorder("=")
    assert (tree["text"], tree["fixed"], tree["empty"]) == ("köln", "CUBA", {})
    assert tree["type"].tolist() == ["dense"]
    assert tree["edges"].tolist() == [["a", "b"], ["b", "longer"]]


def test_attributes_come_with_the_group(path):
    with h5py.File(path, "w") as file:
        file["layer/delay"] = np.arange(3)
        file["layer/delay"].attrs.update(max_delay=5, seeds=np.arange(4), note="drawn")
        file["layer"].attrs["own"] = 1.5
        file["layer"].attrs["points_to"] = file["layer"].ref  # means nothing elsewhere
        file["layer/weight"] = np.ones((2, 2))
    layer = read_tree(path, what="test")["layer"]
    delay = layer.attributes["delay"]
    assert (delay["max_delay"], delay["seeds"].tolist(), delay["note"]) == (
        5,
        [0, 1, 2, 3],
        "drawn",
    )
    assert layer.attributes[""] == {"own": 1.5}
    assert set(layer.attributes) == {"", "delay"}


def test_gzip_and_shuffle_are_read(path):
    value = np.arange(1000)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", data=value, compression="gzip", shuffle=True, chunks=(64,))
    np.testing.assert_array_equal(read_tree(path, what="test")["x"], value)


def external_link(file):
    file["layer"] = h5py.ExternalLink("secret.h5", "/x")


def soft_link(file):
    file["x"] = 1
    file["layer"] = h5py.SoftLink("/x")


def external_storage(file):
    file.create_dataset("layer", (8,), "u1", external=[("secret.h5", 0, 8)])


def virtual_data(file):
    layout = h5py.VirtualLayout((4,), "i8")
    layout[:] = h5py.VirtualSource("secret.h5", "x", (4,))
    file.create_virtual_dataset("layer", layout)


def linked_twice(file):
    file["x"] = 1
    file["y"] = file["x"]


def a_circle(file):
    file.create_group("a/b")
    file["a/b/c"] = file["a"]


def deep(file):
    file.create_group("/".join("a" * 40))


def lzf(file):
    file.create_dataset("x", data=np.zeros(100), compression="lzf")


def scaled(file):
    file.create_dataset("x", data=np.zeros(100, int), scaleoffset=2)


def terabytes(file):
    file.create_dataset("x", (1 << 20, 1 << 20), "i8", chunks=(64, 64))


def compound(file):
    file["x"] = np.zeros(3, [("a", "i4"), ("b", "f4")])


def ragged(file):
    file.create_dataset("x", (3,), h5py.vlen_dtype(np.int32))


def complex_numbers(file):
    file["x"] = np.zeros(3, complex)


def no_content(file):
    file["x"] = h5py.Empty("f4")


def latin_text(file):
    file["x"] = np.bytes_("köln".encode("latin-1"))


def a_type(file):
    file["x"] = np.dtype("i4")


@pytest.mark.parametrize(
    ("write", "match"),
    [
        (external_link, "/layer is a soft or external link"),
        (soft_link, "/layer is a soft or external link"),
        (external_storage, "/layer has external storage"),
        (virtual_data, "/layer is a virtual data set"),
        (linked_twice, "/y is linked twice"),
        (a_circle, "/a/b/c is linked twice"),
        (deep, "nested deeper than 32"),
        (lzf, "/x has the compression filter 32000"),
        (scaled, "/x has the compression filter 6"),
        (terabytes, "more than 256 MiB"),
        (compound, "/x is of type"),
        (ragged, "/x is of type object"),
        (complex_numbers, "/x is of type complex128"),
        (no_content, "/x is empty"),
        (latin_text, "/x holds text that is not UTF-8"),
        (a_type, "/x is neither a group nor a data set"),
    ],
)
def test_what_no_network_needs_is_refused(path, write, match):
    with h5py.File(path.with_name("secret.h5"), "w") as file:
        file["x"] = np.arange(4)
    with h5py.File(path, "w") as file:
        write(file)
    refused(path, match)


def test_a_name_is_printed_without_control_characters(path):
    with h5py.File(path, "w") as file:
        file["\x1b]0;title\x07\n"] = h5py.SoftLink("/x")
    assert str(refused(path, "soft")).isprintable()


def test_no_hdf5_file(path):
    refused(path, "there is no such file")
    path.write_bytes(b"\x93NUMPY")
    refused(path, "it is one numpy array")
    refused(path.parent, "directory")
    path.unlink()
    os.mkfifo(path)
    refused(path, "it is a pipe")


def test_a_truncated_file(path):
    with h5py.File(path, "w") as file:
        file["x"] = np.arange(1000)
    path.write_bytes(path.read_bytes()[:-100])
    refused(path, "truncated")


@pytest.fixture
def child(path, tmp_path, monkeypatch):
    """Let a script take the child's place."""
    with h5py.File(path, "w") as file:
        file["x"] = 1
    script = tmp_path / "child.py"
    monkeypatch.setattr(foreign_hdf5, "_CHILD", script)
    ready = "import os, sys, time\nos.write(1, b'R' + bytes(8))\n"
    return lambda body: script.write_text(ready + body, encoding="utf-8")


def test_a_child_that_hangs(path, child):
    child("time.sleep(600)")
    start = time.monotonic()
    refused(path, "took more than 1 s", seconds=0.6)
    assert time.monotonic() - start < 60


def test_a_child_that_takes_too_much_of_the_processor(path, child):
    child(f"os.kill(os.getpid(), {signal.SIGXCPU.value})")
    refused(path, "took more than 9 s", seconds=9.0)


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGKILL"])
def test_a_child_that_dies(path, child, name):
    child(f"os.kill(os.getpid(), {getattr(signal, name).value})")
    refused(path, f"crashed h5py \\({name}\\)")


def frame(letter, content):
    return f"os.write(1, {letter!r} + len({content!r}).to_bytes(8, 'little') + {content!r})\n"


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ("os.write(1, b'T' + (1 << 60).to_bytes(8, 'little'))", "sent more than the file holds"),
        (frame(b"T", b"[" * 100000), "sent no tree"),
        (frame(b"T", b'{"g": {"x": {"n": "O", "d": [1]}}, "a": {}}'), "sent no tree"),
        (frame(b"T", b'{"g": {"x": {"n": "f8", "d": [-1]}}, "a": {}}'), "sent no tree"),
        (
            frame(b"T", b'{"g": {"x": {"n": "f8", "d": [1048576, 1048576]}}, "a": {}}'),
            "sent more than the file holds",
        ),
        (
            frame(b"T", b'{"g": {"x": {"n": "f8", "d": [2]}}, "a": {}}') + frame(b"A", bytes(8)),
            "sent another array",
        ),
        ("sys.exit(3)", "ended with status 3: check that .* imports h5py"),
    ],
    ids=["frame", "depth", "object", "negative", "terabytes", "too short", "ended"],
)
def test_a_child_that_was_subverted_is_not_believed(path, child, body, match):
    child(body)
    refused(path, match)


def test_memory_has_a_limit(path, monkeypatch):
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (100 << 20,), "u1", chunks=(100 << 20,), compression="gzip")
        file["x"][0] = 1
    monkeypatch.setattr(foreign_hdf5, "MAX_MEMORY", 300 << 20)
    refused(path, "memory|cannot be read")
