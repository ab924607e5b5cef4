"""What a rule is asked and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from lava_intsnn.loihi.limits import Limits
from lava_intsnn.network import Conv, Dense, Network
from lava_intsnn.state import State

#: Returns a network with the nearest legal choice in place of the illegal one.
Mend = Callable[[Network], Network]


@dataclass(frozen=True)
class Question:
    """Whether ``network`` may run, or learn, on ``target``.

    ``given`` is the network as it was given; in ``network`` what other rules found is mended.
    """

    network: Network
    given: Network
    target: Limits
    learning: bool
    state: State | None = None

    @property
    def layers(self) -> tuple[Dense | Conv, ...]:
        """The layers that are asked about: local readouts take part in learning alone."""
        return self.network.all_layers if self.learning else self.network.layers


@dataclass(frozen=True)
class Finding:
    """One illegal choice.

    Parameters
    ----------
    layer : int or None
        None for a choice of the whole network.
    what, found, allowed : str
        The choice, its value, and what the target or this compiler takes.
    nearest : str
        The nearest legal choice, or why there is none.
    binds : {"hardware", "compiler"}
        Who refuses: the chip, or only this compiler.
    mend : callable or None
        Makes the nearest legal choice; None where there is none.
    """

    layer: int | None
    what: str
    found: str
    allowed: str
    nearest: str
    binds: Literal["hardware", "compiler"]
    mend: Mend | None = field(default=None, repr=False, compare=False)

    def __str__(self) -> str:
        where = "network" if self.layer is None else f"layer {self.layer}"
        arrow = "nearest legal" if self.mend else "no legal neighbour"
        return (
            f"{where}: {self.what} {self.found}; {self.binds} takes {self.allowed}; "
            f"{arrow}: {self.nearest}"
        )


#: Yields a finding for each place where the answer is no.
Rule = Callable[[Question], Iterator[Finding]]
