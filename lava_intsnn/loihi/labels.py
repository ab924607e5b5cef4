"""What the host says of each output neuron before it learns."""

from __future__ import annotations

import numpy as np

#: Nothing to learn, another class, this class.
NO_LABEL, OTHER_CLASS, THIS_CLASS = 0, 1, 2


def label_numbers(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Return what the host writes, ``(B, O)``, for ``labels (B,)``, -1 for none."""
    numbers = np.where(np.arange(n_classes) == labels[:, None], THIS_CLASS, OTHER_CLASS)
    return np.where(labels[:, None] < 0, NO_LABEL, numbers)
