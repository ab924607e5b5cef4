"""ProcessModel of `ThermometerEncoder`."""

import numpy as np
import numpy.typing as npt
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_intsnn.processes.thermometer_encoder.process import ThermometerEncoder
from lava_intsnn.processes.threshold_model import ThresholdModel


@implements(proc=ThermometerEncoder, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt", "bit_accurate_loihi")
class PyThermometerEncoderModel(ThresholdModel):
    """Counts the thresholds reached at a sample's first step, then spikes as often."""

    v: np.ndarray = LavaPyType(np.ndarray, np.int64)
    level: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=32)

    def step(self, a_in: npt.NDArray, t: int) -> npt.NDArray[np.int8]:
        """Find the level, or go on with it."""
        if t == 0:
            self.v[:] = a_in
            self.level[:] = (self.v[..., None] >= self.thresholds[self.channel]).sum(axis=-1)
        return (t < self.level).astype(np.int8)
