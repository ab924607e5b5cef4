"""Neurons that turn a potential into a run of spikes as a Lava Process."""

from __future__ import annotations

from typing import Any

from lava_intsnn.processes.declared_var import ResultVar
from lava_intsnn.processes.threshold_neurons import ThresholdNeurons


class ThermometerEncoder(ThresholdNeurons):
    """Spikes ``level`` times in a row, level being how many thresholds the potential reaches.

    The potential is what arrives at a sample's first step; later input is not looked at.

    Ports
    -----
    a_in : shape
        Integers of up to 64 bits.
    s_out : shape
        0 or amplitude, from the step on in which the potential arrives.

    Vars
    ----
    v : shape, int64; level : shape, int32

    Parameters
    ----------
    shape : tuple of int
        (H, W, O), or flat: (F,), with O varying fastest.
    thresholds : (O, M) integer array
        Rows never fall.
    amplitude : int
        Of a spike: 2^k for a network of level k.
    steps : int
        T.
    offset : int
        Lava steps before the first sample's first message: 1 for each synapse Process in between.
    slots : int
        Samples, from the first, whose spikes :attr:`spikes` keeps.
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.

    Attributes
    ----------
    spikes : (slots, T, *shape) int8 array
        Signs of the spikes, in memory shared with the ProcessModel.

    Raises
    ------
    ConversionError
        If thresholds fall, or do not fit the shape.
    NetworkError
        If a number is out of range.

    Examples
    --------
    See :class:`~lava_intsnn.processes.dynamic_threshold.process.DynamicThreshold`.
    """

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.v, self.level = (ResultVar(shape=self.a_in.shape) for _ in range(2))
