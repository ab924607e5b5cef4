"""Folds: every sample is held out once, with its speaker or its class's share."""

from dataclasses import replace

import numpy as np
import pytest

from lava_intsnn import data
from lava_intsnn.data import DataError, Dataset


def spoken(n=60):
    rng = np.random.default_rng(0)
    return Dataset(
        name="spoken",
        images=rng.integers(0, 256, (n, 6)).astype(np.uint8),
        labels=np.arange(n, dtype=np.int32) % 4,
        n_classes=4,
        image_shape=(2, 3),
        split="train",
        speakers=rng.choice([3, 5, 8, 9, 20], n).astype(np.int32),
        frames=2,
    )


def rows(part):
    return [image.tobytes() for image in part.images]


@pytest.mark.parametrize(("k", "by"), [(2, "speakers"), (5, None), (3, "samples"), (60, "samples")])
def test_each_sample_is_held_out_once_and_learned_otherwise(k, by):
    whole = spoken()
    parts = whole.folds(k, by=by)
    assert len(parts) == k
    assert sorted(row for _, held in parts for row in rows(held)) == sorted(rows(whole))
    for train, held in parts:
        assert sorted(rows(train) + rows(held)) == sorted(rows(whole))
        assert (train.split, held.split, held.frames) == ("train", "validation", 2)


def test_speakers_are_held_out_whole_and_dealt_in_turn():
    held = [sorted(set(part.speakers.tolist())) for _, part in spoken().folds(2)]
    assert held == [[3, 8, 20], [5, 9]]
    alone = [set(part.speakers.tolist()) for _, part in spoken().folds(5, by="speakers")]
    assert alone == [{3}, {5}, {8}, {9}, {20}]


def test_samples_are_drawn_with_as_many_of_each_class_in_every_fold():
    digits = data.digits("train").head(301)
    for seed in (0, 1):
        parts = [held for _, held in digits.folds(4, seed=seed)]
        counts = np.array([np.bincount(held.labels, minlength=10) for held in parts])
        assert np.ptp(counts, axis=0).max() <= 1
        assert np.ptp([len(held) for held in parts]) <= 1
    one, two = (digits.folds(4, seed=seed)[0][1].fingerprint() for seed in (0, 1))
    assert one == digits.folds(4)[0][1].fingerprint() != two


@pytest.mark.parametrize(
    ("k", "by", "message"),
    [
        (6, "speakers", r"6 folds of spoken by speakers: must be an integer in 2\.\.5"),
        (61, "samples", r"61 folds of spoken by samples: .* 2\.\.60, the number of samples"),
        (1, None, r"1 folds of spoken by speakers: must be an integer in 2\.\.5"),
        (2.0, None, "2.0 folds"),
        (2, "classes", "folds by 'classes': must be speakers or samples"),
    ],
)
def test_folds_that_cannot_be_made_are_refused(k, by, message):
    with pytest.raises(DataError, match=message):
        spoken().folds(k, by=by)


def test_speakers_nobody_named_are_refused():
    with pytest.raises(DataError, match="spoken names no speakers: make folds by samples"):
        replace(spoken(), speakers=None).folds(2, by="speakers")
