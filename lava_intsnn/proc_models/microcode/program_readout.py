"""The output layer's counts and error, read from its program."""

from __future__ import annotations

import numpy as np

from lava_intsnn.proc_models.fixed_pt.fixed_readout import FixedReadout
from lava_intsnn.proc_models.microcode.program_core import MicrocodeCore


class ProgramReadout(FixedReadout):
    """Reads the virtual core; set ``core`` before the first step."""

    core: MicrocodeCore

    def add(self, s: np.ndarray, t: int) -> None:
        """Read the count, which includes the spikes ``s`` of step ``t``."""
        self.count[:] = self.core.count()

    def compare(self, labels: np.ndarray, keys: np.ndarray, t: int) -> None:
        """Read the error, or compute it if the sample is not learned."""
        if self.core.recording:
            self.err[:] = self.core.error()
        else:
            super().compare(labels, keys, t)
