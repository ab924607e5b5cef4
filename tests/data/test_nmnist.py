"""N-MNIST: the official folders, as tonic reads them."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from lava_intsnn.data import DataError, events, load, nmnist

tonic = pytest.importorskip("tonic")
REAL = os.environ.get("LAVA_INTSNN_DATA")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """Neither the user's data nor the user's cache decides these tests."""
    monkeypatch.delenv("LAVA_INTSNN_DATA", raising=False)
    monkeypatch.setenv("LAVA_INTSNN_CACHE", str(tmp_path / "cache"))


def write(root, *, n=12, seed=0):
    """Write recordings of the classes 0..9 in turn, numbered from 1."""
    rng = np.random.default_rng(seed)
    for k in range(n):
        size = 300
        x, y = rng.integers(0, 34, (2, size))
        word = rng.integers(0, 2, size) << 23 | np.sort(rng.integers(0, 300_000, size))
        event = np.stack([x, y, word >> 16, word >> 8 & 255, word & 255], 1).astype(np.uint8)
        folder = root / str(k % 10)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{k + 1:05d}.bin").write_bytes(event.tobytes())


@pytest.mark.parametrize("folder", ["NMNIST", "N-MNIST", "."])
def test_recordings_are_those_of_tonics_own_reader_in_the_order_of_their_numbers(tmp_path, folder):
    write(tmp_path / folder / "Train")
    data = nmnist("train", data_dir=tmp_path, frames=4)
    assert (data.name, data.n_classes, data.frames) == ("nmnist-part", 10, 4)
    assert data.image_shape == (4, 34, 34, 2)
    assert data.labels.tolist() == [*range(10), 0, 1]
    for k in range(12):
        path = tmp_path / folder / f"Train/{k % 10}/{k + 1:05d}.bin"
        theirs = tonic.io.read_mnist_file(str(path), dtype=tonic.datasets.NMNIST.dtype)
        frames = tonic.transforms.ToFrame(sensor_size=(34, 34, 2), n_time_bins=4)(theirs)
        assert np.array_equal(data.images[k].reshape(4, 34, 34, 2), frames.transpose(0, 2, 3, 1))


def test_the_counts_are_kept_until_a_file_changes(tmp_path, monkeypatch):
    module = sys.modules["lava_intsnn.data.nmnist"]  # the package has the function of its name
    write(tmp_path / "Train")
    first = load("nmnist", "train", data_dir=tmp_path, frames=2, pooling=2)
    assert first.image_shape == (2, 17, 17, 2)
    with monkeypatch.context() as patch:
        patch.setattr(module, "events", None)
        assert nmnist("train", data_dir=tmp_path, frames=2, pooling=2).fingerprint() == (
            first.fingerprint()
        )
    (tmp_path / "Train/0/00001.bin").write_bytes(b"\1\2\3\4\5")
    changed = nmnist("train", data_dir=tmp_path, frames=2, pooling=2)
    assert changed.fingerprint() != first.fingerprint()


def test_tonics_own_data_set_gives_the_same_samples(tmp_path, monkeypatch):
    write(tmp_path / "NMNIST/Train")
    monkeypatch.setattr(tonic.datasets.NMNIST, "_check_exists", lambda self: True)
    theirs = events(tonic.datasets.NMNIST(str(tmp_path)), steps=10)
    ours = nmnist("train", data_dir=tmp_path)
    assert sorted(map(bytes, theirs.images)) == sorted(map(bytes, ours.images))
    assert theirs.image_shape == ours.image_shape


def test_files_that_are_no_recordings_are_refused(tmp_path):
    write(tmp_path / "Train")
    file = tmp_path / "Train/3/00004.bin"
    for content, message in (
        (b"", r"00004\.bin: 0 bytes"),
        (b"1234567", r"00004\.bin: 7 bytes; expected events of 5 bytes"),
        (b"\x30\1\2\3\4", "x = 48, beyond the sensor"),
    ):
        file.write_bytes(content)
        with pytest.raises(DataError, match=message):
            nmnist("train", data_dir=tmp_path)
    file.rename(file.with_name("copy.bin"))
    with pytest.raises(DataError, match=r"copy\.bin: recordings are called by numbers"):
        nmnist("train", data_dir=tmp_path)


def test_missing_folders_are_named_and_tonic_downloads_to_the_cache(tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"folder Test is not in .*\(looked in NMNIST.*--data-dir"):
        nmnist("test", data_dir=tmp_path)
    calls = []

    def download(self):
        calls.append(self.filename)
        write(Path(self.location_on_system) / "Test", n=3)

    module = sys.modules["lava_intsnn.data.nmnist"]
    monkeypatch.setattr(module, "PARTS", {"test": ("Test", 3)})
    monkeypatch.setattr(tonic.datasets.NMNIST, "download", download)
    with pytest.raises(DataError, match="and download=False"):
        load("nmnist", "test", download=False)
    assert calls == []
    assert [len(nmnist("test")), len(load("nmnist", "test"))] == [3, 3]
    assert calls == ["test.zip"]
    # an unpacking that was killed: neither we nor tonic may take it for the data set
    half = tmp_path / "cache/NMNIST"
    (half / "Test/1/00002.bin").unlink()
    (half / "test.zip").touch()
    with pytest.raises(DataError, match="and download=False"):
        nmnist("test", download=False)
    assert len(nmnist("test")) == 3
    assert len(calls) == 2
    assert {path.name for path in half.iterdir()} == {"Test", "test.zip"}
    monkeypatch.setattr(module, "PARTS", {"test": ("Test", 4)})
    with pytest.raises(DataError, match="the archive does not hold the 4 recordings of Test"):
        nmnist("test")


@pytest.mark.slow
@pytest.mark.skipif(not REAL, reason="LAVA_INTSNN_DATA names no data")
def test_the_real_recordings(monkeypatch):
    if not Path(REAL, "NMNIST/Test").is_dir():
        pytest.skip("no N-MNIST there")
    data = nmnist("test", data_dir=REAL)
    assert np.bincount(data.labels, minlength=10).min() > 0
    assert 3000 < data.images.sum(1, dtype=int).mean() < 6000
