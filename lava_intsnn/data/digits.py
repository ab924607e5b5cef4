"""scikit-learn's 8x8 digits, which are small and need no download."""

from __future__ import annotations

import numpy as np

from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.errors import check_split

_EVERY = 5


def digits(split: str) -> Dataset:
    """Return the 1797 handwritten digits that come with scikit-learn.

    The split is fixed by a rule rather than drawn: with the samples sorted by class (in their
    order within a class), every fifth is a test sample. That leaves 1437 for training and 360 for
    testing, with every class in proportion, whatever the version of scikit-learn. Grey levels
    0..16 become 0..255 by integers, ``(255 * g + 8) // 16``.

    Parameters
    ----------
    split : {"train", "test"}

    Raises
    ------
    DataError
        If the split is unknown.
    """
    check_split(split)
    from sklearn.datasets import load_digits  # slow to import, and rarely needed

    raw = load_digits()
    grey = np.rint(raw.data).astype(np.int32)
    images = ((grey * 255 + 8) // 16).astype(np.uint8)
    labels = raw.target.astype(np.int32)
    test = np.zeros(len(labels), dtype=bool)
    test[np.argsort(labels, kind="stable")[::_EVERY]] = True
    part = test if split == "test" else ~test
    return Dataset(
        name="digits",
        images=images[part],
        labels=labels[part],
        n_classes=10,
        image_shape=(8, 8),
        split=split,
    )
