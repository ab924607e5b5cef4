"""ProcessModel of `ThermometerEncoder`."""

import numpy as np
import numpy.typing as npt
from lava.magma.core.model.py.type import LavaPyType

from lava_intsnn.processes.model_of import model_of
from lava_intsnn.processes.thermometer_encoder.process import ThermometerEncoder
from lava_intsnn.processes.threshold_model import ThresholdModel


@model_of(ThermometerEncoder, "fixed_pt", "bit_accurate_loihi")
class PyThermometerEncoderModel(ThresholdModel):
    """Counts the thresholds reached at a sample's first step, then sends that many spikes."""

    v: np.ndarray = LavaPyType(np.ndarray, np.int64)
    level: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=32)

    def step(self, a_in: npt.NDArray, t: int) -> npt.NDArray[np.int8]:
        """Compute the level in the first step, and return the spikes of step ``t``."""
        if t == 0:
            self.v[:] = a_in
            self.level[:] = (self.v[..., None] >= self.thresholds[self.channel]).sum(axis=-1)
        return (t < self.level).astype(np.int8)
