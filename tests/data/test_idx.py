"""The IDX reader takes a well-formed file and nothing else."""

import gzip
import struct

import numpy as np
import pytest

from lava_intsnn.data import DataError
from lava_intsnn.data.idx import read_idx

SHAPE = (3, 4, 5)
VALUES = np.arange(60, dtype=np.uint8)
GOOD = struct.pack(">IIII", 0x803, *SHAPE) + VALUES.tobytes()


@pytest.fixture
def put(tmp_path):
    def put(content, name="file-idx3-ubyte"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return put


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("name", ["file", "file.gz"])
def test_a_file_is_read_compressed_or_not_whatever_its_name(put, pack, name):
    array = read_idx(put(pack(GOOD), name), ndim=3)
    assert array.dtype == np.uint8
    assert array.flags.writeable
    assert np.array_equal(array, VALUES.reshape(SHAPE))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "only 0 bytes"),
        (b"\0\0\x08", "only 3 bytes"),
        (b"\x89PNG\r\n\x1a\n", "no IDX file: it begins with 0x89504e47"),
        (struct.pack(">II", 0x801, 2) + b"\1\2", "0x00000801 .*1 dimensions.*expected.*0x00000803"),
        (struct.pack(">IIII", 0xD03, *SHAPE) + bytes(240), "float32.*expected.*uint8"),
        (GOOD[:10], "truncated within the header"),
        (GOOD[:-1], "truncated: 75 bytes; expected 76 bytes"),
        (GOOD + b"\0", "trailing bytes: 77 bytes; expected 76"),
        (gzip.compress(GOOD, mtime=0)[:-9], "damaged gzip"),
        (gzip.compress(GOOD, mtime=0)[:6], "damaged gzip"),
        (b"\x1f\x8bnonsense", "damaged gzip"),
        (struct.pack(">IIII", 0x803, 2**31, 2**31, 2**31), "truncated: 16 bytes"),
    ],
)
def test_a_damaged_or_foreign_file_is_refused_with_path_finding_and_fix(put, content, message):
    path = put(content)
    with pytest.raises(DataError, match=message) as caught:
        read_idx(path, ndim=3)
    assert str(path) in str(caught.value)
    assert "get another copy of it" in str(caught.value).lower()


def test_every_truncation_is_refused(put):
    for pack in (bytes, gzip.compress):
        whole = pack(GOOD)
        for n in range(len(whole)):
            with pytest.raises(DataError):
                read_idx(put(whole[:n]), ndim=3)


def test_a_flipped_byte_of_compressed_data_is_refused_or_harmless(put):
    whole = gzip.compress(GOOD, mtime=0)
    for n in range(len(whole)):
        broken = bytearray(whole)
        broken[n] ^= 0x55
        try:
            array = read_idx(put(bytes(broken)), ndim=3)
        except DataError:
            continue
        assert np.array_equal(array, VALUES.reshape(SHAPE)), f"byte {n}"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nowhere cannot be read: there is no such file"):
        read_idx(tmp_path / "nowhere", ndim=1)
