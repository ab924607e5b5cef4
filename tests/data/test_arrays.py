"""Data sets made of arrays: values, labels and shapes of any common type, or the reason why not."""

import numpy as np
import pytest

import lava_intsnn as ls
from lava_intsnn.data import DataError, Dataset

RNG = np.random.default_rng(0)
BYTES = RNG.integers(0, 256, (6, 4, 5)).astype(np.uint8)
LABELS = [0, 1, 2, 0, 1, 2]


def made(images=BYTES, labels=LABELS, **options):
    return Dataset.from_arrays(images, labels, **options)


def test_the_name_at_the_top_of_the_package():
    assert ls.Dataset is Dataset


@pytest.mark.parametrize(
    ("images", "options"),
    [
        (BYTES, {}),
        (BYTES.astype(np.int64), {}),
        (BYTES.astype(">u2"), {}),
        (BYTES.tolist(), {}),
        (BYTES / 255, {"scale": 255}),
        ((BYTES / 255).astype(np.float32), {"scale": 255.0}),
        (BYTES.astype(float), {"scale": 1}),
        (BYTES / 127.5 - 1, {"value_range": (-1, 1)}),
        (BYTES.astype(np.int32) - 128, {"value_range": [-128, 127]}),
    ],
)
def test_images_become_the_same_bytes_from_every_type(images, options):
    data = made(images, **options)
    assert data.images.dtype == np.uint8
    assert np.array_equal(data.images, BYTES.reshape(6, -1))


def test_floats_are_rounded_to_the_nearest_byte_and_truth_values_are_black_and_white():
    assert made(np.full((6, 1), 0.4999 / 255), scale=255).images.max() == 0
    assert made(np.full((6, 1), 0.5001 / 255), scale=255).images.min() == 1
    assert set(made(BYTES > 100).images.ravel()) == {0, 255}


@pytest.mark.parametrize(
    ("shape", "frames", "image_shape"),
    [
        ((6, 20), False, (1, 20)),
        ((6, 4, 5), False, (4, 5)),
        ((6, 4, 5, 3), False, (4, 5, 3)),
        ((6, 10, 7), True, (10, 7)),
        ((6, 10, 4, 5), True, (10, 4, 5, 1)),
        ((6, 10, 4, 5, 2), True, (10, 4, 5, 2)),
        ((6, 10, 4, 5, 2), False, (10, 4, 5, 2)),
    ],
)
def test_the_shape_of_a_sample_follows_from_that_of_the_array(shape, frames, image_shape):
    images = RNG.integers(0, 256, shape)
    data = made(images, frames=frames)
    assert data.image_shape == image_shape
    assert data.frames == (10 if frames or len(shape) == 5 else 0)
    assert data.n_inputs * (data.frames or 1) == data.images.shape[1]
    assert np.array_equal(data.images.reshape(shape), images)


def test_a_flat_image_may_have_a_shape_of_its_own():
    assert made(BYTES.reshape(6, 20), image_shape=(4, 5)).image_shape == (4, 5)


@pytest.mark.parametrize("kind", ["i1", "u1", ">i2", "u4", "i8", "u8", "f2", "f8"])
def test_labels_of_every_type(kind):
    data = made(labels=np.array(LABELS, dtype=kind))
    assert (data.labels.tolist(), data.labels.dtype, data.n_classes) == (LABELS, np.int32, 3)


def test_labels_from_one_on_and_classes_that_do_not_occur():
    letters = np.array([1, 26, 3, 1, 2, 5])
    assert (made(labels=letters).n_classes, made(labels=letters).labels.max()) == (27, 26)
    data = made(labels=letters, first_label=1)
    assert (data.n_classes, data.labels.tolist()) == (26, (letters - 1).tolist())
    assert made(n_classes=10).n_classes == 10


def test_labels_may_be_names():
    data = made(labels=["b", "a", "b", "c", "a", "c"])
    assert (data.classes, data.labels.tolist()) == (("a", "b", "c"), [1, 0, 1, 2, 0, 2])
    some = made(BYTES[:2], ["c", "c"], classes=data.classes)
    assert (some.labels.tolist(), some.n_classes) == ([2, 2], 3)
    with pytest.raises(DataError, match=r"hold 'd', which is none of"):
        made(BYTES[:1], ["d"], classes=data.classes)


@pytest.mark.parametrize(
    ("images", "options", "message"),
    [
        (BYTES / 255, {}, "are floats.*scale=255"),
        (BYTES.astype(int) + 1, {}, "hold 256 .*bytes are 0..255"),
        (BYTES.astype(int) - 1, {}, "hold -1 .*bytes are 0..255"),
        (BYTES.astype(float), {"scale": 255}, "the scale takes 0..1 to 0..255"),
        (BYTES / 255, {"value_range": (0, 0.5)}, "the scale takes 0..0.5"),
        (BYTES / 255, {"value_range": (1, 0)}, "the first must be below"),
        (BYTES / 255, {"value_range": (-1.7e308, 1.7e308)}, "too close or too far apart"),
        (BYTES / 255, {"value_range": (0, 1e-310)}, "too close or too far apart"),
        (BYTES / 255, {"value_range": (0, 10**400)}, "must be a finite number"),
        (BYTES / 255, {"value_range": (0, 1), "scale": 1}, "give one of them"),
        (BYTES / 255, {"scale": -1}, "must be above 0"),
        (BYTES / 255, {"scale": np.nan}, "finite number"),
        (BYTES / 255, {"scale": "255"}, "finite number"),
        (np.full((6, 2), np.nan), {"scale": 255}, "hold nan: must be finite"),
        (np.full((6, 2), "a"), {}, "must be numbers"),
        (np.zeros((6, 2), complex), {}, "must be numbers"),
        ([[1, 2], [3]] * 3, {}, "all must have one shape|must be numbers"),
        (np.zeros((0, 4)), {"scale": 255}, r"shape \(0, 4\)"),
        (np.zeros(6, np.uint8), {}, r"shape \(6,\): must be \(N, I\)"),
        (BYTES[:5], {}, "5 images and 6 labels"),
        (BYTES, {"image_shape": (4, 4)}, r"h \* w = 20"),
        (BYTES, {"n_classes": 2}, r"2 out of range.*index 2 with value 2; must be 0..1"),
        (BYTES, {"first_label": 1}, "must be 1..2"),
        (BYTES, {"classes": ["a"]}, "must be 0..0"),
        (BYTES, {"classes": ["a", "b", "c"], "n_classes": 4}, "3 names of classes"),
    ],
)
def test_what_is_no_image_or_has_no_class_is_refused(images, options, message):
    with pytest.raises(DataError, match=message):
        made(images, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        *(
            ({"n_classes": wrong}, f"n_classes = {wrong}: must be an integer in 1..65536")
            for wrong in (0, -1, 1 << 20, True, 3.0)
        ),
        *(
            ({"first_label": wrong}, f"first_label = {wrong!r}: must be an integer in -2147")
            for wrong in (0.5, "1", True, None, 1 << 40)
        ),
        ({"first_label": 9}, "labels of dataset 'arrays' reach 2"),
        ({"frames": 3}, "frames = 3: must be True or False"),
        ({"frames": None}, "frames = None: must be True or False"),
        ({"classes": ["a", "b", "a"]}, "must all be different"),
    ],
)
def test_options_of_the_wrong_kind_are_refused_by_name(options, message):
    with pytest.raises(DataError, match=message):
        made(**options)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.eye(6), r"one-hot rows give y.argmax\(axis=1\)"),
        (np.zeros((6, 1), int), r"use y.ravel\(\)"),
        ([], "are empty"),
        ([0, 1, 2.5, 0, 1, 2], "2.5 at index 2: floats must be whole"),
        ([0, 1, np.inf, 0, 1, 2], "inf at index 2"),
        ([0, 1, 1 << 40, 0, 1, 2], "must be the number of a class"),
        ([0, 1, 100_000, 0, 1, 2], "are these classes"),
        ([0, -1, 1, 0, 1, 2], "index 1 with value -1"),
        ([True] * 6, "of type bool"),
        (np.array(["a", 1, None, 2, 3, 4], object), "not a mixture"),
    ],
)
def test_labels_that_are_no_classes_are_refused(labels, message):
    with pytest.raises(DataError, match=message):
        made(labels=labels)


def test_masked_arrays_are_refused():
    masked = np.ma.masked_array(np.ones((4, 3), np.uint8), mask=[[True, False, False]] * 4)
    with pytest.raises(DataError, match="images .* are a masked array"):
        Dataset.from_arrays(masked, [0, 1, 0, 1])
    with pytest.raises(DataError, match="labels .* are a masked array"):
        Dataset.from_arrays(masked.data, np.ma.masked_array([0, 1, 0, 1], mask=[0, 1, 0, 0]))
