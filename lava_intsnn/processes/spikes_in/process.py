"""`SpikesIn`, a Lava Process through which the host sends the spikes of samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import OutPort

from lava_intsnn.proc_models.host_timing import HostTiming
from lava_intsnn.processes.checked_process import CheckedProcess
from lava_intsnn.processes.host_port import from_host, send


class SpikesIn(CheckedProcess):
    """Receives a sample as one message from the host, and sends it on step by step.

    Ports
    -----
    host_in : (T, I)
        Of the host; see :meth:`send`.
    s_out : (I,)
        Binary spikes, or counts, in the sample's steps; zeros in the rest of the period.

    Parameters
    ----------
    n_in : int
        I.
    timing : HostTiming
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.
    """

    def __init__(self, *, n_in: int, timing: HostTiming, **options: Any) -> None:
        super().__init__(n_in=n_in, timing=timing, **options)
        self.host_in = from_host((timing.steps, n_in))
        self.s_out = OutPort(shape=(n_in,))

    def send(self, spikes: np.ndarray) -> None:
        """Send the spikes ``(T, I)`` of the next sample, before its first step is run.

        Raises
        ------
        SessionError
            If the network does not run yet.
        ValueError
            If they have another shape, or are no integers in 0..255.
        """
        spikes = np.asarray(spikes)
        if spikes.dtype.kind not in "biu" or spikes.min() < 0 or spikes.max() > 255:
            raise ValueError(f"{self.name}: spikes must be integers in 0..255")
        send(self.host_in, spikes, name=self.name)
