"""Pixels as integers: crops, scales, noise."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.pixels import SCALES, STANDARD_BITS, Pixels


def drawn(seed, shape, low=0, high=256):
    return np.random.default_rng(seed).integers(low, high, shape).astype(np.uint8)


def test_raw_and_centred():
    images = drawn(0, (2, 3, 4, 3))
    np.testing.assert_array_equal(Pixels("raw").integers(images), images)
    np.testing.assert_array_equal(Pixels("centred").integers(images), images.astype(int) - 128)


@given(st.integers(1, 6), st.integers(0, 3), st.integers(0, 3))
def test_the_crop_is_in_the_middle(crop, above, left):
    height, width = crop + 2 * above, crop + 2 * left + 1
    images = drawn(1, (2, height, width, 1))
    found = Pixels(crop=crop).integers(images)
    np.testing.assert_array_equal(found, images[:, above : above + crop, left : left + crop])


@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(1, 3), st.integers(1, 256))
def test_standardised_is_tensorflow_s_formula(seed, size, channels, high):
    """(p - mean) / max(std, 1 / sqrt(n)), in units of 2^-12."""
    images = drawn(seed, (3, size, size, channels), high=high)
    found = Pixels("standardised").integers(images)
    assert found.dtype == np.int32
    for image, integers in zip(images.astype(float), found):
        n = image.size
        wanted = (image - image.mean()) / max(image.std(), 1 / np.sqrt(n))
        wanted *= 2**STANDARD_BITS
        # n std and sqrt(n) are rounded down to integers: a relative error of one in them
        divisor = max(n * image.std(), np.sqrt(n), 1)
        bound = 0.5 + np.abs(wanted) * 2 / divisor
        assert (np.abs(integers - wanted) <= bound + 1e-6).all()


def test_standardised_divides_by_no_less_than_one_over_the_root_of_n():
    """One pixel of four is 1: mean 1/4, std 0.43, below 1 / sqrt(4) = 0.5."""
    image = np.array([[0, 0], [0, 1]], np.uint8).reshape(1, 2, 2, 1)
    found = Pixels("standardised").integers(image).ravel() / 2**STANDARD_BITS
    assert found.tolist() == [-0.5, -0.5, -0.5, 1.5]


@pytest.mark.parametrize("scale", SCALES)
def test_no_images(scale):
    none = Pixels(scale).integers(np.zeros((0, 4, 5, 3), np.uint8))
    assert (none.shape, none.dtype) == ((0, 4, 5, 3), np.int32)
    assert Noise(0.5).added(none).shape == none.shape


@given(st.integers(0, 255), st.sampled_from((1, 5, 24)))
def test_a_flat_image_standardised_is_zero(value, size):
    images = np.full((1, size, size, 3), value, dtype=np.uint8)
    assert not Pixels("standardised").integers(images).any()


@pytest.mark.parametrize("scale", SCALES)
def test_an_image_s_pixels_depend_on_no_other_image(scale):
    images = drawn(2, (5, 6, 6, 3))
    pixels = Pixels(scale, crop=4)
    together = pixels.integers(images)
    for index in range(5):
        np.testing.assert_array_equal(pixels.integers(images[index][None])[0], together[index])


def test_units_are_powers_of_two():
    assert [Pixels(scale).unit for scale in SCALES] == [1 / 256, 1 / 64, 1 / 4096]


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 3, 3), np.uint8), r"images are uint8 \(2, 3, 3\): must be uint8 \(B, H, W"),
        (np.zeros((2, 3, 3, 1), np.float32), "images are float32"),
        (np.zeros((2, 5, 3, 1), np.uint8), r"images of 5x3 have no part of 4x4"),
    ],
)
def test_images_that_do_not_fit_are_refused(images, message):
    with pytest.raises(ConversionError, match=message):
        Pixels(crop=4).integers(images)


@pytest.mark.parametrize("crop", [0, -3])
def test_a_crop_without_pixels_is_refused(crop):
    with pytest.raises(ConversionError, match=f"crop = {crop}: must be an integer in 1"):
        Pixels(crop=crop)


def test_an_unknown_scale_is_refused():
    with pytest.raises(ConversionError, match=r"scale = 'log': must be one of raw, centred"):
        Pixels("log")


# noise


def test_no_ratio_is_no_noise():
    x = Pixels().integers(drawn(3, (2, 4, 4, 1)))
    np.testing.assert_array_equal(Noise(0.0, seed=7).added(x), x)


@given(st.floats(0, 2), st.integers(0, 100), st.sampled_from(SCALES))
def test_noise_stays_in_its_range(ratio, seed, scale):
    x = Pixels(scale).integers(drawn(seed, (2, 4, 4, 3)))
    noisy = Noise(ratio, seed=seed).added(x)
    assert noisy.dtype == np.int32
    assert (np.abs(noisy - x) <= np.abs(x) * ratio / 2 + 0.5 + np.abs(x) * 2.0**-16).all()


def test_noise_is_uniform_and_centred():
    x = np.full((4, 100, 100, 1), 10_000, dtype=np.int32)
    change = (Noise(1.0, seed=1).added(x) - x) / 10_000
    assert abs(change.mean()) < 0.005
    assert abs(change.std() - 1 / np.sqrt(12)) < 0.005
    assert change.min() < -0.499
    assert change.max() > 0.499


def test_noise_depends_on_seed_and_number_of_the_image_alone():
    x = np.full((6, 5, 5, 2), 200, dtype=np.int32)
    together = Noise(1.0, seed=4).added(x, first_sample=10)
    apart = Noise(1.0, seed=4).added(x[3:], first_sample=13)
    np.testing.assert_array_equal(together[3:], apart)
    assert (together[0] != together[1]).any()
    assert (Noise(1.0, seed=5).added(x, first_sample=10) != together).any()


@pytest.mark.parametrize("ratio", [-0.1, 2.1, float("nan")])
def test_a_ratio_out_of_range_is_refused(ratio):
    with pytest.raises(ConversionError, match=rf"ratio = {ratio}: must be a number in 0\.\.2"):
        Noise(ratio)
