"""`ThermometerEncoder`, a Lava Process that encodes potentials as consecutive spikes."""

from __future__ import annotations

from typing import Any

from lava_intsnn.processes.declared_var import ResultVar
from lava_intsnn.processes.threshold_neurons import ThresholdNeurons


class ThermometerEncoder(ThresholdNeurons):
    """Sends ``level`` consecutive spikes, where level is the number of thresholds reached.

    The potential is the input at a sample's first step. Later input is ignored.

    Ports
    -----
    a_in : shape
        Integers of up to 64 bits.
    s_out : shape
        0 or amplitude, beginning in the step in which the potential arrives.

    Vars
    ----
    v : shape, int64; level : shape, int32

    Parameters
    ----------
    shape : tuple of int
        (H, W, O), or flat: (F,), with O varying fastest.
    thresholds : (O, M) integer array
        Rows must not decrease.
    amplitude : int
        Amplitude of a spike: 2^k for a network of level k.
    steps : int
        T.
    offset : int
        Lava steps before the first message of the first sample: 1 for each synapse Process in
        between.
    slots : int
        Number of samples, from the first, of which :attr:`spikes` keeps the spikes.
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.

    Attributes
    ----------
    spikes : (slots, T, *shape) int8 array
        Signs of the spikes, in memory shared with the ProcessModel.

    Raises
    ------
    ConversionError
        If thresholds decrease, or do not fit the shape.
    NetworkError
        If a number is out of range.

    Examples
    --------
    See :class:`~lava_intsnn.processes.dynamic_threshold.process.DynamicThreshold`.
    """

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.v, self.level = (ResultVar(shape=self.a_in.shape) for _ in range(2))
