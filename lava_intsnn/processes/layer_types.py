"""Types of the ports and Vars of the ProcessModels of layers.

Lava reads them from the ProcessModel's class, including its base classes.
"""

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType


class IntegerLayer:
    """Types of the models tagged ``fixed_pt`` and ``microcode``."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.uint8, precision=1)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.uint8, precision=1)
    fb_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int64)
    v = w = w_shadow = vth = LavaPyType(np.ndarray, np.int32)
    lr_shift = learning = updates = LavaPyType(np.ndarray, np.int64)


class IntegerHidden(IntegerLayer):
    """Types of hidden layers."""

    fb_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64)


class IntegerReadout(IntegerLayer):
    """Types of output layers."""

    label_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    key_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int64)
    count = err = prediction = LavaPyType(np.ndarray, np.int32)


class FloatingLayer(IntegerLayer):
    """Types of the models tagged ``floating_pt``."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.float32)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.float32)
    fb_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.float32)
    v = w = w_shadow = vth = LavaPyType(np.ndarray, np.float32)


class FloatingHidden(FloatingLayer):
    """Types of hidden layers."""

    fb_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.float32)


class FloatingReadout(FloatingLayer, IntegerReadout):
    """Types of output layers."""

    count = err = LavaPyType(np.ndarray, np.float32)
