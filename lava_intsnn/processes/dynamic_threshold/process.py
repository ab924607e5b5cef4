"""`DynamicThreshold`, a Lava Process of neurons with dynamic threshold adaptation."""

from __future__ import annotations

from typing import Any

from lava_intsnn.processes.declared_var import ResultVar
from lava_intsnn.processes.threshold_neurons import ThresholdNeurons


class DynamicThreshold(ThresholdNeurons):
    """Neurons that integrate without leak or reset, and take back spikes that came too early.

    With n net spikes so far and the thresholds Theta_1..Theta_M of its channel, at each step::

        v += a_in
        s  = +1 if v >= Theta[n + 1], -1 if v < Theta[n], else 0
        n += s

    where Theta_0 is minus infinity and Theta_(M+1) plus infinity. A sample takes ``steps`` Lava
    time steps; v and n are 0 at the beginning of the first one.

    Ports
    -----
    a_in : shape
        Integers. If v exceeds 32 bits, OverflowError is raised.
    s_out : shape
        -amplitude, 0 or amplitude, in the step in which the input arrives. The receiver must accept
        graded messages: Lava's Conv and Dense need ``num_message_bits``.

    Vars
    ----
    v, n : shape, int32

    Parameters
    ----------
    shape : tuple of int
        (H, W, O), or flat: (F,), with O varying fastest.
    thresholds : (O, M) integer array
        Rows must not decrease.
    amplitude : int
        Amplitude of a spike.
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
    Two images through an encoder and a hidden layer to logits, by hand:

    >>> import numpy as np
    >>> from lava.proc.conv.process import Conv
    >>> from lava.proc.dense.process import Dense
    >>> from lava.utils.weightutils import SignMode
    >>> from lava_intsnn import session
    >>> from lava_intsnn.processes import (
    ...     DynamicThreshold, ImageSource, LogitAccumulator, ThermometerEncoder
    ... )
    >>> rng, steps = np.random.default_rng(0), 8
    >>> source = ImageSource(inputs=rng.integers(0, 256, (2, 6, 6, 1)), steps=steps)
    >>> first = Conv(  # Conv mirrors its kernel (O, k, k, C)
    ...     weight=rng.integers(-9, 10, (3, 3, 3, 1)), input_shape=(6, 6, 1), num_message_bits=9
    ... )
    >>> encoder = ThermometerEncoder(
    ...     shape=(4, 4, 3), thresholds=[[100, 300, 500, 700]] * 3, steps=steps, offset=1
    ... )
    >>> second = Conv(
    ...     weight=rng.integers(-1, 2, (5, 2, 2, 3)), input_shape=(4, 4, 3), stride=2,
    ...     num_message_bits=2,
    ... )
    >>> hidden = DynamicThreshold(
    ...     shape=(2, 2, 5), thresholds=[[1, 3, 5, 7, 9, 11, 13, 15]] * 5, steps=steps, offset=2
    ... )
    >>> third = Dense(  # Dense drops the lowest bit of weights of mixed sign: give it 2 W
    ...     weights=rng.integers(-50, 50, (4, 20)) * 2, weight_exp=-1, num_message_bits=2,
    ...     sign_mode=SignMode.MIXED,
    ... )
    >>> readout = LogitAccumulator(shape=(4,), steps=steps, offset=3, slots=2)
    >>> source.s_out.connect(first.s_in)
    >>> first.a_out.connect(encoder.a_in)
    >>> encoder.s_out.connect(second.s_in)
    >>> second.a_out.connect(hidden.a_in)
    >>> hidden.s_out.reshape((20,)).connect(third.s_in)
    >>> third.a_out.connect(readout.a_in)
    >>> with session(source) as run:
    ...     run.run(2 * steps + 3)  # each synapse Process is one step later
    >>> readout.logits[:, -1].shape
    (2, 4)
    """

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.v, self.n = (ResultVar(shape=self.a_in.shape) for _ in range(2))
