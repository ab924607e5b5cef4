"""`LabelsIn`, a Lava Process through which the host sends the labels of samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import OutPort

from lava_intsnn.proc_models.host_timing import HostTiming
from lava_intsnn.processes.checked_process import CheckedProcess
from lava_intsnn.processes.host_port import from_host, send


class LabelsIn(CheckedProcess):
    """Receives the label of a sample from the host, and sends it on when the output needs it.

    Ports
    -----
    host_in : (1,)
        Of the host; see :meth:`send`.
    label_out : (1,)
        One message per sample, at step ``at`` of the output.

    Parameters
    ----------
    at : int
        The output's step of a sample in which it receives the label.
    timing : HostTiming
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.
    """

    def __init__(self, *, at: int, timing: HostTiming, **options: Any) -> None:
        super().__init__(at=at, timing=timing, **options)
        self.host_in, self.label_out = from_host((1,)), OutPort(shape=(1,))

    def send(self, label: int) -> None:
        """Send the label of the next sample, -1 for one that is not learned.

        Raises
        ------
        SessionError
            If the network does not run yet.
        """
        send(self.host_in, np.array([label]), name=self.name)
