"""A file that cannot be read: whether it is damaged, locked or elsewhere decides what to do."""

import fcntl

import numpy as np
import pytest

from lava_intsnn.data import DataError, mnist, open_data, places, read, shd
from lava_intsnn.data.errors import content_of, unreadable


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """Neither the user's data nor the user's cache decides these tests."""
    monkeypatch.delenv("LAVA_INTSNN_DATA", raising=False)
    monkeypatch.setenv("LAVA_INTSNN_CACHE", str(tmp_path / "cache"))


def test_a_locked_file_is_not_to_be_deleted(tmp_path, write_shd):
    path = write_shd(tmp_path / "shd_train.h5")
    with open(path, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for load in (lambda: shd("train", data_dir=tmp_path), lambda: read(path, frames=2)):
            with pytest.raises(
                DataError, match=r"shd_train\.h5 is locked: another program"
            ) as found:
                load()
            assert "elete" not in str(found.value)
    assert len(shd("train", data_dir=tmp_path)) == 12


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        (PermissionError(13, "Permission denied"), "permission denied; ask its owner"),
        (BlockingIOError(11, "Resource temporarily unavailable"), "is locked"),
        (OSError(24, "Too many open files"), "too many files are open"),
    ],
)
def test_what_is_not_the_files_fault_is_told_apart(error, finding):
    assert finding in str(unreadable("x.h5", error))
    assert "elete" not in str(unreadable("x.h5", error))


def test_what_may_be_damage_is_left_to_the_reader():
    assert unreadable("x.h5", OSError("truncated file")) is None
    assert unreadable("x.h5", KeyError("labels")) is None


def test_a_folder_in_place_of_a_file(tmp_path):
    with pytest.raises(DataError, match="it is a folder"):
        content_of(tmp_path)


@pytest.mark.parametrize("kind", [np.uint64, np.int8, np.float32, np.float64])
def test_channels_of_every_type(tmp_path, write_shd, kind):
    rng = np.random.default_rng(0)
    units = [rng.integers(0, 100, n).astype(np.uint16) for n in (3, 40, 0)]
    times = [np.sort(rng.random(len(u))) for u in units]
    write_shd(tmp_path / "a/shd_train.h5", times=times, units=units)
    one = shd("train", data_dir=tmp_path / "a")
    other = write(tmp_path / "b/shd_train.h5", one, times, [u.astype(kind) for u in units])
    assert np.array_equal(shd("train", data_dir=other.parent).images, one.images)


def write(path, like, times, units):
    """Write a file whose channels keep their type."""
    import h5py

    path.parent.mkdir()
    with h5py.File(path, "w") as file:
        file["labels"], file["extra/speaker"] = like.labels, like.speakers
        file["extra/keys"] = np.array([str(k).encode() for k in range(20)])
        for name, rows in (("times", times), ("units", units)):
            kind = h5py.vlen_dtype(rows[0].dtype)
            stored = file.create_dataset(f"spikes/{name}", (len(rows),), dtype=kind)
            for k, row in enumerate(rows):
                stored[k] = row
    return path


def test_download_false_does_not_replace_a_file_by_a_download(tmp_path, monkeypatch):
    def network(*_, **__):
        raise AssertionError("the network was used")

    monkeypatch.setattr(places, "retrieve", network)
    cache = tmp_path / "cache/MNIST"
    cache.mkdir(parents=True)
    for name in ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"):
        (cache / name).write_bytes(b"half of a download")
    with pytest.raises(DataError, match="t10k-images-idx3-ubyte.gz: no IDX file"):
        mnist("test", download=False)


def test_an_empty_folder_is_told_as_one(tmp_path):
    with pytest.raises(DataError, match="the folder holds nothing, which is no data set; give"):
        open_data(tmp_path)
