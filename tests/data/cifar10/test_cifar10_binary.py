"""CIFAR-10, the binary version: every layout gives the same pixels, and damage is refused."""

import gzip
import pickle
from pathlib import Path

import numpy as np
import pytest
from cifar10_files import RECORDS, batches, write_archive, write_binary

from lava_intsnn.data import DataError, cifar10, load, on_off


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize(
    "folder",
    ["CIFAR10/cifar-10-batches-bin", "cifar10", "cifar-10-batches-bin", "CIFAR10", "."],
)
def test_the_binary_files_are_found_and_read_pixel_by_pixel(tmp_path, folder, split):
    images, labels = write_binary(tmp_path / "d" / folder, split)
    data = cifar10(split, data_dir=tmp_path / "d")
    assert np.array_equal(data.maps, images)
    assert np.array_equal(data.labels, labels)
    assert (data.name, data.split, data.n_classes) == ("cifar10", split, 10)
    assert data.image_shape == (32, 32, 3)
    assert data.images.shape == (len(images), 3072)
    # height, width, channel
    assert data.images[1, (5 * 32 + 7) * 3 + 2] == images[1, 5, 7, 2]


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("folder", ["CIFAR10", "."])
def test_the_archive_gives_what_its_files_give(tmp_path, folder, split):
    both = {**batches("train")[0], **batches("test")[0]}
    write_archive(tmp_path / "d" / folder, dict(sorted(both.items(), reverse=True)))
    write_binary(tmp_path / "f", split)
    packed, plain = (cifar10(split, data_dir=tmp_path / where) for where in ("d", "f"))
    assert packed.fingerprint() == plain.fingerprint()


def test_the_environment_variable_is_used_and_an_argument_goes_before_it(tmp_path, monkeypatch):
    write_binary(tmp_path / "a", "test", seed=1)
    images, _ = write_binary(tmp_path / "b", "test", seed=2)
    monkeypatch.setenv("LAVA_INTSNN_DATA", str(tmp_path / "a"))
    assert not np.array_equal(load("cifar10", "test").maps, images)
    assert np.array_equal(load("cifar10", "test", data_dir=tmp_path / "b").maps, images)


@pytest.mark.parametrize(("change", "said"), [(-3073, "truncated"), (-1, "truncated"), (1, "tra")])
def test_binary_files_of_another_size_are_refused_also_when_cut_at_a_record(tmp_path, change, said):
    write_binary(tmp_path, "train")
    path = tmp_path / "data_batch_3.bin"
    content = path.read_bytes()
    path.write_bytes(content[:change] if change < 0 else content + bytes(change))
    size = 3073 * RECORDS
    with pytest.raises(DataError, match=rf"data_batch_3.*{said}.*{size + change}.*{size}") as e:
        cifar10("train", data_dir=tmp_path)
    assert "another file or folder" in str(e.value)


def test_a_missing_batch_is_named(tmp_path):
    write_binary(tmp_path, "train")
    (tmp_path / "data_batch_4.bin").unlink()
    with pytest.raises(DataError, match=r"data_batch_4\.bin cannot be read"):
        cifar10("train", data_dir=tmp_path)
    files, _, _ = batches("train")
    del files["data_batch_2.bin"]
    (tmp_path / "t").mkdir()
    write_archive(tmp_path / "t", files)
    with pytest.raises(DataError, match=r"without cifar-10-batches-bin/data_batch_2\.bin"):
        cifar10("train", data_dir=tmp_path / "t")


def test_a_label_that_no_class_has_is_refused(tmp_path):
    write_binary(tmp_path, "test")
    path = tmp_path / "test_batch.bin"
    content = bytearray(path.read_bytes())
    content[2 * 3073] = 10
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"index 2 with value 10; must be 0\.\.9") as caught:
        cifar10("test", data_dir=tmp_path)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("damage", ["cut", "flipped", "page"])
def test_a_damaged_archive_is_refused(tmp_path, damage):
    path = write_archive(tmp_path, batches("test")[0])
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[len(content) // 2] ^= 0x10
    else:
        content = b"<html>login</html>"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"cifar-10-binary\.tar\.gz"):
        cifar10("test", data_dir=tmp_path)


class _Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_the_pickled_version_is_refused_unopened_with_the_way_out(tmp_path):
    for place in ("cifar-10-batches-py", "CIFAR10/cifar-10-batches-py"):
        root = tmp_path / place.replace("/", "-")
        (root / place).mkdir(parents=True)
        content = pickle.dumps(_Bomb(tmp_path / "ran"))
        for name in ("data_batch_1", "test_batch"):
            (root / place / name).write_bytes(content)
        with pytest.raises(DataError, match=r"is pickled.*binary version instead, https://"):
            cifar10("test", data_dir=root)
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "cifar-10-python.tar.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(DataError, match=r"cifar-10-python\.tar\.gz is the version for Python"):
        cifar10("test", data_dir=tmp_path / "t")
    assert not (tmp_path / "ran").exists()


def test_two_polarities_are_the_channels_of_on_off(tmp_path):
    write_binary(tmp_path, "test")
    plain = cifar10("test", data_dir=tmp_path)
    both = load("cifar10", "test", data_dir=tmp_path, polarities=2)
    assert both.image_shape == (32, 32, 6)
    np.testing.assert_array_equal(both.images, on_off(plain).images)
