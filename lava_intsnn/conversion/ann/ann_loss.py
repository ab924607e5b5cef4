"""The loss of a batch: labels, smoothed and mixed, and a teacher's classes."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from lava_intsnn.conversion.ann.ann_augment import ShownBatch
from lava_intsnn.conversion.ann_spec import AnnRecipe

#: Softens the teacher's classes and ours before they are compared (Hinton et al. 2015).
TEMPERATURE = 2.0


def batch_loss(
    logits: Tensor, shown: ShownBatch, recipe: AnnRecipe, teacher: Tensor | None = None
) -> Tensor:
    """Return the mean loss of a batch.

    Parameters
    ----------
    logits : (B, n_classes) tensor
    shown : ShownBatch
    recipe : AnnRecipe
        ``smoothing`` and ``distill``.
    teacher : (B, n_classes) tensor, optional
        The teacher's logits of the same inputs, if the recipe distills.
    """
    smoothing = recipe.smoothing / 100
    if shown.mates is None or shown.share is None:
        loss = F.cross_entropy(logits, shown.labels, label_smoothing=smoothing)
    else:
        own = F.cross_entropy(logits, shown.labels, reduction="none", label_smoothing=smoothing)
        its = F.cross_entropy(logits, shown.mates, reduction="none", label_smoothing=smoothing)
        loss = (own * shown.share + its * (1 - shown.share)).mean()
    if teacher is None:
        return loss
    ours, wanted = (F.log_softmax(x / TEMPERATURE, dim=1) for x in (logits, teacher))
    apart = F.kl_div(ours, wanted, reduction="batchmean", log_target=True) * TEMPERATURE**2
    part = recipe.distill / 100
    return (1 - part) * loss + part * apart
