"""Which samples each fold of a cross-validation holds out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lava_intsnn.arithmetic import Stream, draw, random_key
from lava_intsnn.data.errors import DataError
from lava_intsnn.field_checks import is_integer, shown

#: What a fold may hold out together.
FOLDS_BY = ("speakers", "samples")


def fold_numbers(
    labels: npt.NDArray[np.int32],
    speakers: npt.NDArray[np.int32] | None,
    k: int,
    *,
    by: str | None,
    seed: int,
    name: str,
) -> npt.NDArray[np.int64]:
    """Return the fold, 0..k-1, of each sample of a data set, int64 ``(N,)``.

    Parameters
    ----------
    labels : (N,)
    speakers : (N,), optional
    k, by, seed
        See :meth:`lava_intsnn.Dataset.folds`.
    name : str
        Of the data set, for messages.

    Raises
    ------
    DataError
        If there are too few samples or speakers, or none are named.
    """
    by = by or folds_by(speakers)
    if by not in FOLDS_BY:
        raise DataError(f"folds by {shown(by)}: must be {' or '.join(FOLDS_BY)}")
    if by == "samples":
        _require(k, len(labels), by, name)
        return _stratified(labels, k, seed)
    if speakers is None:
        raise DataError(f"{name} names no speakers: make folds by samples")
    present, ranks = np.unique(speakers, return_inverse=True)
    _require(k, len(present), by, name)
    return ranks.astype(np.int64) % k


def folds_by(speakers: npt.NDArray[np.int32] | None) -> str:
    """Return what folds hold out together if nothing is said."""
    return "samples" if speakers is None else "speakers"


def _require(k: int, most: int, by: str, name: str) -> None:
    if not is_integer(k) or not 2 <= k <= most:
        raise DataError(
            f"{shown(k)} folds of {name} by {by}: must be an integer in 2..{most}, the number of "
            f"{by}"
        )


def _stratified(labels: npt.NDArray[np.int32], k: int, seed: int) -> npt.NDArray[np.int64]:
    """Deal the samples in turn, class by class and in random order within a class."""
    with np.errstate(over="ignore"):
        bits = draw(random_key(seed, Stream.SPLIT, k), np.arange(len(labels), dtype=np.uint64))
    order = np.lexsort((bits, labels))
    folds = np.empty(len(labels), np.int64)
    folds[order] = np.arange(len(labels)) % k
    return folds
