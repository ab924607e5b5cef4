"""Training and evaluation at desktop speed: numba kernels, all cores, the reference's bits."""

from lava_intsnn.engine.engine import BatchResult, Engine, usable_cores

__all__ = ["BatchResult", "Engine", "usable_cores"]
