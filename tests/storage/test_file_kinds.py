"""A file of another kind is told by what it is, in every place that reads files."""

import gzip
import io
import json
import pickle
import sqlite3
import tarfile
import zipfile

import h5py
import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.cli import main
from lava_intsnn.storage.file_kinds import FOREIGN, OWN, file_kind, kind_of_file
from lava_intsnn.training.training_run import start


def hdf5(path):
    with h5py.File(path, "w") as file:
        file["x"] = 1


def database(path):
    with sqlite3.connect(path) as base:
        base.execute("create table x (y)")


def picture(path, kind):
    from PIL import Image

    Image.new("L", (4, 4)).save(path, format=kind)


WRITERS = {
    "an HDF5 file; .*lava-intsnn import FILE": hdf5,
    "one numpy array": lambda path: path.write_bytes(npy()),
    "an SQLite database; .*sweep --storage": database,
    "a PNG picture": lambda path: picture(path, "PNG"),
    "a JPEG picture": lambda path: picture(path, "JPEG"),
    "a GIF picture": lambda path: picture(path, "GIF"),
    "a program for this computer": lambda path: path.write_bytes(b"\x7fELF\x02\x01"),
    "a gzip file": lambda path: path.write_bytes(gzip.compress(b"x")),
    "a zip archive": lambda path: zipfile.ZipFile(path, "w").writestr("a", "b"),
    "an IDX file": lambda path: path.write_bytes(bytes([0, 0, 8, 3, 0, 0, 0, 1])),
    "a Python pickle, which is never": lambda path: path.write_bytes(b""),
    "JSON; .*train FILE": lambda path: path.write_text(json.dumps({"a": 1})),
    "a text": lambda path: path.write_text("über allem " * 9, encoding="utf-8"),
    "begins with 0x00010203": lambda path: path.write_bytes(bytes(range(9))),
    "empty": lambda path: path.write_bytes(b""),
}
del WRITERS["a Python pickle, which is never"]


def npy():
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


@pytest.mark.parametrize("said", WRITERS)
def test_each_kind_is_told(said, tmp_path):
    WRITERS[said](tmp_path / "file")
    import re

    assert re.match(f"it (is )?{said}", kind_of_file(tmp_path / "file"))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_named_and_not_read(protocol, tmp_path):
    (tmp_path / "net.pkl").write_bytes(pickle.dumps({"a": 1}, protocol))
    assert kind_of_file(tmp_path / "net.pkl").startswith("it is a Python pickle; pickles run code")


def test_our_own_kinds_name_their_commands(tmp_path):
    net = ls.presets.digits_snn()
    training = start(net, ls.Recipe(epochs=1), data="")
    ls.save(tmp_path / "net.npz", training)
    assert "checkpoint of lava_intsnn; `lava-intsnn eval`" in kind_of_file(tmp_path / "net.npz")
    for kind, advice in OWN.items():
        assert "`" in advice, kind


def test_what_cannot_be_read_says_so(tmp_path):
    assert kind_of_file(tmp_path / "none").startswith("it cannot be read (No such file")
    assert kind_of_file(tmp_path).startswith("it cannot be read (Is a directory")
    assert len({kind.begins for kind in FOREIGN}) == len(FOREIGN)
    assert file_kind("€".encode() * 30 + b"\xe2\x82") == "it is a text file; name another file"


@pytest.mark.parametrize(
    ("line", "make", "said"),
    [
        ("eval FILE", hdf5, "it is an HDF5 file; netx and NIR files are HDF5 files; `lava-intsnn"),
        ("run FILE", lambda path: picture(path, "PNG"), "it is a PNG picture"),
        ("train --resume FILE", database, "it is an SQLite database"),
        ("import FILE --out x.npz", lambda path: path.write_bytes(npy()), "one numpy array"),
        ("import FILE --format nir --out x.npz", lambda path: path.write_text("hello"), "a text"),
        ("compile FILE --check", lambda path: path.write_bytes(b"\x80\x04."), "a Python pickle"),
        ("train digits-snn --network FILE", hdf5, "it is an HDF5 file"),
    ],
)
def test_commands_say_what_a_foreign_file_is(line, make, said, tmp_path, capsys):
    make(tmp_path / "foreign")
    assert main([word.replace("FILE", str(tmp_path / "foreign")) for word in line.split()]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "0x" not in err


def test_importing_a_checkpoint_says_who_reads_it(tmp_path, capsys):
    path = tmp_path / "net.npz"
    ls.save(path, start(ls.presets.digits_snn(), ls.Recipe(epochs=1), data=""))
    assert main(["import", str(path), "--out", str(tmp_path / "x.npz")]) == 2
    assert "it is a checkpoint of lava_intsnn; `lava-intsnn eval`" in capsys.readouterr().err


def test_a_tar_is_bytes(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w"):
        pass
    assert kind_of_file(tmp_path / "a.tar").startswith("it begins with 0x00000000")
