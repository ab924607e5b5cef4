"""A legal network as Lava's LearningDense with a three-factor rule.

Importing this package, and :mod:`.engine_rule`, needs no Lava; the names of
:mod:`lava_intsnn.systems` import it when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.lazy import loader, public_names
from lava_intsnn.loihi.learning_engine.engine_rule import rule_of as rule_of

if TYPE_CHECKING:
    from lava_intsnn.systems.learning_dense import LearningSystem as LearningSystem, build as build
    from lava_intsnn.systems.learning_dense_session import (
        LearningSession as LearningSession,
        session as session,
    )

_HOME = public_names(__file__)

__all__ = ["LearningSession", "LearningSystem", "build", "rule_of", "session"]

__getattr__, __dir__ = loader(__name__, _HOME)
