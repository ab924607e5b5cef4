"""The average of a network's weights over many batches, with batch-norm statistics of its own."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from lava_intsnn.conversion.ann.model import QuantisedAnn


def average_in(average: nn.Module, model: nn.Module, weight: float) -> None:
    """Move every parameter of ``average`` towards that of ``model`` by this share, 0..1."""
    with torch.no_grad():
        for mean, now in zip(average.parameters(), model.parameters(), strict=True):
            mean.lerp_(now, weight)


def renew_statistics(model: QuantisedAnn, batches: Iterable[Tensor]) -> None:
    """Take the mean and the variance of every batch norm anew, all batches counting alike.

    Parameters
    ----------
    model : QuantisedAnn
        Its weights stay as they are.
    batches : iterable of (B, C, H, W) tensors
        Inputs of one size.
    """
    was_training = model.training
    momenta = [norm.momentum for norm in model.norms]
    for norm in model.norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's name for a mean of all batches
    with torch.no_grad():
        for inputs in batches:
            model.train()(inputs)
    for norm, momentum in zip(model.norms, momenta, strict=True):
        norm.momentum = momentum
    model.train(was_training)
