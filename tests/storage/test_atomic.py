"""A save removes what a killed one left, and nothing else."""

import errno
import fcntl
import os
import socket
import subprocess
import sys

import pytest

from lava_intsnn.storage.atomic import TEMPORARY, write_bytes


def ended_process():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_save_removes_what_killed_ones_left(tmp_path):
    left = tmp_path / f".name.{ended_process()}-012abc{TEMPORARY}"
    left.write_bytes(b"half")
    write_bytes(tmp_path / "name", b"whole")
    assert os.listdir(tmp_path) == ["name"]


def test_a_save_keeps_what_is_not_its_own(tmp_path, monkeypatch):
    ended = ended_process()
    kept = [
        f".name.{os.getppid()}-012abc{TEMPORARY}",  # a living process
        f".name.1-012abc{TEMPORARY}",  # one of another user
        f".name.{10**30}-012abc{TEMPORARY}",  # none
        f".other.{ended}-012abc{TEMPORARY}",
        f".name.more.{ended}-012abc{TEMPORARY}",
        f"name.{ended}-012abc{TEMPORARY}",
        f".name.{ended}-012abc",
        f".name.{ended}-{TEMPORARY}",
        f".name.012abc012abc{TEMPORARY}",
    ]
    for name in kept:
        (tmp_path / name).write_bytes(b"mine")
    folder = tmp_path / f".name.{ended}-00000a{TEMPORARY}"
    folder.mkdir()
    link = tmp_path / f".name.{ended}-00000b{TEMPORARY}"
    link.symlink_to(kept[0])
    pipe = tmp_path / f".name.{ended}-00000c{TEMPORARY}"
    os.mkfifo(pipe)
    monkeypatch.chdir(tmp_path)
    end = socket.socket(socket.AF_UNIX)
    end.bind(f".name.{ended}-00000d{TEMPORARY}")  # a relative path: an absolute one is too long
    end.close()
    locked = tmp_path / f".name.{ended}-00000e{TEMPORARY}"  # written in another container
    before = {*os.listdir(tmp_path), locked.name}
    with open(locked, "wb") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        write_bytes(tmp_path / "name", b"whole")
    assert {*os.listdir(tmp_path)} == before | {"name"}


def test_a_killed_save_leaves_a_file_that_the_next_one_knows(tmp_path):
    program = """
import os, signal, sys
from lava_intsnn.storage.atomic import write_bytes
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
write_bytes(sys.argv[1], b"half")
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    target = tmp_path / "with [odd] (characters)"
    subprocess.run([sys.executable, "-c", program, str(target)], env=environment, check=False)
    assert len(os.listdir(tmp_path)) == 1
    write_bytes(target, b"whole")
    assert os.listdir(tmp_path) == [target.name]


def test_errors_name_the_file_that_was_asked_for(tmp_path, monkeypatch):
    long = tmp_path / ("x" * 250)  # the temporary name is longer, too long
    with pytest.raises(OSError, match="too long") as found:
        write_bytes(long, b"content")
    assert found.value.filename == str(long)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as found:
        write_bytes(tmp_path / "net.npz", b"content")
    assert found.value.filename == str(tmp_path / "net.npz")
    assert list(tmp_path.iterdir()) == []
