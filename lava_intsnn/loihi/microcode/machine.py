"""All cores of a program, step by step: what is sent in one step arrives in the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.image import Image
from lava_intsnn.loihi.microcode.virtual_core import CoreCounts, GroupCore


@dataclass(frozen=True)
class Counters:
    """What cores have done: by group, and how many steps, over all chips side by side."""

    groups: dict[str, CoreCounts] = field(default_factory=dict)
    steps: int = 0

    @property
    def total(self) -> CoreCounts:
        """All groups together."""
        return sum(self.groups.values(), CoreCounts())

    def __add__(self, other: Counters) -> Counters:
        names = [*self.groups, *(name for name in other.groups if name not in self.groups)]
        groups = {
            name: self.groups.get(name, CoreCounts()) + other.groups.get(name, CoreCounts())
            for name in names
        }
        return Counters(groups, self.steps + other.steps)


#: Called at the end of each step with the step, what arrived and what was sent in it.
Watcher = Callable[["Machine", int, Mapping[str, np.ndarray], Mapping[str, np.ndarray]], None]


class Machine:
    """The cores of one chip, or of several with the same weights, in step.

    Parameters
    ----------
    image : Image
    batch : int
        ``B``: chips side by side.
    learning : bool
        Whether learning rules run; only with one chip.
    seed, updates : int
        Seed of the weight updates' random bits, and updates made before.
    watch : callable, optional
        A :data:`Watcher`, such as that of a profile. It changes nothing.

    Attributes
    ----------
    cores : dict of str to GroupCore
    step : int
        The next step within the period.
    updates : int
        One more at the end of each period in which rules ran.
    """

    def __init__(
        self,
        image: Image,
        *,
        batch: int = 1,
        learning: bool = False,
        seed: int = 0,
        updates: int = 0,
        watch: Watcher | None = None,
    ) -> None:
        self.program = image.program
        self.watch = watch
        self.batch, self.learning, self.seed, self.updates = batch, learning, seed, updates
        self.cores = {
            group.name: GroupCore(image, group.name, batch=batch, learning=learning)
            for group in self.program.groups
        }
        self.step = 0
        self._steps = 0
        self._sent: dict[str, np.ndarray] = {}

    def tick(
        self,
        inputs: Mapping[str, np.ndarray] | None = None,
        host: Mapping[tuple[str, str], np.ndarray] | None = None,
    ) -> dict[str, np.ndarray]:
        """Run one step on all cores.

        Parameters
        ----------
        inputs : dict of str to integer array (B, n)
            Payloads of the program's inputs in this step; those left out are silent.
        host : dict of (group, port) to integer array (B, n)
            Numbers for host ports.

        Returns
        -------
        dict of str to int64 array (B, n)
            What each ``group.axon`` sent in this step.

        Raises
        ------
        MicrocodeError
            If a number leaves its declared width, or an input or port does not exist.
        """
        arriving = {**self._sent, **(inputs or {})}
        known = {each.name for each in self.program.inputs}
        if unknown := sorted(set(inputs or {}) - known):
            raise MicrocodeError(
                f"input {unknown[0]!r}: the program has {', '.join(sorted(known))}"
            )
        for block in self.program.blocks:
            if block.source in arriving:
                self.cores[block.group].deliver(block.name, arriving[block.source])
        for (group, port), values in (host or {}).items():
            self.program.group(group)  # names those there are
            self.cores[group].inject(port, values)
        sent: dict[str, np.ndarray] = {}
        for name, core in self.cores.items():
            axons = core.tick(self.step, seed=self.seed, updates=self.updates)
            sent |= {f"{name}.{axon}": payload for axon, payload in axons.items()}
        if self.watch is not None:
            self.watch(self, self.step, arriving, sent)
        self._sent = sent
        self._steps += self.batch
        self.step += 1
        if self.step == self.program.period:
            self.step = 0
            self.updates += self.learning
        return sent

    def restart(self) -> None:
        """Go to the period's first step with all state cleared; weights and counters stay."""
        for core in self.cores.values():
            core.clear()
        self._sent = {}
        self.step = 0

    def load(self, weights: Mapping[str, np.ndarray]) -> None:
        """Replace the weights of some blocks, integers ``(O, I)`` in the blocks' range."""
        for name, w in weights.items():
            self.cores[self.program.block(name).group].load(name, w)

    def weights(self) -> dict[str, np.ndarray]:
        """Return the weights of each block as they are now, int64 ``(O, I)``."""
        return {
            block.name: self.cores[block.group].weights(block.name) for block in self.program.blocks
        }

    def counters(self) -> Counters:
        """Return what the cores have done so far."""
        groups = {name: core.counts() for name, core in self.cores.items()}
        return Counters(groups, self._steps)
