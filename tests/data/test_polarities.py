"""ON and OFF channels of images."""

import numpy as np
import pytest

from lava_intsnn import data
from lava_intsnn.data import DataError, Dataset, on_off


def of(images, image_shape, **fields):
    images = np.asarray(images, np.uint8).reshape(len(images), -1)
    labels = np.zeros(len(images), np.int32)
    given = {"name": "few", "split": "train", "n_classes": 2, "image_shape": image_shape}
    return Dataset(images=images, labels=labels, **given, **fields)


def test_each_byte_becomes_what_is_brighter_and_what_is_darker():
    bytes_of = {0: (0, 255), 1: (0, 254), 127: (0, 2), 128: (0, 0), 129: (2, 0), 255: (254, 0)}
    found = on_off(of([[x] for x in bytes_of], (1, 1)))
    assert found.image_shape == (1, 1, 2)
    assert [tuple(row) for row in found.images.tolist()] == list(bytes_of.values())


def test_channels_of_a_pixel_are_on_then_off():
    images = np.random.default_rng(0).integers(0, 256, (3, 4, 5, 3))
    found = on_off(of(images, (4, 5, 3)))
    assert found.image_shape == (4, 5, 6)
    halves = found.images.reshape(3, 4, 5, 2, 3).astype(int)
    assert not (halves[..., 0, :] * halves[..., 1, :]).any()
    back = 128 + (halves[..., 0, :] - halves[..., 1, :] - (images == 0)) // 2
    np.testing.assert_array_equal(back, images)


def test_frames_in_time_are_refused():
    with pytest.raises(DataError, match="frames in time, shape"):
        on_off(of(np.zeros((1, 6)), (2, 3), frames=2))
    with pytest.raises(DataError, match=r"frames in time, shape \(2, 2, 3, 1\)"):
        on_off(of(np.zeros((1, 12)), (2, 2, 3, 1), frames=2))


def test_other_numbers_of_polarities_are_refused_before_files_are_read():
    for given in (0, 3, True, 2.0, "2"):
        with pytest.raises(
            DataError, match=f"polarities = {given!r}: must be 1, the colours, or 2"
        ):
            data.load("cifar10", "train", polarities=given)
    with pytest.raises(DataError, match="it is for cifar10"):
        data.load("digits", "train", polarities=2)
