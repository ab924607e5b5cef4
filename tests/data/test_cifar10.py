"""Finding CIFAR-10: every layout gives the same pixels, and damaged files are refused."""

import gzip
import hashlib
import http.server
import importlib
import io
import os
import pickle
import tarfile
import threading
from pathlib import Path

import numpy as np
import pytest

from lava_intsnn.data import DataError, cifar10, cifar_binary, jpeg_archive, load

# The package exports the function under the name of its module.
module = importlib.import_module("lava_intsnn.data.cifar10")

RECORDS = 4
BATCHES = {"train": [f"data_batch_{k}.bin" for k in (1, 2, 3, 4, 5)], "test": ["test_batch.bin"]}


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """Neither the user's variable nor the user's cache decides these tests, and files are small."""
    monkeypatch.delenv("LAVA_INTSNN_DATA", raising=False)
    monkeypatch.setenv("LAVA_INTSNN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cifar_binary, "RECORDS", RECORDS)


@pytest.fixture
def no_network(monkeypatch):
    import pooch
    import requests

    def refuse(*args, **kwargs):
        raise requests.exceptions.ConnectionError("no network in this test")

    monkeypatch.setattr(pooch.HTTPDownloader, "__call__", refuse)


# ---- the binary version


def batches(split, *, seed=0):
    """Return file contents, pixels (N, 32, 32, 3) and labels: pixel by pixel as documented."""
    rng = np.random.default_rng(seed)
    n = RECORDS * len(BATCHES[split])
    images = rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
    labels = rng.integers(0, 10, n)
    files = {}
    for k, name in enumerate(BATCHES[split]):
        content = bytearray()
        for image, label in zip(
            images[k * RECORDS :][:RECORDS], labels[k * RECORDS :], strict=False
        ):
            content.append(int(label))
            for channel in range(3):
                content += bytes(image[y, x, channel] for y in range(32) for x in range(32))
        files[name] = bytes(content)
    return files, images, labels


def write_binary(folder, split, **options):
    files, images, labels = batches(split, **options)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return images, labels


def tar_gz(files, *, folder="cifar-10-batches-bin"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def write_archive(root, files):
    root.mkdir(parents=True, exist_ok=True)
    path = root / "cifar-10-binary.tar.gz"
    path.write_bytes(tar_gz(files))
    return path


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


# ---- the version for Python


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


# ---- JPEG copies


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


# ---- no files


def test_a_data_directory_without_the_files_is_an_error_and_no_reason_to_download(tmp_path):
    with pytest.raises(DataError, match=r"cifar-10-batches-bin.*looked in CIFAR10, cifar10, \."):
        cifar10("test", data_dir=tmp_path)
    with pytest.raises(DataError, match="is not a folder"):
        cifar10("test", data_dir=tmp_path / "none")
    with pytest.raises(DataError, match="splits are 'train' and 'test'"):
        cifar10("validation", data_dir=tmp_path)


def test_without_a_network_the_error_tells_the_ways_out(tmp_path, no_network, monkeypatch):
    monkeypatch.setenv("LAVA_INTSNN_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"could not be downloaded.*no network.*--data-dir") as e:
        cifar10("train")
    assert str(tmp_path) in str(e.value)


def test_download_false_touches_no_network(monkeypatch):
    import pooch

    monkeypatch.setattr(pooch, "retrieve", lambda *a, **k: pytest.fail("tried to download"))
    with pytest.raises(DataError, match="download=False"):
        cifar10("train", download=False)


# ---- the download


@pytest.fixture
def server(monkeypatch):
    """Yield a server on this machine: what it serves, and the paths it was asked for."""
    served, asked = {}, []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            content = served["content"]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    at = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=at.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(module, "URL", f"http://127.0.0.1:{at.server_port}/{module.ARCHIVE}")
    yield served, asked
    at.shutdown()
    at.server_close()
    thread.join()


def test_the_archive_is_downloaded_once_for_both_splits(server, monkeypatch):
    served, asked = server
    served["content"] = tar_gz({**batches("train")[0], **batches("test")[0]})
    monkeypatch.setattr(module, "MD5", hashlib.md5(served["content"]).hexdigest())
    for split in ("train", "test", "test"):
        data = load("cifar10", split)
        assert np.array_equal(data.maps, batches(split)[1])
        assert data.name == "cifar10"
    assert np.array_equal(cifar10("test", download=False).maps, batches("test")[1])
    assert asked == ["/cifar-10-binary.tar.gz"]


def test_a_download_with_another_checksum_is_refused_and_not_kept(server, tmp_path):
    served, asked = server
    served["content"] = tar_gz(batches("test")[0])
    with pytest.raises(DataError, match=r"could not be downloaded.*hash"):
        cifar10("test")
    assert len(asked) == 1
    assert [p for p in (tmp_path / "cache").rglob("*") if p.is_file()] == []


# ---- the real files


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
