"""`GradedConv`, a Lava Process of convolutional synapses of any width."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from lava.magma.core.process.ports.ports import InPort, OutPort

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.geometry import map_size
from lava_intsnn.network.errors import require_range
from lava_intsnn.processes.checked_process import CheckedProcess
from lava_intsnn.processes.declared_var import ResultVar


class GradedConv(CheckedProcess):
    """Convolution as in Lava's Conv, in 64 bits, where 8-bit weights or 24-bit sums are too narrow.

    Like Conv it sends the sums of the previous step. Unlike Conv it does not mirror the kernel. It
    is faster, because it multiplies matrices.

    Ports
    -----
    s_in : (H, W, I)
        Graded messages: any integers.
    a_out : (H', W', O)

    Vars
    ----
    a_buf : (H', W', O), int64
        The sums that the next step sends.

    Parameters
    ----------
    weights : (O, kernel, kernel, I) integer array
    in_shape : (int, int, int)
        H, W, I.
    stride, padding : int
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.

    Raises
    ------
    ConversionError
        If weights do not fit the input, or, in a running session, if a sum could exceed 2^53.
    NetworkError
        If stride or padding are out of range.
    """

    def __init__(
        self,
        *,
        weights: npt.ArrayLike,
        in_shape: tuple[int, int, int],
        stride: int = 1,
        padding: int = 0,
        **options: Any,
    ) -> None:
        weights = np.asarray(weights)
        if weights.ndim != 4 or weights.dtype.kind != "i":
            raise ConversionError(
                f"weights are {weights.dtype} {weights.shape}: must be signed integers "
                "(O, kernel, kernel, I)"
            )
        n_out, kernel, across, n_in = weights.shape
        require_range("stride", stride, 1, 1 << 16)
        require_range("padding", padding, 0, 1 << 16)
        if kernel != across or n_in != in_shape[2] or min(in_shape[:2]) + 2 * padding < kernel:
            raise ConversionError(
                f"weights {weights.shape} do not fit an input of {tuple(in_shape)}: must be "
                f"(O, kernel, kernel, {in_shape[2]}), the kernel no larger than the input"
            )
        out_shape = *map_size(in_shape, kernel=kernel, stride=stride, padding=padding), n_out
        super().__init__(weights=weights, stride=stride, padding=padding, **options)
        self.s_in = InPort(shape=tuple(in_shape))
        self.a_out = OutPort(shape=out_shape)
        self.a_buf = ResultVar(shape=out_shape)
