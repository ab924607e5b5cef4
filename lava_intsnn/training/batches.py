"""The batches of an epoch, with their order, augmentation and encoding keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from lava_intsnn.network import NetworkError
from lava_intsnn.random_keys import epoch_order, train_keys
from lava_intsnn.recipe import Recipe
from lava_intsnn.sample_batch import Batch
from lava_intsnn.training.augment import augment_samples
from lava_intsnn.training.class_mates import ClassMates

if TYPE_CHECKING:
    from lava_intsnn.data.dataset import ImageShape


def epoch_batches(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    recipe: Recipe,
    seed: int,
    epoch: int,
    size: int,
    image_shape: ImageShape | None = None,
    frames: bool = False,
    limit: int | None = None,
) -> Iterator[Batch]:
    """Yield the samples of ``epoch``, counted from 0, in batches of ``size``.

    The last batch may have fewer.

    Parameters
    ----------
    images : uint8 (N, I)
        Of the whole data set: a sample may be mixed with any other one of its class.
    labels : integer (N,)
    recipe : Recipe
        Sets the schedule and the augmentation.
    image_shape : tuple of int, optional
        That of the data set, required if the recipe augments.
    frames : bool
        Rows are frames in time (``network.graded``), so augmentation keeps them apart from columns.
    limit : int, optional
        Stop after this many samples.

    Raises
    ------
    NetworkError
        If the recipe augments and ``image_shape`` is missing, or does not fit it.
    """
    augment = recipe.augmentation
    if augment and image_shape is None:
        raise NetworkError(f"augment = {recipe.augment}: give image_shape, too")
    order = epoch_order(seed, epoch, len(labels))[:limit]
    keys = train_keys(seed, epoch, order)
    mates = ClassMates(labels) if augment.mix else None
    for first in range(0, len(order), size):
        part = slice(first, first + size)
        samples = order[part]
        if augment and image_shape is not None:
            shown = augment_samples(
                images,
                samples,
                augment=augment,
                mates=mates,
                image_shape=image_shape,
                frames=frames,
                seed=seed,
                epoch=epoch,
            )
        else:
            shown = images[samples]
        yield Batch(shown, labels[samples], keys[part], recipe.lr_boost(epoch))
