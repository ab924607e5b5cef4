"""Augmentation: the kernels' bits are those of plain numpy, and each change does what it says."""

import numpy as np
import pytest
from families import family
from hypothesis import given, strategies as st

import lava_intsnn as ls
from lava_intsnn import data, presets
from lava_intsnn.augmenting import Augment, augment_of_text
from lava_intsnn.network import NetworkError
from lava_intsnn.random_keys import epoch_order
from lava_intsnn.recipe import Recipe
from lava_intsnn.reference.augmented_sample import augmented_sample
from lava_intsnn.training.augment import augment_samples
from lava_intsnn.training.batches import epoch_batches
from lava_intsnn.training.class_mates import ClassMates
from lava_intsnn.training.training_run import start


def shown(frames, labels, samples=None, *, seed=1, epoch=2, **changes):
    """Return samples of frames of channels, (N, T, C), as an epoch shows them."""
    samples = np.arange(len(frames)) if samples is None else samples
    found = augment_samples(
        frames.reshape(len(frames), -1), samples, augment=Augment(**changes),
        mates=ClassMates(labels), image_shape=frames.shape[1:], frames=True, seed=seed, epoch=epoch,
    )  # fmt: skip
    return found.reshape(len(samples), *frames.shape[1:])


def noise(n=60, frames=9, channels=12, classes=3):
    rng = np.random.default_rng(n)
    return (
        rng.integers(1, 256, (n, frames, channels)).astype(np.uint8),
        rng.integers(0, classes, n),
    )


@st.composite
def data_sets(draw):
    """Samples of all three forms, any classes (some of one sample), and changes that fit them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    frames, height, width = (draw(st.integers(1, 7)) for _ in range(3))
    colours = draw(st.sampled_from((1, 3)))
    form = draw(st.sampled_from(("channels", "frames of images", "still")))
    if form == "channels":
        shape, image_shape = (frames, 1, width, 1), (frames, width)
    elif form == "still":
        frames, shape, image_shape = 1, (1, height, width, colours), (height, width, colours)
    else:
        shape = image_shape = (frames, height, width, colours)
    n = draw(st.integers(1, 9))
    images = rng.integers(0, 256, (n, *shape)) * (rng.random((n, *shape)) < draw(st.floats(0, 1)))
    timed = form != "still"
    augment = Augment(
        shift=draw(st.integers(0, 4)),
        stretch=draw(st.integers(0, 90)) * timed,
        time_shift=draw(st.integers(0, frames - 1)),
        time_mask=draw(st.integers(0, frames - 1)),
        channel_mask=draw(st.integers(0, width - 1)),
        mix=draw(st.sampled_from((0, 50, 100))),
        align=draw(st.booleans()),
        mirror=form != "channels" and draw(st.booleans()),
        turn=draw(st.integers(0, 100)) * (form != "channels"),
        cutout=draw(st.integers(0, min(height, width))) * (form != "channels"),
    )
    labels = rng.integers(0, draw(st.integers(1, 4)), n)
    return images.astype(np.uint8), labels, image_shape, form == "channels", augment


@given(data_sets(), st.integers(0, 2**63), st.integers(0, 99))
@family(400, quick=60)
def test_random_samples_are_changed_as_in_plain_numpy(drawn, seed, epoch):
    images, labels, image_shape, frames, augment = drawn
    order = np.random.default_rng(epoch).permutation(len(images))
    found = augment_samples(
        images.reshape(len(images), -1), order, augment=augment, mates=ClassMates(labels),
        image_shape=image_shape, frames=frames, seed=seed, epoch=epoch,
    )  # fmt: skip
    for index, sample in zip(order, found):
        expected = augmented_sample(
            images, labels, int(index), augment=augment, seed=seed, epoch=epoch
        )
        np.testing.assert_array_equal(sample, expected.ravel())


@pytest.mark.parametrize("size", [1, 7, 60])
def test_the_size_of_batches_changes_no_bit(size):
    frames, labels = noise()
    recipe = Recipe(
        epochs=1, augment=Augment(shift=3, stretch=20, time_shift=2, time_mask=2, mix=50)
    )
    batches = list(
        epoch_batches(
            frames.reshape(60, -1), labels, recipe=recipe, seed=5, epoch=3, size=size,
            image_shape=(9, 12), frames=True,
        )
    )  # fmt: skip
    found = np.concatenate([batch.images for batch in batches]).reshape(60, 9, 12)
    order = epoch_order(5, 3, 60)
    whole = shown(
        frames,
        labels,
        order,
        seed=5,
        epoch=3,
        shift=3,
        stretch=20,
        time_shift=2,
        time_mask=2,
        mix=50,
    )
    np.testing.assert_array_equal(found, whole)


def test_nothing_changes_without_augmentation_and_everything_anew_in_each_epoch():
    frames, labels = noise()
    np.testing.assert_array_equal(shown(frames, labels), frames)
    first, second = (shown(frames, labels, epoch=e, stretch=50, mix=50) for e in (0, 1))
    assert (first != second).any(axis=(1, 2)).mean() > 0.9


def test_a_stretched_sample_shows_its_frames_at_one_pace():
    """Frame numbers as values: their steps are those of one ratio within the reach."""
    frames = np.repeat(np.arange(1, 41, dtype=np.uint8)[None, :, None], 40, 0)
    found = shown(frames, np.zeros(40, int), stretch=25)[:, :, 0].astype(int)
    paces = set()
    for sample in found:
        fits = [
            ratio
            for ratio in range(4096 - 1024, 4096 + 1025)
            if all(
                value == (1 + (t * ratio >> 12) if t * ratio >> 12 < 40 else 0)
                for t, value in enumerate(sample)
            )
        ]
        assert fits
        paces.add(fits[0] // 256)
    assert len(paces) >= 6  # of eight: faster and slower


def test_time_moves_as_a_whole_and_silence_moves_in():
    frames = np.repeat(np.arange(1, 11, dtype=np.uint8)[None, :, None], 100, 0)
    found = shown(frames, np.zeros(100, int), time_shift=3)[:, :, 0]
    moves = {
        d: np.array([t + d + 1 if 0 <= t + d < 10 else 0 for t in range(10)]) for d in range(-3, 4)
    }
    seen = [d for sample in found for d, moved in moves.items() if np.array_equal(moved, sample)]
    assert len(seen) == 100
    assert set(seen) == set(moves)


@pytest.mark.parametrize(("name", "axis", "most"), [("time_mask", 1, 4), ("channel_mask", 2, 5)])
def test_a_mask_silences_adjacent_frames_or_channels(name, axis, most):
    frames, labels = noise(n=300)
    found = shown(frames, labels, **{name: most})
    assert ((found == frames) | (found == 0)).all()
    silent = (found == 0).all(axis=3 - axis)  # of each frame, or each channel
    np.testing.assert_array_equal(found == 0, np.expand_dims(silent, 3 - axis) & (found >= 0))
    assert set(silent.sum(axis=1)) == set(range(most + 1))
    edges = np.abs(np.diff(np.pad(silent, ((0, 0), (1, 1))).astype(int))).sum(axis=1)
    assert set(edges) == {0, 2}
    assert silent.any(axis=0).all()  # every place is silenced in some sample


def test_mixed_values_come_from_two_samples_of_one_class_in_equal_parts():
    frames, labels = noise(n=400, frames=5, channels=40, classes=4)
    found = shown(frames, labels, mix=30, align=False)
    mixed = (found != frames).any(axis=(1, 2))
    assert 0.2 < mixed.mean() < 0.4
    mates = set()
    for index in np.flatnonzero(mixed):
        own = found[index] == frames[index]
        fits = ((found[index] == frames) | own).all(axis=(1, 2))
        fits[index] = False
        (mate,) = np.flatnonzero(fits)
        assert labels[mate] == labels[index]
        assert 70 < own.sum() < 130  # of 200
        mates.add(mate)
    assert len(mates) > 60


def test_a_sample_alone_in_its_class_is_never_mixed():
    frames, _ = noise(n=8)
    np.testing.assert_array_equal(shown(frames, np.arange(8), mix=100), frames)


def test_aligned_samples_of_one_form_mix_into_that_form():
    """The mates are the same picture at other places: moved onto each other they are one."""
    rng = np.random.default_rng(3)
    picture = rng.integers(1, 256, (4, 6)).astype(np.uint8)
    frames = np.zeros((30, 20, 25), np.uint8)
    for index, (t, x) in enumerate(zip(rng.integers(0, 16, 30), rng.integers(0, 19, 30))):
        frames[index, t : t + 4, x : x + 6] = picture
    labels = np.zeros(30, int)
    np.testing.assert_array_equal(shown(frames, labels, mix=100), frames)
    assert (shown(frames, labels, mix=100, align=False) != frames).any(axis=(1, 2)).mean() > 0.8


def images(count, side=11, **changes):
    """Return ``count`` images as an epoch shows them, all of one picture, and the picture."""
    picture = np.random.default_rng(side).integers(1, 256, (side, side)).astype(np.uint8)
    found = augment_samples(
        np.tile(picture.ravel(), (count, 1)), np.arange(count), augment=Augment(**changes),
        mates=None, image_shape=(side, side), frames=False, seed=1, epoch=0,
    )  # fmt: skip
    return found.reshape(count, side, side), picture


def test_half_of_the_images_are_mirrored():
    found, picture = images(400, mirror=True)
    mirrored = (found == picture[:, ::-1]).all(axis=(1, 2))
    assert (mirrored ^ (found == picture).all(axis=(1, 2))).all()
    assert 0.4 < mirrored.mean() < 0.6


def test_the_slope_of_a_turn_is_that_of_a_line_through_the_centre():
    """A line of pixels turns by slopes of both signs up to the reach, the centre stays."""
    from lava_intsnn.training.augment_images import change_images

    size = 21
    line = np.zeros((size, size), np.uint8)
    line[size // 2] = 255
    found = np.tile(line.ravel(), (200, 1))
    keys = np.arange(200, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    change_images(found, keys, (1, size, size, 1), False, (30 << 12) // 100, 0)
    found = found.reshape(200, size, size)
    assert (found[:, size // 2, size // 2] == 255).all()
    rows = found[:, :, -2].argmax(axis=1) - size // 2  # nine pixels right of the centre
    assert set(rows) == {-3, -2, -1, 0, 1, 2, 3}  # 0.3 * 9 = 2.7


def test_a_cutout_is_one_square_around_any_pixel():
    found, picture = images(600, side=7, cutout=3)
    assert ((found == picture) | (found == 0)).all()
    silent = found == 0
    sizes = {(s.any(axis=1).sum(), s.any(axis=0).sum()) for s in silent}
    assert sizes == {(h, w) for h in (2, 3) for w in (2, 3)}  # an edge cuts off one row at most
    assert all(s.sum() == s.any(axis=1).sum() * s.any(axis=0).sum() for s in silent)
    assert silent.any(axis=0).all()


def test_a_cutout_larger_than_the_image_is_refused():
    with pytest.raises(NetworkError, match=r"cutout = 12: images have 11 x 11 .* 0\.\.11"):
        images(1, cutout=12)


def test_a_resumed_run_and_other_threads_end_in_the_same_bits():
    digits = data.digits("train").head(100)
    recipe = Recipe(epochs=2, augment=Augment(shift=1, channel_mask=2, mix=70))
    run = start(presets.digits_snn(), recipe, data=digits.fingerprint(), seed=4)
    first, last = ls.epochs_of(run, digits, threads=1, progress=False)
    (resumed,) = ls.epochs_of(first, digits, threads=2, progress=False)
    assert resumed.state.equals(last.state)
    plain = ls.train(run.network, digits, recipe=Recipe(epochs=2), seed=4, progress=False)
    assert not last.state.equals(plain)


def test_changes_of_time_are_refused_where_there_is_none():
    for name in ("stretch", "time_shift", "time_mask"):
        recipe = Recipe(epochs=1, augment=Augment(**{name: 1}))
        with pytest.raises(NetworkError, match=f"{name} = 1: needs samples that are frames"):
            start(presets.digits_snn(), recipe, data="")
        batches = epoch_batches(
            np.zeros((2, 64), np.uint8), np.zeros(2, int), recipe=recipe, seed=0, epoch=0, size=2,
            image_shape=(8, 8),
        )  # fmt: skip
        with pytest.raises(NetworkError, match=f"{name} = 1: needs samples that are frames"):
            next(batches)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time_mask": 9}, r"time_mask = 9: samples have 9 frames, so it must be in 0\.\.8"),
        ({"time_shift": 10}, r"time_shift = 10: samples have 9 frames"),
        (
            {"mirror": True},
            r"mirror = True: needs images, and these samples are frames of channels",
        ),
        ({"turn": 5}, r"turn = 5: needs images"),
        ({"cutout": 3}, r"cutout = 3: needs images"),
        (
            {"channel_mask": 12},
            r"channel_mask = 12: samples have 12 channels or columns, .* 0\.\.11",
        ),
    ],
)
def test_changes_that_leave_nothing_are_refused(changes, message):
    with pytest.raises(NetworkError, match=message):
        shown(*noise(), **changes)


@pytest.mark.parametrize(
    ("text", "augment"),
    [
        ("2", Augment(shift=2)),
        ("shift=2", Augment(shift=2)),
        ("shift=5, stretch=15,mix=50", Augment(shift=5, stretch=15, mix=50)),
        ("mix=50,align=0", Augment(mix=50, align=False)),
        ("mirror=1,turn=8,cutout=5", Augment(mirror=True, turn=8, cutout=5)),
        ("mirror=true,mix=50,align=False", Augment(mirror=True, mix=50, align=False)),
        (
            "time_shift=1,time_mask=2,channel_mask=3",
            Augment(time_shift=1, time_mask=2, channel_mask=3),
        ),
    ],
)
def test_text_says_what_the_description_says_and_back(text, augment):
    assert augment_of_text(text) == augment == augment_of_text(str(augment))


@pytest.mark.parametrize("text", ["", "x", "align=2", "mix=1.5", "shift=1,,mix=2", "Shift=1"])
def test_other_text_is_refused(text):
    with pytest.raises(NetworkError, match=r"augment|align"):
        augment_of_text(text)


@pytest.mark.parametrize("text", ["mirror=2", "align=yes", "mirror="])
def test_flags_name_the_values_that_they_take(text):
    with pytest.raises(NetworkError, match=rf"augment '{text}': must be 1 \(true\) or 0 \(false\)"):
        augment_of_text(text)


def test_a_shift_alone_is_the_integer_of_earlier_releases():
    assert Recipe(epochs=1, augment=Augment(shift=3)) == Recipe(epochs=1, augment=3)
    assert Recipe(epochs=1, augment=Augment(shift=3)).augment == 3
    assert Recipe(epochs=1, augment=3).augmentation == Augment(shift=3)
    assert not Augment()
