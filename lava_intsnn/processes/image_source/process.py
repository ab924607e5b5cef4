"""`ImageSource`, a Lava Process that sends images as integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from lava.magma.core.process.ports.ports import OutPort

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.proc_models.layer_spec import SampleSchedule
from lava_intsnn.processes.checked_process import CheckedProcess


class ImageSource(CheckedProcess):
    """Sends each image once, in the first of its ``steps`` time steps, and zeros in the others.

    After the last image it sends zeros.

    Ports
    -----
    s_out : (H, W, C)
        Integers, not spikes. The receiver must accept graded messages.

    Parameters
    ----------
    inputs : (N, H, W, C) integer array
        At most 32 bits each; see :func:`lava_intsnn.conversion.quantised.inputs_of`.
    steps : int
        T.
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.

    Raises
    ------
    ConversionError
        If the inputs are not such an array, or empty.
    NetworkError
        If ``steps`` is out of range.

    Examples
    --------
    See :class:`~lava_intsnn.processes.dynamic_threshold.process.DynamicThreshold`.
    """

    def __init__(self, *, inputs: npt.ArrayLike, steps: int = 20, **options: Any) -> None:
        inputs = np.asarray(inputs)
        if inputs.ndim != 4 or not inputs.size or inputs.dtype.kind not in "iu":
            raise ConversionError(
                f"inputs are {inputs.dtype} {inputs.shape}: must be integers (N, H, W, C), N >= 1"
            )
        narrow = inputs.astype(np.int32)
        if (narrow != inputs).any():
            raise ConversionError(f"inputs reach {inputs.min()}..{inputs.max()}: they have 32 bits")
        super().__init__(inputs=narrow, schedule=SampleSchedule(steps), **options)
        self.s_out = OutPort(shape=narrow.shape[1:])
