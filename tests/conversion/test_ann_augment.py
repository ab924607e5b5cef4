"""Augmentation: what it may do to an image, and that it depends on the sample alone."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lava_intsnn.conversion.ann.ann_augment import AugmentedImages, scaled  # noqa: E402
from lava_intsnn.conversion.ann_spec import Augmentation  # noqa: E402
from lava_intsnn.conversion.pixels import SCALES, Pixels  # noqa: E402
from lava_intsnn.data import Dataset  # noqa: E402


@pytest.fixture
def images():
    return np.random.default_rng(1).integers(0, 256, (40, 10, 10, 3), dtype=np.uint8)


def batch(images, augment, *, epoch=0, samples=None, crop=None, scale="raw"):
    samples = np.arange(len(images)) if samples is None else samples
    data = Dataset.from_arrays(images, np.arange(len(images)) % 7)
    seen = AugmentedImages(data, pixels=Pixels(scale, crop), augment=augment, seed=7)
    seen.begin(epoch, augment)
    return seen.batch(torch.from_numpy(samples))


def shown(images, augment, **options):
    return batch(images, augment, **options).inputs.permute(0, 2, 3, 1).numpy()


def test_nothing_asked_nothing_done(images):
    assert np.array_equal(shown(images, Augmentation()), images)
    assert np.array_equal(shown(images, Augmentation(), crop=6), images[:, 2:8, 2:8])


def test_a_sample_is_changed_alike_in_any_batch_and_anew_each_epoch(images):
    all_of_it = Augmentation(
        shift=2, flip=True, brightness=30, contrast=40, tint=9, cutmix=40, cutout=3
    )
    whole = shown(images, all_of_it, crop=6)
    part = np.array([31, 4, 17])
    assert np.array_equal(shown(images, all_of_it, crop=6, samples=part), whole[part])
    assert not np.array_equal(shown(images, all_of_it, crop=6, epoch=1), whole)


def test_shifts_reach_every_place_and_no_further(images):
    found = set()
    for epoch in range(8):
        moved = shown(images, Augmentation(shift=2), crop=6, epoch=epoch)
        for image, x in zip(images, moved):
            places = [
                (dy, dx)
                for dy in range(5)
                for dx in range(5)
                if np.array_equal(image[dy : dy + 6, dx : dx + 6], x)
            ]
            assert len(places) == 1
            found.update(places)
    assert len(found) == 25


def test_a_shift_beyond_the_image_brings_zeros(images):
    moved = shown(np.maximum(images, 1), Augmentation(shift=2))
    zeros = (moved == 0).all(axis=3)
    rows, columns = zeros.all(axis=2).sum(axis=1), zeros.all(axis=1).sum(axis=1)
    assert set(rows) == {0, 1, 2}
    assert set(columns) == {0, 1, 2}


def test_flips_mirror_about_half(images):
    x = shown(images, Augmentation(flip=True))
    mirrored = [np.array_equal(a, b[:, ::-1]) for a, b in zip(images, x)]
    kept = [np.array_equal(a, b) for a, b in zip(images, x)]
    assert all(m != k for m, k in zip(mirrored, kept))
    assert 10 <= sum(mirrored) <= 30


def test_brightness_adds_one_number_to_an_image(images):
    change = shown(images, Augmentation(brightness=63)).astype(int) - images
    assert (change == change[:, :1, :1, :1]).all()
    values = change[:, 0, 0, 0]
    assert np.abs(values).max() <= 63
    assert values.min() < -30
    assert values.max() > 30


def test_contrast_stretches_about_the_mean_of_a_colour(images):
    x = shown(images, Augmentation(contrast=80)).astype(float)
    mean = images.mean(axis=(1, 2), keepdims=True)
    factors = (x.std(axis=(1, 2)) / images.std(axis=(1, 2))).mean(axis=1)
    assert factors.min() > 0.19
    assert factors.max() < 1.81
    assert factors.max() - factors.min() > 1
    assert np.abs(x.mean(axis=(1, 2), keepdims=True) - mean).max() < 2


def test_a_tint_adds_one_number_to_a_colour(images):
    change = shown(images, Augmentation(tint=9)).astype(int) - images
    assert (change == change[:, :1, :1]).all()
    values = change[:, 0, 0]
    assert values.min() == -9
    assert values.max() == 9
    assert (values[:, 0] != values[:, 1]).any()


def test_a_square_is_grey_and_the_rest_is_kept(images):
    x = shown(np.minimum(images, 127), Augmentation(cutout=4))
    grey = (x == 128).all(axis=3)
    assert ((x == np.minimum(images, 127)).all(axis=3) | grey).all()
    for found in grey:
        rows, columns = found.any(axis=1), found.any(axis=0)
        assert 2 <= rows.sum() <= 4
        assert 2 <= columns.sum() <= 4
        assert found.sum() == rows.sum() * columns.sum()
    assert (grey.sum(axis=(1, 2)) == 16).any()


def test_a_part_of_another_image_shares_the_label_by_area(images):
    found = batch(images, Augmentation(cutmix=50))
    x = found.inputs.permute(0, 2, 3, 1).numpy()
    shares = []
    for i, (own, mixed) in enumerate(zip(images, x)):
        other = (mixed != own).any(axis=2)
        share = float(found.share[i])
        assert 1 - share == pytest.approx(other.mean(), abs=1e-6)  # images are random: all differ
        if other.any():
            mates = [k for k, mate in enumerate(images) if (mixed == mate)[other].all()]
            assert [int(k % 7) for k in mates] == [int(found.mates[i])]
            shares.append(share)
    assert 8 <= len(shares) <= 32
    assert max(shares) - min(shares) > 0.5


def test_mixing_ends_with_its_percent(images):
    kept = batch(images, Augmentation(shift=1))
    assert kept.mates is None
    assert kept.share is None
    with_square = batch(images, Augmentation(cutout=2))
    assert with_square.share is None


@pytest.mark.parametrize("scale", SCALES)
def test_pixels_have_the_scale_of_the_frozen_network(images, scale):
    flat = np.full((1, 10, 10, 3), 9, np.uint8)
    images = np.concatenate([images, flat, flat * 0, flat * 28])
    pixels = Pixels(scale)
    assert np.array_equal(scaled(torch.from_numpy(images).int(), pixels), pixels.scaled(images))
