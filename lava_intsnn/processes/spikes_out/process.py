"""`SpikesOut`, a Lava Process through which the host receives the output spikes of samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import InPort

from lava_intsnn.proc_models.host_timing import HostTiming
from lava_intsnn.processes.checked_process import CheckedProcess
from lava_intsnn.processes.host_port import receive, to_host


class SpikesOut(CheckedProcess):
    """Gathers the spikes of a sample, and sends them to the host as one message.

    Ports
    -----
    s_in : (O,)
        Spikes of the output.
    host_out : (T, O)
        To the host; see :meth:`receive`.

    Parameters
    ----------
    n_out : int
        O.
    timing : HostTiming
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.
    """

    def __init__(self, *, n_out: int, timing: HostTiming, **options: Any) -> None:
        super().__init__(n_out=n_out, timing=timing, **options)
        self.s_in = InPort(shape=(n_out,))
        self.host_out = to_host((timing.steps, n_out))

    def receive(self) -> np.ndarray:
        """Return the output spikes ``(T, O)`` of the next sample, once its period has been run.

        Raises
        ------
        SessionError
            If the network does not run yet.
        """
        return receive(self.host_out, name=self.name)
