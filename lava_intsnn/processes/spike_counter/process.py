"""A spike count per class as a Lava Process."""

from __future__ import annotations

from typing import Any

from lava.magma.core.process.ports.ports import InPort

from lava_intsnn.network import NetworkError
from lava_intsnn.network.errors import require_steps
from lava_intsnn.proc_models.layer_spec import SampleSchedule
from lava_intsnn.proc_models.shared_memory import ResultMemory
from lava_intsnn.processes.checked_process import CheckedProcess
from lava_intsnn.processes.declared_var import ResultVar


class SpikeCounter(CheckedProcess):
    """Counts the spikes of output neurons over each sample and names the class with most.

    The lowest class wins a tie. It is what reads out a network of Lava's own Processes.

    Ports
    -----
    s_in : (B, O)

    Vars
    ----
    count (B, O), running; prediction (B,) of the last complete sample.

    Parameters
    ----------
    shape : (int, int)
        Batch B and classes O.
    steps : int
        T.
    offset : int
        Lava steps before the first sample's spikes arrive.
    slots : int
        Batches whose results :attr:`results` keeps: batch number q in slot ``q % slots``.
    results : ResultMemory, optional
        Write there instead.
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
        require_steps(steps)
        self.results = results or ResultMemory.empty(slots, *shape)
        super().__init__(
            shape=shape, schedule=SampleSchedule(steps, offset), results=self.results, **options
        )
        self.s_in = InPort(shape=shape)
        self.count = ResultVar(shape=shape)
        self.prediction = ResultVar(shape=shape[:1])
