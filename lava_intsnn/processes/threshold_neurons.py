"""Base class of the Processes with a table of thresholds for every channel."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from lava.magma.core.process.ports.ports import InPort, OutPort

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.network.errors import require_range
from lava_intsnn.proc_models.layer_spec import SampleSchedule
from lava_intsnn.proc_models.shared_memory import shared_array
from lava_intsnn.processes.checked_process import CheckedProcess


class ThresholdNeurons(CheckedProcess):
    """Neurons of one layer, which reset all state at the first step of each sample.

    Parameters
    ----------
    shape, thresholds, amplitude, steps, offset, slots
        See :class:`~lava_intsnn.processes.dynamic_threshold.process.DynamicThreshold`.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        thresholds: npt.ArrayLike,
        amplitude: int = 1,
        steps: int = 20,
        offset: int = 0,
        slots: int = 0,
        **options: Any,
    ) -> None:
        shape, thresholds = tuple(shape), np.asarray(thresholds)
        _check(shape, thresholds)
        require_range("amplitude", amplitude, 1, 1 << 16)
        schedule = SampleSchedule(steps, offset)
        require_range("slots", slots, 0, 1 << 20)
        self.spikes = shared_array((slots, steps, *shape), np.int8)
        super().__init__(
            shape=shape,
            thresholds=thresholds.astype(np.int64),
            amplitude=amplitude,
            schedule=schedule,
            spikes=self.spikes,
            **options,
        )
        self.a_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)


def _check(shape: tuple[int, ...], thresholds: npt.NDArray) -> None:
    if thresholds.ndim != 2 or thresholds.dtype.kind not in "iu" or not thresholds.size:
        raise ConversionError(
            f"thresholds are {thresholds.dtype} {thresholds.shape}: must be integers (O, M)"
        )
    if not shape or min(shape) < 1 or shape[-1] % len(thresholds):
        raise ConversionError(
            f"shape = {shape} with thresholds of {len(thresholds)} channels: must be (H, W, O), or "
            f"(F,) with F a multiple of O = {len(thresholds)}"
        )
    if (thresholds[:, 1:] < thresholds[:, :-1]).any():
        raise ConversionError("thresholds fall: sort each row, Theta_1 first")
