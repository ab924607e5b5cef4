"""Finding MNIST: where it is looked for, what is refused, what happens without a network."""

import gzip
import hashlib
import importlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from lava_intsnn.data import DataError, load, mnist

PREFIX = {"train": "train", "test": "t10k"}


def write_tree(folder, *, split="train", n=5, side=28, labels=None, pack=gzip.compress):
    folder.mkdir(parents=True, exist_ok=True)
    suffix = ".gz" if pack is gzip.compress else ""
    labels = np.arange(n) % 10 if labels is None else np.asarray(labels)
    images = np.full((n, side, side), 7, np.uint8)
    images[0, 0, 0] = n
    images_idx = struct.pack(">IIII", 0x803, n, side, side) + images.tobytes()
    labels_idx = struct.pack(">II", 0x801, len(labels)) + labels.astype(np.uint8).tobytes()
    (folder / f"{PREFIX[split]}-images-idx3-ubyte{suffix}").write_bytes(pack(images_idx))
    (folder / f"{PREFIX[split]}-labels-idx1-ubyte{suffix}").write_bytes(pack(labels_idx))


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """Neither the user's variable nor the user's cache decides these tests."""
    monkeypatch.delenv("LAVA_INTSNN_DATA", raising=False)
    monkeypatch.delenv("LAVA_INTSNN_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def no_network(monkeypatch):
    import pooch
    import requests

    def refuse(*args, **kwargs):
        raise requests.exceptions.ConnectionError("no network in this test")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", refuse)


@pytest.mark.parametrize("folder", ["MNIST/raw", "MNIST", "raw", "."])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_files_are_found_in_the_usual_folders(tmp_path, folder, pack):
    write_tree(tmp_path / "d" / folder, pack=pack)
    data = mnist("train", data_dir=tmp_path / "d")
    assert data.images.shape == (5, 784)
    assert data.labels.tolist() == [0, 1, 2, 3, 4]
    assert (data.name, data.n_classes, data.image_shape) == ("mnist", 10, (28, 28))


def test_the_environment_variable_is_used_and_an_argument_goes_before_it(tmp_path, monkeypatch):
    write_tree(tmp_path / "a", n=3)
    write_tree(tmp_path / "b", n=4)
    monkeypatch.setenv("LAVA_INTSNN_DATA", str(tmp_path / "a"))
    assert len(load("mnist", "train")) == 3
    assert len(load("mnist", "train", data_dir=tmp_path / "b")) == 4


def test_the_splits_have_their_own_files(tmp_path):
    write_tree(tmp_path, split="test", n=6)
    assert len(mnist("test", data_dir=tmp_path)) == 6
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\[\.gz\]"):
        mnist("train", data_dir=tmp_path)


def test_a_data_directory_without_the_files_is_an_error_and_no_reason_to_download(tmp_path):
    with pytest.raises(DataError, match=r"looked in MNIST/raw, MNIST, raw, \..*digits-snn"):
        mnist("train", data_dir=tmp_path)
    with pytest.raises(DataError, match="is not a folder"):
        mnist("train", data_dir=tmp_path / "none")


def test_without_a_network_the_error_tells_the_ways_out(tmp_path, no_network, monkeypatch):
    monkeypatch.setenv("LAVA_INTSNN_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"could not be downloaded.*--data-dir.*digits-snn") as e:
        mnist("train")
    assert "no network in this test" in str(e.value)
    assert str(tmp_path) in str(e.value)


def test_download_false_touches_no_network(monkeypatch):
    import pooch

    monkeypatch.setattr(pooch, "retrieve", lambda *a, **k: pytest.fail("tried to download"))
    with pytest.raises(DataError, match="download=False"):
        mnist("train", download=False)


def test_a_download_is_checked_and_the_next_mirror_tried(tmp_path, monkeypatch):
    """The first mirror serves rubbish: its checksum is refused, the second one's file kept."""
    import pooch

    # The package exports the function under the name of its module.
    module = importlib.import_module("lava_intsnn.data.mnist")
    write_tree(tmp_path / "server", n=5)
    served = {p.name: p.read_bytes() for p in (tmp_path / "server").iterdir()}
    sums = {n.removesuffix(".gz"): hashlib.sha256(c).hexdigest() for n, c in served.items()}
    monkeypatch.setattr(module, "SHA256", sums)
    asked = []

    def serve(self, url, output_file, pooch, check_only=False):
        asked.append(url)
        content = served[url.rsplit("/", 1)[1]]
        bad = url.startswith(module.MIRRORS[0])
        Path(output_file).write_bytes(b"<html>login</html>" if bad else content)

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", serve)
    assert len(mnist("train")) == 5
    assert len(asked) == 4
    asked.clear()
    assert len(mnist("train")) == 5
    assert len(mnist("train", download=False)) == 5
    assert asked == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": [0, 1, 2]}, r"shape \(3,\): must be \(5,\)"),
        ({"labels": [0, 1, 2, 10, 4]}, r"index 3 with value 10; must be 0\.\.9"),
        ({"side": 27}, "27x27; expected 28x28"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(tmp_path, changes, message):
    write_tree(tmp_path, **changes)
    with pytest.raises(DataError, match=message) as caught:
        mnist("train", data_dir=tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_swapped_files_are_refused(tmp_path):
    write_tree(tmp_path)
    images, labels = sorted(tmp_path.glob("train*.gz"))
    spare = images.read_bytes()
    images.write_bytes(labels.read_bytes())
    labels.write_bytes(spare)
    with pytest.raises(DataError, match="0x00000801"):
        mnist("train", data_dir=tmp_path)


@pytest.fixture(scope="module")
def real_dir():
    named = os.environ.get("LAVA_INTSNN_DATA")
    if not named:
        pytest.skip("LAVA_INTSNN_DATA does not name a folder with MNIST")
    return named


def test_the_real_files(real_dir):
    train, test = (mnist(split, data_dir=real_dir) for split in ("train", "test"))
    assert (len(train), len(test)) == (60000, 10000)
    # Class counts as published with the data set.
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(train.labels).tolist() == counts
    assert test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert abs(train.images.mean() / 255 - 0.1307) < 1e-4
