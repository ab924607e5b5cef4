"""`SpikeCounter`, a Lava Process that counts spikes per class."""

from __future__ import annotations

from typing import Any

from lava.magma.core.process.ports.ports import InPort

from lava_intsnn.network import NetworkError
from lava_intsnn.proc_models.layer_spec import SampleSchedule
from lava_intsnn.proc_models.shared_memory import ResultMemory
from lava_intsnn.processes.checked_process import CheckedProcess
from lava_intsnn.processes.declared_var import ResultVar


class SpikeCounter(CheckedProcess):
    """Counts the spikes of output neurons over each sample and returns the class with the most.

    The lowest class wins a tie. Networks of Lava's own Processes use it as their readout.

    Ports
    -----
    s_in : (B, O)

    Vars
    ----
    count (B, O), spikes of the sample so far; prediction (B,) of the last complete sample.

    Parameters
    ----------
    shape : (int, int)
        Batch B and classes O.
    steps : int
        T.
    offset : int
        Lava steps before the first sample's spikes arrive.
    slots : int
        Number of batches of which :attr:`results` keeps the results: batch q in slot ``q % slots``.
    results : ResultMemory, optional
        Memory to write results to, in place of new memory.
    **options
        See :class:`~lava_intsnn.processes.checked_process.CheckedProcess`.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, int],
        steps: int = 20,
        offset: int = 0,
        slots: int = 1,
        results: ResultMemory | None = None,
        **options: Any,
    ) -> None:
        if len(shape) != 2:
            raise NetworkError(f"shape = {shape}: must be (batch, classes)")
        schedule = SampleSchedule(steps, offset)
        self.results = results or ResultMemory.empty(slots, *shape)
        super().__init__(shape=shape, schedule=schedule, results=self.results, **options)
        self.s_in = InPort(shape=shape)
        self.count = ResultVar(shape=shape)
        self.prediction = ResultVar(shape=shape[:1])
