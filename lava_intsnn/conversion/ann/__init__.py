"""Training of the quantised network in torch (extra ``dl``), the only part that needs torch.

The names below are loaded, and torch with them, when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.lazy import loader

if TYPE_CHECKING:
    from lava_intsnn.conversion.ann.ann_training import (
        AnnEpoch,
        AnnTraining,
        accuracy,
        start,
        steps_of,
    )
    from lava_intsnn.conversion.ann.model import QuantisedAnn, frozen

_HOME: dict[str, str | None] = {
    "QuantisedAnn": "model",
    "frozen": "model",
    "AnnTraining": "ann_training",
    "AnnEpoch": "ann_training",
    "start": "ann_training",
    "steps_of": "ann_training",
    "accuracy": "ann_training",
}

__all__ = list(_HOME)

__getattr__ = loader(__name__, _HOME)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
