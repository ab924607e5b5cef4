"""Which step of a sample a Lava time step is, at the boundary between host and network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lava_intsnn.field_checks import Within, check_fields
from lava_intsnn.loihi.core_schedule import CoreSchedule
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.network.errors import STEPS, require_range


@dataclass(frozen=True, kw_only=True)
class HostTiming:
    """Timing of a sample at the host's Processes.

    Parameters
    ----------
    steps : int
        T.
    period : int
        Time steps from a sample's first step to the next one's.
    first_out : int
        Time step of the period in which the output sends the spikes of the sample's first step.
    """

    steps: Annotated[int, STEPS]
    period: Annotated[int, Within(1, 1 << 20)]
    first_out: int = 0

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)
        require_range("first_out", self.first_out, 0, self.period - self.steps)

    @classmethod
    def of_simulator(cls, network: Network) -> HostTiming:
        """Return the timing of our ProcessModels, in which all layers take a step at once."""
        return cls(steps=network.steps, period=network.steps)

    @classmethod
    def of_cores(cls, network: Network, *, learning: bool) -> HostTiming:
        """Return the timing of compiled programs: each layer is a step behind the one below."""
        schedule = CoreSchedule.of(network, learning=learning)
        first = schedule.first(len(network.layers) - 1)
        return cls(steps=network.steps, period=schedule.period, first_out=first)

    def at(self, time_step: int) -> int:
        """Return the step within the period of Lava's ``time_step``, counted from 1."""
        return (time_step - 1) % self.period
