"""`LogitAccumulator`, a Lava Process that adds up the logits of the classes."""

from __future__ import annotations

from typing import Any

from lava.magma.core.process.ports.ports import InPort

from lava_intsnn.network.errors import require_range
from lava_intsnn.proc_models.layer_spec import SampleSchedule
from lava_intsnn.proc_models.shared_memory import shared_array
from lava_intsnn.processes.checked_process import CheckedProcess
from lava_intsnn.processes.declared_var import ResultVar


class LogitAccumulator(CheckedProcess):
    """Adds up its input over each sample, which gives a logit for every class.

    Ports
    -----
    a_in : (n_classes,)
        Integers of up to 64 bits.

    Vars
    ----
    acc : (n_classes,), int64
        0 before a sample's first message.

    Parameters
    ----------
    shape : (int,)
        n_classes.
    steps : int
        T.
    offset : int
        Lava steps before the first message of the first sample: 1 for each synapse Process in
        between.
    slots : int
        Number of samples, from the first, of which :attr:`logits` keeps all steps.
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.

    Attributes
    ----------
    logits : (slots, T, n_classes) int64 array
        The accumulators after each step, in memory shared with the ProcessModel.

    Raises
    ------
    NetworkError
        If a number is out of range.

    Examples
    --------
    See :class:`~lava_intsnn.processes.dynamic_threshold.process.DynamicThreshold`.
    """

    def __init__(
        self, *, shape: tuple[int], steps: int = 20, offset: int = 0, slots: int = 0, **options: Any
    ) -> None:
        (n_classes,) = shape
        require_range("n_classes", n_classes, 1, 1 << 16)
        schedule = SampleSchedule(steps, offset)
        require_range("slots", slots, 0, 1 << 20)
        self.logits = shared_array((slots, steps, n_classes), "int64")
        super().__init__(shape=shape, schedule=schedule, logits=self.logits, **options)
        self.a_in = InPort(shape=shape)
        self.acc = ResultVar(shape=shape)
