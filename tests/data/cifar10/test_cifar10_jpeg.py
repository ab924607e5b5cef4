"""CIFAR-10, JPEG copies: decoded once, and damage is refused."""

import io
import os
from pathlib import Path

import numpy as np
import pytest

from lava_intsnn.data import DataError, cifar10, jpeg_archive


def quarters(seed):
    """Return an image of four plain quarters, which JPEG keeps within a few levels."""
    colours = np.random.default_rng(seed).integers(0, 256, (2, 2, 3), dtype=np.uint8)
    return colours.repeat(16, axis=0).repeat(16, axis=1)


def jpeg(image, **options):
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=95, subsampling=0, **options)
    return buffer.getvalue()


def packed(split, files, labels):
    offsets = np.cumsum([0, *map(len, files)], dtype=np.int64)
    return {
        f"{split}_bytes": np.frombuffer(b"".join(files), np.uint8),
        f"{split}_offsets": offsets,
        f"{split}_labels": np.asarray(labels, np.uint8),
    }


def write_jpeg(root, *, n=5, changes=None, seed=0):
    """Write test images; ``changes`` replaces or (None) leaves out arrays."""
    images = np.stack([quarters(seed + k) for k in range(n)])
    labels = (np.arange(n) * 3 + seed) % 10
    arrays = packed("test", [jpeg(image) for image in images], labels)
    arrays = {name: a for name, a in {**arrays, **(changes or {})}.items() if a is not None}
    root.mkdir(parents=True, exist_ok=True)
    np.savez(root / "cifar10_jpeg.npz", **arrays)
    return images, labels


@pytest.mark.parametrize("folder", ["CIFAR10", "cifar10", "."])
def test_jpeg_copies_are_decoded_and_called_so(tmp_path, folder):
    images, labels = write_jpeg(tmp_path / "d" / folder)
    data = cifar10("test", data_dir=tmp_path / "d")
    assert np.abs(data.maps.astype(int) - images).max() <= 4
    assert np.array_equal(data.labels, labels)
    assert (data.name, data.image_shape) == ("cifar10-jpeg", (32, 32, 3))


def test_more_images_than_a_thread_takes_keep_their_order(tmp_path, monkeypatch):
    monkeypatch.setattr(jpeg_archive, "_PART", 3)
    images, _ = write_jpeg(tmp_path, n=10)
    assert np.abs(cifar10("test", data_dir=tmp_path).maps.astype(int) - images).max() <= 4


def test_decoded_once_and_again_when_the_archive_or_the_cache_changes(tmp_path, monkeypatch):
    write_jpeg(tmp_path)
    decoded = []
    decode = jpeg_archive._decode
    monkeypatch.setattr(
        jpeg_archive, "_decode", lambda *a, **k: decoded.append(1) or decode(*a, **k)
    )
    first = cifar10("test", data_dir=tmp_path)
    assert cifar10("test", data_dir=tmp_path).fingerprint() == first.fingerprint()
    assert len(decoded) == 1

    (kept,) = (tmp_path / "cache").rglob("*.npz")
    kept.write_bytes(kept.read_bytes()[:-40])
    assert cifar10("test", data_dir=tmp_path).fingerprint() == first.fingerprint()
    assert len(decoded) == 2

    images, _ = write_jpeg(tmp_path, seed=30, n=6)
    assert np.abs(cifar10("test", data_dir=tmp_path).maps.astype(int) - images).max() <= 4
    assert len(decoded) == 3


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LAVA_INTSNN_CACHE", str(tmp_path / "file"))
    write_jpeg(tmp_path)
    assert len(cifar10("test", data_dir=tmp_path)) == 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test_labels": None}, "without.*test_labels"),
        ({"test_labels": np.arange(4, dtype=np.uint8)}, "4 labels and 6 offsets"),
        ({"test_labels": np.full(5, 10, np.uint8)}, r"value 10; must be 0\.\.9"),
        ({"test_labels": np.arange(5)}, "test_labels is int64"),
        ({"test_labels": np.array([{}] * 5)}, "damaged.*pickle"),
        ({"test_offsets": np.arange(6)}, "offsets of test"),
        ({"test_offsets": np.zeros(6, np.int64)}, "offsets of test"),
    ],
)
def test_arrays_that_do_not_belong_together_are_refused(tmp_path, changes, message):
    write_jpeg(tmp_path, changes=changes)
    with pytest.raises(DataError, match=message) as caught:
        cifar10("test", data_dir=tmp_path)
    assert "cifar10_jpeg.npz" in str(caught.value)


def whole():
    return jpeg(quarters(1))


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (lambda: b"no picture", "cannot identify"),
        (lambda: whole()[:300], ""),
        (lambda: jpeg(quarters(1)[:31]), "31x32, RGB"),
        (lambda: jpeg(quarters(1)[..., 0]), "32x32, L"),
    ],
)
def test_an_image_that_is_no_colour_jpeg_of_32x32_is_named(tmp_path, file, said):
    write_jpeg(tmp_path, changes=packed("test", [whole(), file(), whole()], [1, 2, 3]))
    with pytest.raises(DataError, match=rf"image 1 of test.*{said}.*colour JPEG of 32x32"):
        cifar10("test", data_dir=tmp_path)
    assert not list((tmp_path / "cache").rglob("*.npz"))


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "another"])
def test_a_damaged_jpeg_archive_is_refused(tmp_path, damage):
    write_jpeg(tmp_path)
    path = tmp_path / "cifar10_jpeg.npz"
    content = bytearray(path.read_bytes())
    if damage == "cut":
        content = content[: len(content) // 2]
    elif damage == "flipped":
        content[1000] ^= 1  # within the first JPEG file: the checksum tells
    elif damage == "empty":
        content = b""
    else:
        buffer = io.BytesIO()
        np.save(buffer, np.zeros(3))
        content = buffer.getvalue()
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"cifar10_jpeg\.npz: damaged"):
        cifar10("test", data_dir=tmp_path)


@pytest.fixture(scope="module")
def real_archive():
    path = Path(os.environ.get("LAVA_INTSNN_DATA") or ".") / "CIFAR10" / "cifar10_jpeg.npz"
    if not path.is_file():
        pytest.skip("LAVA_INTSNN_DATA does not name a folder with CIFAR10/cifar10_jpeg.npz")
    return path


def test_the_real_archive(real_archive):
    from PIL import Image

    data = cifar10("test", data_dir=real_archive.parent.parent)
    assert data.images.shape == (10000, 3072)
    assert np.bincount(data.labels).tolist() == [1000] * 10
    # The published means of the training set's channels; the test set's differ by little.
    means = data.maps.mean(axis=(0, 1, 2)) / 255
    assert np.abs(means - [0.4914, 0.4822, 0.4465]).max() < 0.006
    with np.load(real_archive) as arrays:
        offsets, content = arrays["test_offsets"], arrays["test_bytes"]
        assert len(arrays["train_offsets"]) == 50001
    for index in (0, 499, 500, 9999):
        file = io.BytesIO(content[offsets[index] : offsets[index + 1]].tobytes())
        assert np.array_equal(data.maps[index], np.asarray(Image.open(file)))
