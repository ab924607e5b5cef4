"""The engine at desktop speed: numba kernels, all cores, the reference's bits."""

from lava_intsnn.engine.engine import Engine as Engine
