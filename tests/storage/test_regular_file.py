"""Only regular files are read, so that reading always ends."""

import os
import socket

import pytest

from lava_intsnn.storage.regular_file import open_regular, read_regular


def test_content(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    link = tmp_path / "link"
    link.symlink_to(path)
    assert read_regular(link, at_most=3) == b"abc"
    with open_regular(path) as file:
        assert file.read() == b"abc"


def test_a_larger_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    with pytest.raises(OSError, match="more than 2 bytes"):
        read_regular(path, at_most=2)


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device(path):
    with pytest.raises(OSError):
        open_regular(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="it is a pipe"):
        open_regular(tmp_path / "pipe")


def test_a_folder_and_a_missing_file(tmp_path):
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")


def test_a_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("s")
        with pytest.raises(OSError):
            open_regular("s")


def test_a_name_with_a_null_character():
    with pytest.raises(OSError, match="null"):
        open_regular("a\0b")
