"""`Batch`, the arrays of samples to learn, and the checks made before a kernel reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.field_checks import short_repr

if TYPE_CHECKING:
    from lava_intsnn.network import Network


@dataclass(frozen=True)
class Batch:
    """Samples in the order in which they are learned, as arguments of ``train_batch``.

    ``images`` uint8 ``(n, I)``, ``labels (n,)``, ``keys`` uint64 ``(n,)``; ``lr_boost`` is added to
    the ``lr_shift`` of every layer.
    """

    images: np.ndarray
    labels: np.ndarray
    keys: np.ndarray
    lr_boost: int = 0

    __repr__ = short_repr

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, part: slice) -> Batch:
        return Batch(self.images[part], self.labels[part], self.keys[part], self.lr_boost)


def check_batch(
    network: Network, images: np.ndarray, keys: np.ndarray, labels: np.ndarray | None = None
) -> None:
    """Raise ValueError unless the arrays fit ``network`` and each other."""
    if images.ndim != 2 or images.shape[1] != network.n_values:
        raise ValueError(
            f"images have shape {images.shape}: network {network.name!r} takes "
            f"(samples, {network.n_values})"
        )
    if images.dtype != np.uint8:
        raise ValueError(f"images are {images.dtype}: give uint8 values 0..255")
    if keys.shape != (len(images),) or keys.dtype != np.uint64:
        raise ValueError(
            f"keys are {keys.dtype} {keys.shape}: give uint64 ({len(images)},), "
            "see arithmetic.random_key"
        )
    if labels is None:
        return
    if len(images) > network.batch:
        raise ValueError(
            f"a batch of {len(images)} samples: the network's widths are proven for at most "
            f"batch = {network.batch}; split it, or set network.batch"
        )
    check_labels(labels, len(images), network.n_classes)


def check_answers(images: np.ndarray, labels: np.ndarray, n_classes: int) -> None:
    """Raise ValueError unless there is a class, or -1, for each image."""
    if np.shape(labels) != (len(images),) or np.asarray(labels).dtype.kind not in "iu":
        raise ValueError(
            f"{len(images)} images, and labels are {np.asarray(labels).dtype} {np.shape(labels)}: "
            f"give an integer for each image, ({len(images)},)"
        )
    check_labels(np.asarray(labels), len(images), n_classes)


def check_labels(labels: np.ndarray, n_samples: int, n_classes: int) -> None:
    """Raise ValueError unless ``labels`` holds a class, or -1, for each sample."""
    if labels.shape != (n_samples,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels are {labels.dtype} {labels.shape}: give integers of shape ({n_samples},)"
        )
    wrong = (
        (labels < -1) | (labels >= n_classes) if labels.dtype.kind == "i" else labels >= n_classes
    )
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"label {int(labels[first])} of sample {first}: must be in 0..{n_classes - 1} "
            "(-1: do not learn)"
        )
