"""Types of the ports and Vars that all ProcessModels of layers have.

Lava reads them from the ProcessModel's class; those of its base classes count.
"""

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType


class IntegerLayer:
    """Of the models tagged ``fixed_pt`` and ``microcode``."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.uint8, precision=1)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.uint8, precision=1)
    fb_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int64)
    v: np.ndarray = LavaPyType(np.ndarray, np.int32)
    w: np.ndarray = LavaPyType(np.ndarray, np.int32)
    w_shadow: np.ndarray = LavaPyType(np.ndarray, np.int32)
    vth: np.ndarray = LavaPyType(np.ndarray, np.int32)
    lr_shift: np.ndarray = LavaPyType(np.ndarray, np.int64)
    learning: np.ndarray = LavaPyType(np.ndarray, np.int64)
    updates: np.ndarray = LavaPyType(np.ndarray, np.int64)


class IntegerHidden(IntegerLayer):
    """Of hidden layers."""

    fb_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64)


class FloatingLayer(IntegerLayer):
    """Of the models tagged ``floating_pt``."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.float32)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.float32)
    fb_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.float32)
    v: np.ndarray = LavaPyType(np.ndarray, np.float32)
    w: np.ndarray = LavaPyType(np.ndarray, np.float32)
    w_shadow: np.ndarray = LavaPyType(np.ndarray, np.float32)
    vth: np.ndarray = LavaPyType(np.ndarray, np.float32)


class FloatingHidden(FloatingLayer):
    """Of hidden layers."""

    fb_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.float32)
