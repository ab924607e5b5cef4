"""Files of the user's own: each kind found, told apart and read, or refused with what it is."""

import gzip
import struct

import numpy as np
import pytest
from PIL import Image

from lava_intsnn.data import DataError, OwnData, open_data, read

RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (30, 6, 5)).astype(np.uint8)
Y = np.arange(30) % 5


def idx_bytes(array):
    kinds = {"uint8": 8, "int32": 0x0C, "float32": 0x0D}
    head = struct.pack(">HBB", 0, kinds[array.dtype.name], array.ndim)
    big = array.astype(array.dtype.newbyteorder(">")).tobytes()
    return head + struct.pack(f">{array.ndim}I", *array.shape) + big


def write_pair(folder, images, labels, x=X, y=Y, *, pack=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in ((images, x), (labels, y.astype(np.uint8))):
        content = idx_bytes(array)
        (folder / name).write_bytes(gzip.compress(content) if pack else content)


def write_images(root, x=X, y=Y, names="abcde", ending="png"):
    for k, (image, label) in enumerate(zip(x, y)):
        (root / names[label]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(root / names[label] / f"{k}.{ending}")


def as_pairs(data):
    return sorted(zip(data.images.tolist(), data.labels.tolist()))


# --- npz ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y"),
    [("X", "y"), ("x", "y"), ("images", "labels"), ("data", "target"), ("arr_0", "arr_1")],
)
def test_npz_of_one_part_is_read_whole(tmp_path, x, y):
    np.savez_compressed(tmp_path / "mine.npz", **{x: X, y: Y.astype(float)}, more=np.zeros(3))
    found = open_data(tmp_path / "mine.npz")
    assert isinstance(found, OwnData)
    assert (found.kind, found.parts) == ("npz", ())
    for split in ("train", "test"):
        data = found.read(split)
        assert (data.name, data.split, data.image_shape) == ("mine", split, (6, 5))
        assert np.array_equal(data.images, X.reshape(30, -1))
        assert data.labels.tolist() == Y.tolist()


@pytest.mark.parametrize(
    "names",
    [
        ("x_train", "y_train", "x_test", "y_test"),
        ("X_train", "Y_train", "X_test", "Y_test"),
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("xtrain", "ytrain", "xtest", "ytest"),
    ],
)
def test_npz_of_two_parts(tmp_path, names):
    np.savez(tmp_path / "mine.npz", **dict(zip(names, (X, Y, X[:4], Y[:4]))))
    found = open_data(tmp_path / "mine.npz")
    assert found.parts == ("train", "test")
    assert (len(found.read()), len(found.read("test"))) == (30, 4)
    assert found.read("test").n_classes == 5, "as many as the training data"


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": X, "b": Y}, "holds a, b, where a data set has arrays named X and y"),
        ({"X": X, "y": Y, "images": X, "labels": Y}, "more than one pair"),
        ({"X": X, "y": Y, "x_test": X, "y_test": Y}, "beside arrays of a part"),
        ({"X": X, "y": Y[:-1]}, "30 images and 29 labels"),
        ({"X": X / 255, "y": Y}, "mine.npz: images of dataset 'mine' are floats.*scale=255"),
        ({"X": np.array([{}] * 30), "y": Y}, "never unpickled"),
        ({"header": X, "w0": Y}, "a file of this package"),
    ],
)
def test_npz_of_something_else_is_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "mine.npz", **arrays)
    with pytest.raises(DataError, match=message):
        read(tmp_path / "mine.npz")


def test_a_damaged_npz_is_refused(tmp_path):
    np.savez(tmp_path / "mine.npz", X=X, y=Y)
    whole = (tmp_path / "mine.npz").read_bytes()
    spoilt = bytearray(whole)
    spoilt[200] ^= 255
    for content in (whole[:300], whole[:-5], bytes(spoilt), b"PK\x03\x04"):
        (tmp_path / "bad.npz").write_bytes(content)
        with pytest.raises(DataError, match=r"bad\.npz"):
            read(tmp_path / "bad.npz")


# --- IDX ----------------------------------------------------------------------------------------

NAMES = [
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
    ("emnist-letters-train-images-idx3-ubyte", "emnist-letters-train-labels-idx1-ubyte"),
]


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize("names", NAMES)
def test_pairs_of_idx_files_by_the_names_people_use(tmp_path, names, pack):
    test = [name.replace("train", "test" if "emnist" in name else "t10k") for name in names]
    end = ".gz" if pack else ""
    write_pair(tmp_path, *(n + end for n in names), pack=pack)
    write_pair(tmp_path, *(n + end for n in test), X[:7], Y[:7], pack=pack)
    for path in (tmp_path, *(tmp_path / (n + end) for n in (*names, *test))):
        found = open_data(path)
        assert (found.kind, found.parts) == ("idx", ("train", "test")), path
        assert np.array_equal(found.read().images, X.reshape(30, -1))
        assert (len(found.read("test")), found.read("test").n_classes) == (7, 5)


def test_kaggles_folders_with_the_file_in_them(tmp_path):
    for name, array in (("train-images.idx3-ubyte", X), ("train-labels.idx1-ubyte", Y)):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_bytes(idx_bytes(array.astype(np.uint8)))
    assert len(read(tmp_path)) == 30


def test_letters_from_one_to_26_and_characters_of_50_by_50(tmp_path):
    letters = RNG.integers(1, 27, 40)
    letters[:2] = 1, 26
    write_pair(tmp_path, "images-idx3-ubyte", "labels-idx1-ubyte", np.zeros((40, 50, 50), np.uint8),
               letters)  # fmt: skip
    assert read(tmp_path).n_classes == 27
    data = read(tmp_path, first_label=1)
    assert (data.n_classes, data.image_shape) == (26, (50, 50))
    assert data.labels.tolist() == (letters - 1).tolist()


def test_other_types_and_colours_in_idx(tmp_path):
    colour = RNG.random((9, 4, 4, 3)).astype(np.float32)
    (tmp_path / "images-idx4-ubyte").write_bytes(idx_bytes(colour))
    (tmp_path / "labels-idx1-ubyte").write_bytes(idx_bytes(np.arange(9, dtype=np.int32) * 40))
    data = read(tmp_path, scale=255)
    assert (data.image_shape, data.n_classes) == ((4, 4, 3), 321)
    assert np.array_equal(data.images, np.rint(colour * 255.0).reshape(9, -1))


def test_idx_files_that_are_incomplete_or_several_data_sets(tmp_path):
    write_pair(tmp_path, *NAMES[0])
    (tmp_path / NAMES[0][1]).unlink()
    with pytest.raises(DataError, match="the file of its labels is missing"):
        read(tmp_path)
    write_pair(tmp_path, *NAMES[0])
    write_pair(tmp_path, *NAMES[2])
    with pytest.raises(DataError, match="several data sets.*emnist-letters"):
        read(tmp_path)
    assert len(read(tmp_path / NAMES[2][0])) == 30


def test_an_idx_file_without_images_says_so(tmp_path):
    write_pair(tmp_path, *NAMES[0], X[:0], Y[:0])
    with pytest.raises(DataError, match="holds nothing: its header names the shape"):
        read(tmp_path)


# --- spikes -------------------------------------------------------------------------------------


def test_spikes_of_any_channels_and_classes(tmp_path, write_shd):
    times = [np.array([0.0, 0.5, 1.0]), np.array([0.1, 0.2]), np.zeros(0)]
    units = [np.array([0, 9, 3]), np.array([4, 4]), np.zeros(0)]
    path = write_shd(tmp_path / "mine.h5", times=times, units=units, keys=["a", "b", "c"])
    data = read(path, frames=2, group=5)
    assert (data.image_shape, data.frames, data.classes) == ((2, 2), 2, ("a", "b", "c"))
    assert data.images.tolist() == [[1, 0, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0]]
    assert read(path, frames=2, channels=12).image_shape == (2, 12)
    with pytest.raises(DataError, match="frames=10"):
        read(path)
    with pytest.raises(DataError, match=r"sample 0: channel 9: must be 0..7"):
        read(path, frames=2, channels=8)


def test_spikes_without_names_of_classes_and_speakers(tmp_path, write_shd):
    path = write_shd(tmp_path / "a_train.h5", n=9, skip=("extra/speaker", "extra/keys"))
    write_shd(tmp_path / "a_test.h5", n=5, skip=("extra/speaker", "extra/keys"))
    found = open_data(path)
    assert found.parts == ("train", "test")
    assert (found.read(frames=3).n_classes, found.read("test", frames=3).n_classes) == (17, 17)
    with pytest.raises(DataError, match="layout of|SHD layout"):
        read(write_shd(tmp_path / "b.h5", skip=("spikes/units",)), frames=3)


@pytest.mark.parametrize(
    ("keys", "message"),
    [((b"a", b"a"), "names of classes .* must all be different"), (b"ab", "must be 0..0")],
)
def test_names_of_spikes_that_do_not_tell_classes_apart_are_refused(
    tmp_path, write_shd, keys, message
):
    import h5py

    path = write_shd(tmp_path / "bad.h5", n=4, keys=("a", "b"))
    with h5py.File(path, "a") as file:
        del file["extra/keys"]
        file["extra/keys"] = keys
    with pytest.raises(DataError, match=rf"bad\.h5: labels.*{message}"):
        read(path, frames=2)


# --- folders of images --------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["png", "bmp", "tif"])
def test_a_folder_of_images_is_every_image_with_the_class_of_its_folder(tmp_path, ending):
    write_images(tmp_path, ending=ending)
    (tmp_path / "a" / f"._1{ending}").write_bytes(b"macOS leaves these")
    data = read(tmp_path)
    assert (data.classes, data.image_shape) == (tuple("abcde"), (6, 5))
    assert as_pairs(data) == sorted(zip(X.reshape(30, -1).tolist(), Y.tolist()))
    assert (np.diff(data.labels) < 0).any(), "classes are mixed"
    assert data.fingerprint() == read(tmp_path).fingerprint()


def test_parts_sizes_and_colours_of_folders(tmp_path):
    write_images(tmp_path / "train")
    write_images(tmp_path / "test", X[:9], Y[:9])
    found = open_data(tmp_path)
    assert (found.kind, found.parts) == ("folder", ("train", "test"))
    assert (len(found.read()), len(found.read("test"))) == (30, 9)
    assert found.read(size=(3, 3)).image_shape == (3, 3)
    Image.fromarray(np.zeros((6, 5, 3), np.uint8)).save(tmp_path / "train/a/colour.png")
    assert found.read().image_shape == (6, 5, 3)
    Image.fromarray(np.zeros((6, 6), np.uint8)).save(tmp_path / "train/a/large.png")
    with pytest.raises(DataError, match="size=HEIGHTxWIDTH"):
        found.read()
    (tmp_path / "test/e/4.png").unlink()
    assert len(found.read("test")) == 8, "an empty folder is a class"
    (tmp_path / "test/e").rmdir()
    assert read(tmp_path, "test").classes == tuple("abcde"), "a class of the other part"


def test_images_that_are_none_are_refused(tmp_path):
    write_images(tmp_path)
    (tmp_path / "a/bad.png").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(DataError, match=r"bad\.png: no intact image"):
        read(tmp_path)
    Image.fromarray(np.full((6, 5), 4000, np.uint16)).save(tmp_path / "a/bad.png")
    with pytest.raises(DataError, match=r"bad\.png: values of more than 8 bits"):
        read(tmp_path)


# --- the numbers of named classes ---------------------------------------------------------------


def as_named(data):
    """Return each image with the name of its class."""
    return [(bytes(row), data.classes[label]) for row, label in zip(data.images, data.labels)]


def test_a_part_without_some_classes_has_the_numbers_of_the_whole(tmp_path, write_shd):
    names, later = np.array(list("abcde"))[Y], Y > 1
    np.savez(tmp_path / "m.npz", x_train=X, y_train=names, x_test=X[later], y_test=names[later])
    write_images(tmp_path / "folder/train")
    write_images(tmp_path / "folder/test", X[later], Y[later])
    for path in (tmp_path / "m.npz", tmp_path / "folder"):
        test = read(path, "test")
        assert (test.classes, test.n_classes) == (tuple("abcde"), 5)
        expected = [(bytes(x), name) for x, name in zip(X[later], names[later])]
        assert sorted(as_named(test)) == sorted(expected)
    write_shd(tmp_path / "s_train.h5", n=6, keys=("c", "a", "b"))
    write_shd(tmp_path / "s_test.h5", n=6, keys=("d", "b"))
    found = open_data(tmp_path / "s_train.h5")
    labels = {split: found.read(split, frames=2).labels.tolist() for split in ("train", "test")}
    assert labels == {"train": [2, 0, 1] * 2, "test": [3, 1] * 3}
    write_shd(tmp_path / "s_test.h5", n=6, keys=("c", "a", "b"))
    assert read(tmp_path / "s_test.h5", "test", frames=2).classes == ("c", "a", "b")


def test_numbers_of_classes_beside_names_are_their_order(tmp_path):
    names = np.array(list("abcde"))[Y]
    np.savez(tmp_path / "m.npz", x_train=X, y_train=names, x_test=X, y_test=Y)
    assert read(tmp_path / "m.npz", "test").labels.tolist() == Y.tolist()
    assert read(tmp_path / "m.npz").labels.tolist() == Y.tolist()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frames": 0}, "frames = 0: must be an integer in 1..1000"),
        ({"frames": -1}, "frames = -1"),
        ({"group": 0}, "group = 0: must be an integer in 1..1048576"),
        ({"channels": 0}, "channels = 0"),
        ({"n_classes": 0}, "n_classes = 0: must be an integer in 1..65536"),
        ({"n_classes": True}, "n_classes = True"),
        ({"size": (10**6, 10**6)}, r"size = \(1000000, 1000000\).*1..4096"),
    ],
)
def test_reading_options_out_of_range_are_refused(tmp_path, write_shd, options, message):
    np.savez(tmp_path / "mine.npz", X=X, y=Y)
    write_images(tmp_path / "images")
    write_shd(tmp_path / "mine.h5", n=3)
    path = {"size": "images", "group": "mine.h5", "channels": "mine.h5"}.get(*options, "mine.npz")
    with pytest.raises(DataError, match=message):
        read(tmp_path / path, **({"frames": 2} if path == "mine.h5" else {}) | options)


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("spikes/times", [[0.0, 1e308], [0.0]], "times hold 1e.308: must be finite, and within"),
        ("spikes/times", np.zeros(2), "must hold a row of numbers for each sample"),
        ("spikes/units", np.zeros(2, int), "must hold a row of numbers for each sample"),
        ("spikes/units", ["a", "b"], "must hold a row of numbers for each sample"),
        ("spikes/units", [[0, 1 << 40], [0]], "channels reach from 0 to 1099511627776"),
    ],
)
def test_spikes_that_are_none_are_refused(tmp_path, write_shd, name, rows, message):
    import h5py

    two = [np.zeros(2), np.zeros(1)]
    path = write_shd(tmp_path / "bad.h5", times=two, units=two, keys=("a", "b"))
    with h5py.File(path, "a") as file:
        del file[name]
        if isinstance(rows[0], list):
            kind = np.float64 if "times" in name else np.int64
            stored = file.create_dataset(name, (2,), dtype=h5py.vlen_dtype(kind))
            for k, row in enumerate(rows):
                stored[k] = row
        else:
            file[name] = rows
    with pytest.raises(DataError, match=rf"bad\.h5.*{message}"):
        read(path, frames=2)


# --- anything else ------------------------------------------------------------------------------


def test_what_is_no_data_set_is_refused_with_what_could_be(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(DataError, match=r"this is not a data set that can be read; give an \.npz"):
        read(tmp_path / "notes.txt")
    with pytest.raises(DataError, match=r"the folder holds notes\.txt, which is no data set"):
        read(tmp_path)
    with pytest.raises(DataError, match="there is no such file"):
        read(tmp_path / "nowhere")
    np.savez(tmp_path / "mine.npz", X=X, y=Y)
    for options, message in (
        ({"size": (2, 2)}, "is for folder"),
        ({"sale": 2}, "'sale' is not a reading option; the options are scale"),
        ({"scale": "2"}, "Reading: scale = '2'"),
    ):
        with pytest.raises(DataError, match=message):
            read(tmp_path / "mine.npz", **options)
    with pytest.raises(DataError, match="'train' and 'test'"):
        read(tmp_path / "mine.npz", "validation")
    np.savez(tmp_path / "part.npz", x_train=X, y_train=Y)
    with pytest.raises(DataError, match="holds train data, but no test data"):
        read(tmp_path / "part.npz", "test")
