"""The output layer's counts and error, as its program has them."""

from __future__ import annotations

import numpy as np

from lava_intsnn.proc_models.fixed_pt.fixed_readout import FixedReadout
from lava_intsnn.proc_models.microcode.program_core import MicrocodeCore


class ProgramReadout(FixedReadout):
    """Reads the virtual core; set ``core`` before the first step."""

    core: MicrocodeCore

    def add(self, s: np.ndarray, t: int) -> None:
        """Read the count, in which the spikes ``s`` of step ``t`` are."""
        self.count[:] = self.core.count()

    def compare(self, labels: np.ndarray, keys: np.ndarray, t: int) -> None:
        """Read the error; of a sample that is not learned, compute it as the others do."""
        if self.core.recording:
            self.err[:] = self.core.error()
        else:
            super().compare(labels, keys, t)
