"""A chip of virtual cores with its host: samples in, predictions and learned weights out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.contract import BatchResult, Executor, fixed_shifts
from lava_intsnn.engine.encode import encode_steps
from lava_intsnn.engine.output import predict
from lava_intsnn.loihi.labels import label_numbers
from lava_intsnn.loihi.microcode.compiler import CoreSchedule, block_name, compile
from lava_intsnn.loihi.microcode.compiler.compiler import input_of, parts_of
from lava_intsnn.loihi.microcode.compiler.group_program import group_of
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.group import Group
from lava_intsnn.loihi.microcode.image import Image
from lava_intsnn.loihi.microcode.machine import Counters, Machine, Watcher
from lava_intsnn.loihi.microcode.names import (
    COUNT,
    INPUT,
    LABEL,
    POTENTIAL,
    RECURRENT,
    SUM,
)
from lava_intsnn.network import Network
from lava_intsnn.one_thread import one_thread
from lava_intsnn.sample_batch import Batch
from lava_intsnn.state import State


class VirtualChip(Executor):
    """Runs an image as a chip would, and does its host's part: encode, label, read, classify.

    It is an :class:`~lava_intsnn.contract.Executor`.

    Parameters
    ----------
    image : Image
        As :func:`lava_intsnn.loihi.compile` made it of ``network``; code and constants may have
        been changed by hand since.
    network : Network
        What the host knows: how samples are encoded, shown and classified.
    batch : int
        Chips side by side in inference. Learning runs on one, sample by sample.
    seed, updates : int, optional
        Of the state the image was compiled from: they key the random bits of learning, and an
        image that learns needs them.
    watch : callable, optional
        Told of every step; see :class:`~lava_intsnn.loihi.microcode.machine.Machine`.

    Raises
    ------
    MicrocodeError
        If the image has other inputs, groups or timing than ``network`` compiles to, or learns and
        lacks a seed. From its methods: if a number leaves its declared width, or an image that was
        compiled without learning shall learn.

    Examples
    --------
    >>> image = loihi.compile(network, state, learning=True)                    # doctest: +SKIP
    >>> chip = VirtualChip(                                                     # doctest: +SKIP
    ...     image, network=network, seed=state.seed, updates=state.updates
    ... )
    >>> chip.train_online(images, labels, keys)                                # doctest: +SKIP
    >>> chip.state()                                                           # doctest: +SKIP
    """

    @checks_kinds
    def __init__(
        self,
        image: Image,
        *,
        network: Network,
        batch: int = 64,
        seed: int | None = None,
        updates: int | None = None,
        watch: Watcher | None = None,
    ) -> None:
        if batch < 1:
            raise MicrocodeError(f"batch = {batch}: must be at least 1")
        self.learning = any(block.learning for block in image.program.blocks)
        if self.learning and (seed is None or updates is None):
            raise MicrocodeError(
                f"seed = {seed}, updates = {updates}: a program that learns draws random bits by "
                "them; give those of the state it was compiled from"
            )
        _check_interface(image, network, learning=self.learning)
        self.image, self.network, self.batch, self._watch = image, network, batch, watch
        self._schedule = CoreSchedule.of(network, learning=self.learning)
        self._groups = [group.name for group in image.program.groups]
        self._inference = Counters()
        self._learner = Machine(
            image,
            learning=self.learning,
            seed=seed or 0,
            updates=updates or 0,
            watch=watch,
        )

    def check_boost(self, lr_boost: int) -> None:
        """Raise MicrocodeError unless ``lr_boost`` is 0."""
        if lr_boost:
            raise MicrocodeError(fixed_shifts(lr_boost))

    def _infer(self, images: np.ndarray, keys: np.ndarray) -> BatchResult:
        image = self.image.with_weights(self._learner.weights()) if self.learning else self.image
        found = []
        for size, parts in groupby(_slices(len(images), self.batch), _length):
            machine = Machine(image, batch=size, watch=self._watch)
            found += [self._show(machine, images[part], keys[part]) for part in parts]
            self._inference += machine.counters()
        return BatchResult.joined(found)

    def _train(self, batch: Batch) -> BatchResult:
        if not self.learning:
            raise MicrocodeError("this image does not learn: compile it with learning=True")
        label = int(batch.labels[0])  # its batch is 1
        return self._show(self._learner, batch.images, batch.keys, label)

    def _load(self, state: State) -> None:
        compiled = compile(self.network, state, learning=self.learning)
        names = [name for group in self._groups for name in self._blocks(group)]
        weights = {name: compiled.data[name].weights for name in names}
        delays = {name: compiled.data[name].delays for name in names}
        self.image = self.image.with_weights(weights, delays)
        self._learner.load(weights)
        self._learner.seed, self._learner.updates = state.seed, state.updates

    @one_thread
    def state(self) -> State:
        """Return what has been learned.

        Raises
        ------
        MicrocodeError
            If the chip holds only the top bits of the network's shadow weights.
        """
        if self.network.precision.w_shift:
            raise MicrocodeError(
                f"precision {self.network.precision}: a chip holds inference weights, from which "
                "shadow weights cannot be told"
            )
        if len(self._groups) < len(self.network.all_layers):
            raise MicrocodeError(
                f"network {self.network.name!r} has local readouts, and this image, which does not "
                "learn, has none: the state it was compiled from is unchanged"
            )
        weights = self._learner.weights()
        layers = []
        for group in self._groups:
            columns = [weights[name] for name in self._blocks(group)]
            layers.append(np.concatenate(columns, axis=1).astype(np.int32))
        held = tuple(
            self.image.data[block_name(group, SUM)].delays if layer.delays_in_state else None
            for group, layer in zip(self._groups, self.network.all_layers)
        )
        return State(
            tuple(layers),
            seed=self._learner.seed,
            updates=self._learner.updates,
            delays=() if all(delays is None for delays in held) else held,
        )

    def _blocks(self, group: str) -> list[str]:
        """Return the synapse blocks that hold a layer's weights."""
        names = (block_name(group, port) for port in (SUM, RECURRENT))
        return [name for name in names if name in self.image.data]

    @property
    def counters(self) -> Counters:
        """What all cores have done so far, learning and inference together."""
        return self._learner.counters() + self._inference

    def _show(
        self, machine: Machine, images: np.ndarray, keys: np.ndarray, label: int = -1
    ) -> BatchResult:
        """Run a sample on each chip of ``machine``.

        The next sample begins in the period's first step, even if this one is not completed.
        """
        try:
            return self._run(machine, images, keys, label)
        except BaseException:
            machine.restart()
            raise

    def _run(
        self, machine: Machine, images: np.ndarray, keys: np.ndarray, label: int
    ) -> BatchResult:
        network, last = self.network, len(self.network.layers) - 1
        output = self._groups[last]
        ends = {
            name: self._schedule.last(index)
            for index, name in enumerate(self._groups[last:], start=last)
        }
        spikes = np.empty((len(images), network.steps, network.n_in), np.uint8)
        encode_steps(network.encoder, images, keys, spikes)
        for step in range(machine.program.period):
            inputs = {INPUT: spikes[:, step]} if step < network.steps else {}
            host = {}
            for name, end in ends.items():
                if label >= 0 and step == end:
                    host[name, LABEL] = label_numbers(np.array([label]), network.n_classes)
            machine.tick(inputs, host)
        core = machine.cores[output]
        counts, v = (core.state(name).astype(np.int32) for name in (COUNT, POTENTIAL))
        return BatchResult(predict(network, counts, v), counts, v)


def chip_executor(
    network: Network, state: State, *, threads: int | None = None, learning: bool = True
) -> VirtualChip:
    """Return the chip that runs ``network`` compiled; see :func:`lava_intsnn.executor`."""
    image = compile(network, state, learning=learning)
    return VirtualChip(image, network=network, seed=state.seed, updates=state.updates)


def _slices(n: int, size: int) -> Iterator[slice]:
    """Yield slices of ``size``, the last one perhaps shorter, that cover ``range(n)``."""
    for first in range(0, n, size):
        yield slice(first, min(first + size, n))


def _length(part: slice) -> int:
    return part.stop - part.start


def _check_interface(image: Image, network: Network, *, learning: bool) -> None:
    """Raise MicrocodeError unless the host of ``network`` can serve ``image``.

    Code and constants may be others than ``network`` compiles to: a listing changed by hand.
    """
    program = image.program
    groups = (group_of(part) for part in parts_of(network, learning=learning))
    period = CoreSchedule.of(network, learning=learning).period
    wanted = ((input_of(network),), tuple(map(_interface, groups)), period)
    if (program.inputs, tuple(map(_interface, program.groups)), program.period) != wanted:
        raise MicrocodeError(
            f"program {program.name} has other inputs, groups or timing than network "
            f"{network.name!r} compiles to: give the network it was compiled from"
        )


def _interface(group: Group) -> tuple[object, ...]:
    return group.name, group.n, group.states, group.ports, group.axons, group.schedule
