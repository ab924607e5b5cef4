"""Which step of the virtual core is which step of the algorithm."""

from __future__ import annotations

from dataclasses import dataclass

from lava_intsnn.field_checks import Checked
from lava_intsnn.network import Network, NetworkError


@dataclass(frozen=True, kw_only=True)
class CoreSchedule(Checked, refusal=NetworkError):
    """Core steps of one sample.

    Spikes are seen a step after they were sent, so layer ``l`` takes the sample's step ``t`` at
    core step ``t + l``. The output knows its error in its last step, hidden layers a step later.

    Parameters
    ----------
    steps : int
        ``T`` of the sample.
    n_layers : int
    learning : bool
    local : tuple of int
        Hidden layers with a readout of their own. These are layers ``n_layers, ...``, in the same
        order, know their error in their own last step, and hidden layers hear of it a step later.
    sends_error : bool
        Whether hidden layers learn, and hear of the error.
    max_delay : int
        Steps the last spikes of a sample may still be under way.
    """

    steps: int
    n_layers: int
    learning: bool
    local: tuple[int, ...] = ()
    sends_error: bool = True
    max_delay: int = 0

    @classmethod
    def of(cls, network: Network, *, learning: bool) -> CoreSchedule:
        """Return the schedule of ``network``."""
        return cls(
            steps=network.steps,
            n_layers=len(network.layers),
            learning=learning,
            local=network.sources[len(network.layers) :] if learning else (),
            sends_error=network.sends_error,
            max_delay=max(
                layer.max_delay for layer in (network.all_layers if learning else network.layers)
            ),
        )

    def first(self, layer: int) -> int:
        """Return the core step in which ``layer`` begins the sample."""
        return layer if layer < self.n_layers else self.local[layer - self.n_layers] + 1

    def last(self, layer: int) -> int:
        """Return the core step of the sample's last step in ``layer``."""
        return self.steps - 1 + self.first(layer)

    @property
    def end(self) -> int:
        """Core step of the sample's last step in the output layer: error, labels, results."""
        return self.last(self.n_layers - 1)

    def update(self, layer: int) -> int:
        """Return the core step in which ``layer`` has its error and changes its weights."""
        if layer >= self.n_layers - 1:
            return self.last(layer)
        own = [self.n_layers + k for k, below in enumerate(self.local) if below >= layer]
        return self.last(own[0] if own else self.n_layers - 1) + 1

    @property
    def period(self) -> int:
        """Core steps from a sample to the next one."""
        hears_error = self.learning and self.sends_error and self.n_layers > 1
        return self.end + 1 + hears_error + self.max_delay
