"""Accuracy on speakers heard in training and on others, and how figures of several seeds read."""

from __future__ import annotations

import numpy as np

from lava_intsnn.data import Dataset


def speakers(data: Dataset) -> np.ndarray:
    """Return who is heard, ``(N,)``."""
    assert data.speakers is not None, f"{data.name} names no speakers"
    return data.speakers


def percent(right: np.ndarray) -> float:
    """Return the share of true values in percent."""
    return 100 * float(np.mean(right))


def by_speakers(right: np.ndarray, test: Dataset, train: Dataset) -> dict[str, float]:
    """Return the accuracy on all of ``test``, on speakers not in ``train``, and on those in it."""
    unseen = ~np.isin(speakers(test), speakers(train))
    parts = {"test": right, "unseen speakers": right[unseen], "seen speakers": right[~unseen]}
    return {name: percent(part) for name, part in parts.items() if len(part)}


def spread(values: list[float]) -> float:
    """Return the standard error of the mean, 0 of a single value."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def shown(values: list[float]) -> str:
    """Return mean and standard error as text."""
    error = f" +- {spread(values):.1f}" if len(values) > 1 else ""
    return f"{np.mean(values):.1f}{error}"
