"""A legal network as Lava's LearningDense with a three-factor rule.

Importing this package, and :mod:`.rule`, needs no Lava; the other names import it when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lava_intsnn.loihi.learning_engine.rule import rule_of

if TYPE_CHECKING:
    from lava_intsnn.loihi.learning_engine.running import LearningSession, session
    from lava_intsnn.loihi.learning_engine.system import LearningSystem, build

_HOME = {
    "LearningSystem": "system",
    "build": "system",
    "LearningSession": "running",
    "session": "running",
}

__all__ = ["LearningSession", "LearningSystem", "build", "rule_of", "session"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
