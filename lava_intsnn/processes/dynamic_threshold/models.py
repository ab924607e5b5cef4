"""ProcessModel of `DynamicThreshold`."""

from typing import Any

import numpy as np
import numpy.typing as npt
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.processes.dynamic_threshold.process import DynamicThreshold
from lava_intsnn.processes.model_of import model_of
from lava_intsnn.processes.threshold_model import ThresholdModel

_INT32, _INT64 = np.iinfo(np.int32), np.iinfo(np.int64)


@model_of(DynamicThreshold, "fixed_pt", "bit_accurate_loihi")
class PyDynamicThresholdModel(ThresholdModel):
    """Reads the two thresholds of each neuron from one table."""

    v: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=32)
    n: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=32)

    def __init__(self, proc_params: Any) -> None:
        super().__init__(proc_params)
        ends = ((0, 0), (1, 1))
        table = np.pad(self.thresholds, ends, constant_values=((0, 0), (_INT64.min, _INT64.max)))
        self.table = table.reshape(-1)
        self.row = self.channel * table.shape[1]

    def step(self, a_in: npt.NDArray, t: int) -> npt.NDArray[np.int8]:
        """Integrate, then send a spike or take one back."""
        if t == 0:
            self.v[:], self.n[:] = 0, 0
        v = self.v + a_in.astype(np.int64)
        if v.min() < _INT32.min or v.max() > _INT32.max:
            raise OverflowError(f"a potential reaches {v.min()}..{v.max()}: it has 32 bits")
        self.v[:] = v
        at = self.row + self.n
        fires, takes_back = v >= self.table[at + 1], v < self.table[at]
        signs = fires.astype(np.int8) - takes_back
        self.n += signs
        return signs
