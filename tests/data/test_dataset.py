"""Dataset refuses what would go wrong later, and its parts are what they say."""

import numpy as np
import pytest

from lava_intsnn.data import DataError, Dataset, load


def make(**changes):
    fields = dict(
        name="toy",
        images=np.arange(60, dtype=np.uint8).reshape(10, 6),
        labels=np.arange(10, dtype=np.int32) % 3,
        n_classes=3,
        image_shape=(2, 3),
        split="train",
    )
    return Dataset(**{**fields, **changes})


def test_a_valid_dataset_keeps_its_arrays():
    data = make()
    assert len(data) == 10
    assert data.images[9, 5] == 59
    assert "10 samples" in repr(data)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"images": np.zeros((10, 6))}, "are float64: must be a uint8"),
        ({"images": [[0] * 6] * 10}, "are list: must be a uint8"),
        ({"images": np.zeros((10, 2, 3), np.uint8)}, r"shape \(10, 2, 3\).*reshape"),
        ({"images": np.zeros((0, 6), np.uint8)}, "there are none"),
        ({"images": np.zeros((6, 10), np.uint8).T}, "not C-contiguous"),
        ({"image_shape": (3, 3)}, r"image_shape \(3, 3\).*h \* w = 6"),
        ({"image_shape": (2, 3, 2)}, r"image_shape \(2, 3, 2\).*h \* w \* c = 6"),
        ({"image_shape": (-2, -3)}, r"image_shape \(-2, -3\)"),
        ({"image_shape": (6,)}, r"Dataset: image_shape = \(6,\): must be a tuple"),
        ({"image_shape": (1, 1, 2, 3)}, "has frames in front, so give frames=1"),
        ({"labels": np.zeros(10, np.int64)}, "are int64: must be an int32"),
        ({"labels": np.zeros(9, np.int32)}, r"shape \(9,\): must be \(10,\)"),
        ({"n_classes": 0}, "n_classes 0"),
    ],
)
def test_wrong_arrays_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        make(**changes)


def test_maps_are_a_view_with_the_channels_last():
    grey, colour = make(), make(image_shape=(1, 2, 3))
    assert grey.maps.shape == (10, 2, 3, 1)
    assert grey.maps[4, 1, 2, 0] == grey.images[4, 1 * 3 + 2]
    assert colour.maps.shape == (10, 1, 2, 3)
    assert colour.maps[4, 0, 1, 2] == colour.images[4, 1 * 3 + 2]
    assert "1x2x3" in repr(colour)
    for data in (grey, colour, colour.head(3), colour.split_validation(3)[1]):
        assert np.shares_memory(data.maps, data.images)
        assert len(data.maps) == len(data)


def test_digits_as_maps_are_the_library_s_images_in_order():
    from sklearn.datasets import load_digits

    raw = load_digits()
    data = load("digits", "test")
    chosen = np.sort(np.argsort(raw.target, kind="stable")[::5])
    grey = raw.images[chosen].astype(int)
    assert data.maps.shape == (360, 8, 8, 1)
    assert np.array_equal(data.maps[..., 0], (grey * 255 + 8) // 16)


def test_classes_are_numbered_by_the_names_of_other_data():
    data = make(classes=("b", "d", "e"))
    other = data.with_classes("abcde")
    assert (other.classes, other.n_classes) == (tuple("abcde"), 5)
    assert [other.classes[label] for label in other.labels] == [
        data.classes[label] for label in data.labels
    ]
    assert other.with_classes(["b", "d", "e"]).fingerprint() == data.fingerprint()
    few = data.head(2)
    assert few.with_classes(("d", "b")).labels.tolist() == [1, 0], "no sample is of class e"
    with pytest.raises(DataError, match="samples of 'e', and the classes are 'd', 'b'"):
        data.with_classes(("d", "b"))
    with pytest.raises(DataError, match="toy names no classes"):
        make().with_classes("abc")


@pytest.mark.parametrize("value", [3, -1, 200])
def test_a_label_out_of_range_is_named_with_index_value_and_range(value):
    labels = np.zeros(10, np.int32)
    labels[[4, 7]] = value
    with pytest.raises(DataError, match=rf"2 out of range.*index 4 with value {value}.*0\.\.2"):
        make(labels=labels)


def test_head_takes_the_first_samples_and_no_more_than_there_are():
    data = make()
    assert np.array_equal(data.head(4).images, data.images[:4])
    assert len(data.head(99)) == 10
    with pytest.raises(DataError, match="0 samples"):
        data.head(0)


def test_validation_without_a_seed_is_the_tail():
    data = make()
    train, validation = data.split_validation(3)
    assert np.array_equal(train.images, data.images[:7])
    assert np.array_equal(validation.images, data.images[7:])
    assert (train.split, validation.split) == ("train", "validation")


def test_validation_with_a_seed_is_a_partition_that_the_seed_alone_decides():
    data = load("digits", "train")
    train, validation = data.split_validation(400, seed=5)
    again = data.split_validation(400, seed=5)[1]
    other = data.split_validation(400, seed=6)[1]
    assert len(train) == len(data) - 400
    assert np.array_equal(validation.images, again.images)
    assert not np.array_equal(validation.images, other.images)
    rows = sorted(map(bytes, np.concatenate([train.images, validation.images])))
    assert rows == sorted(map(bytes, data.images))
    # Drawn over the whole set: the mean position of 400 of 1437 lies within 4 sigma of the middle.
    positions = {bytes(row): i for i, row in enumerate(data.images)}
    mean = np.mean([positions[bytes(row)] for row in validation.images])
    assert abs(mean - 718) < 4 * 415 / 20


@pytest.mark.parametrize("n", [0, 10, -1])
def test_validation_must_leave_samples_on_both_sides(n):
    with pytest.raises(DataError, match=r"must be 1\.\.9"):
        make().split_validation(n)


def test_fingerprints_of_old_checkpoints_stay_valid():
    """Written down before images could have colours: a resume compares them."""
    assert make().fingerprint() == "4313528c4ab0f019"
    assert load("digits", "train").fingerprint() == "068562b687945edf"


def test_the_fingerprint_changes_with_content_and_only_with_content():
    data = make()
    assert data.fingerprint() == make().fingerprint()
    assert len(data.fingerprint()) == 16
    images, labels = data.images.copy(), data.labels.copy()
    images[9, 5] ^= 1
    labels[0] = 2
    others = [make(images=images), make(labels=labels), make(name="toy2"), data.head(9)]
    others.append(make(image_shape=(3, 2)))
    prints = {d.fingerprint() for d in [data, *others]}
    assert len(prints) == 6


def test_augmentation_needs_a_shape_and_leaves_images_without_it_alone():
    from lava_intsnn.network import NetworkError
    from lava_intsnn.recipe import Recipe
    from lava_intsnn.training.batches import epoch_batches

    data = make(image_shape=(1, 2, 3))
    options = dict(seed=0, epoch=0, size=4)
    with pytest.raises(NetworkError, match="augment = 1: give image_shape, too"):
        next(epoch_batches(data.images, data.labels, recipe=Recipe(epochs=1, augment=1), **options))
    batches = epoch_batches(data.images, data.labels, recipe=Recipe(epochs=1), **options)
    shown = np.concatenate([batch.images for batch in batches])
    assert sorted(map(bytes, shown)) == sorted(map(bytes, data.images))


def test_load_takes_options_of_spikes_for_spikes_only():
    for name in ("mnist", "digits", "cifar10"):
        with pytest.raises(DataError, match=f"frames = 5: {name} does not take it"):
            load(name, "test", frames=5)
