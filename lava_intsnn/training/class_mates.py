"""Which other sample of its class a training sample is mixed with."""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import draw_below
from lava_intsnn.augmenting import AugmentDraw


class ClassMates:
    """The samples of each class of a data set.

    Parameters
    ----------
    labels : integer (N,)
    """

    def __init__(self, labels: np.ndarray) -> None:
        classes, numbers = np.unique(labels, return_inverse=True)
        self._sizes = np.bincount(numbers, minlength=len(classes))  # of each class
        self._starts = np.cumsum(self._sizes) - self._sizes
        self._by_class = np.argsort(numbers, kind="stable")
        place = np.empty(len(labels), np.int64)
        place[self._by_class] = np.arange(len(labels))
        self._classes, self._ranks = numbers, place - self._starts[numbers]

    def chosen(self, samples: np.ndarray, keys: np.ndarray, *, percent: int) -> np.ndarray:
        """Return the index of each sample's mate, int64 ``(B,)``; -1 where it is not mixed.

        Parameters
        ----------
        samples : integer (B,)
        keys : uint64 (B,)
            Of the samples' augmentation.
        percent : int
            Of samples that are mixed. A sample that is alone in its class never is.
        """
        of = self._classes[samples]
        others = self._sizes[of] - 1
        with np.errstate(over="ignore"):
            lot = draw_below(keys, np.uint64(AugmentDraw.WHETHER_MIXED), np.uint64(100))
            rank = draw_below(keys, np.uint64(AugmentDraw.MATE), others.astype(np.uint64))
        rank = rank.astype(np.int64)
        rank += rank >= self._ranks[samples]  # itself is left out
        mixed = (lot < percent) & (others > 0)
        place = self._starts[of] + np.where(mixed, rank, 0)
        return np.where(mixed, self._by_class[place], -1)
