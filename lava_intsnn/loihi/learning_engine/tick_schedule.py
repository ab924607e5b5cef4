"""Which step of which sample a Lava time step is, where a step takes two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

from lava_intsnn.field_checks import Within, check_fields
from lava_intsnn.network.errors import STEPS, NetworkError, require_range

#: Lava time steps ("ticks") of one time step of the network, which is one learning epoch.
TICKS = 2


class Moment(NamedTuple):
    """A tick as a layer sees it.

    ``sample`` counts samples; ``step`` is the layer's time step, outside ``0 .. steps - 1`` while
    it waits for the others; ``first`` tells the first tick of an epoch, which carries spikes, from
    the second, at which neurons integrate.
    """

    sample: int
    step: int
    first: bool


@dataclass(frozen=True)
class TickSchedule:
    """Timing of one layer in a network of LearningDense.

    Each layer is one epoch behind the one below. The output's error is known at the end of its
    last step and has reached all layers in the next epoch, the sample's last: there all of them
    learn and are cleared.

    Parameters
    ----------
    steps : int
        T.
    depth : int
        Layers of the network.
    layer : int
        Index of the layer; the source of the network's input keeps the time of layer 0.
    """

    steps: Annotated[int, STEPS]
    depth: Annotated[int, Within(1, 1 << 16)]
    layer: int = 0

    def __post_init__(self) -> None:
        check_fields(self, NetworkError)
        require_range("layer", self.layer, 0, self.depth - 1)

    @property
    def epochs(self) -> int:
        """Epochs of one sample."""
        return self.steps + self.depth

    @property
    def ticks(self) -> int:
        """Lava time steps of one sample."""
        return TICKS * self.epochs

    @property
    def error_step(self) -> int:
        """The ``step`` at whose end the output's error is known: of the output itself, T - 1."""
        return self.epochs - 2 - self.layer

    @property
    def learning_step(self) -> int:
        """The ``step`` at which the layer learns."""
        return self.epochs - 1 - self.layer

    def at(self, time_step: int) -> Moment:
        """Return what Lava's ``time_step``, counted from 1, is to the layer."""
        epoch, tick = divmod(time_step - 1, TICKS)
        sample, epoch = divmod(epoch, self.epochs)
        return Moment(sample, epoch - self.layer, tick == 0)
