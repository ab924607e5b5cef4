"""Training of the quantised network in torch (extra ``dl``), the only part that needs torch.

The names below are loaded, and torch with them, when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.lazy import loader, public_names

if TYPE_CHECKING:
    from lava_intsnn.conversion.ann.ann_learner import AnnRunning as AnnRunning
    from lava_intsnn.conversion.ann.ann_training import (
        AnnEpoch as AnnEpoch,
        AnnTraining as AnnTraining,
        accuracy as accuracy,
        start as start,
        steps_of as steps_of,
    )
    from lava_intsnn.conversion.ann.model import QuantisedAnn as QuantisedAnn, frozen as frozen

_HOME = public_names(__file__)

__all__ = list(_HOME)

__getattr__, __dir__ = loader(__name__, _HOME)
