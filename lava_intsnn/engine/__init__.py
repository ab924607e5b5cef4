"""Training and evaluation at desktop speed: numba kernels, all cores, the reference's bits."""

from lava_intsnn.engine.choice import engine_for, warm_up
from lava_intsnn.engine.common import AnyEngine, BatchResult
from lava_intsnn.engine.engine import Engine, usable_cores
from lava_intsnn.engine.trainer import Evaluation, epochs_of, evaluate, saturated, train

__all__ = [
    "AnyEngine",
    "BatchResult",
    "Engine",
    "Evaluation",
    "engine_for",
    "epochs_of",
    "evaluate",
    "saturated",
    "train",
    "usable_cores",
    "warm_up",
]
