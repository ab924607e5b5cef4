"""scikit-learn's digits: a fixed split and an exact scaling."""

import numpy as np
import pytest

from lava_intsnn.data import DataError, digits, load


def test_the_split_has_every_sample_once_and_every_class_in_proportion():
    datasets = pytest.importorskip("sklearn.datasets")
    raw = datasets.load_digits()
    train, test = digits("train"), digits("test")
    assert (len(train), len(test)) == (1437, 360)
    total = np.bincount(raw.target)
    assert np.array_equal(np.bincount(train.labels) + np.bincount(test.labels), total)
    assert np.all(np.abs(np.bincount(test.labels) - total / 5) <= 1)
    # Undo the scaling in floating point: the same rows as the source, each exactly once.
    rows = np.rint(np.concatenate([train.images, test.images]) / 255 * 16)
    labels = np.concatenate([train.labels, test.labels])
    ours = sorted((int(y), bytes(r.astype(np.uint8))) for y, r in zip(labels, rows))
    theirs = sorted((int(y), bytes(r.astype(np.uint8))) for y, r in zip(raw.target, raw.data))
    assert ours == theirs


def test_the_split_is_golden():
    assert digits("train").fingerprint() == "068562b687945edf"
    assert digits("test").fingerprint() == "9a8da95aa2b254ca"


def test_grey_levels_span_the_byte():
    levels = np.unique(digits("train").images)
    assert levels.tolist() == [round(255 * g / 16 + 1e-9) for g in range(17)]


def test_unknown_names_are_refused_with_the_known_ones():
    with pytest.raises(DataError, match="'train' and 'test'"):
        digits("validation")
    with pytest.raises(DataError, match="mnist, digits"):
        load("cifar", "train")
