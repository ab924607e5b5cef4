"""A chip of virtual cores with its host: samples in, predictions and learned weights out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from types import TracebackType

import numpy as np

from lava_intsnn.engine.encode import encode_steps
from lava_intsnn.engine.output import predict
from lava_intsnn.executor import BatchResult
from lava_intsnn.loihi.labels import label_numbers
from lava_intsnn.loihi.microcode.compiler import CoreSchedule, block_name
from lava_intsnn.loihi.microcode.compiler.compiler import input_of, parts_of
from lava_intsnn.loihi.microcode.compiler.group_program import group_of
from lava_intsnn.loihi.microcode.compiler.names import (
    COUNT,
    INPUT,
    LABEL,
    POTENTIAL,
    RECURRENT,
    SUM,
)
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.group import Group
from lava_intsnn.loihi.microcode.image import Image
from lava_intsnn.loihi.microcode.machine import Counters, Machine
from lava_intsnn.network import Network
from lava_intsnn.network.sample_batch import check_batch, check_labels
from lava_intsnn.one_thread import OneThread, one_thread
from lava_intsnn.state import State

__all__ = ["VirtualChip"]


class VirtualChip:
    """Runs an image as a chip would, and does its host's part: encode, label, read, classify.

    One thread at a time can use it.

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

    Raises
    ------
    MicrocodeError
        If the image has other inputs, groups or timing than ``network`` compiles to, or learns and
        lacks a seed.

    Examples
    --------
    >>> image = loihi.compile(network, state, learning=True)                    # doctest: +SKIP
    >>> chip = VirtualChip(                                                     # doctest: +SKIP
    ...     image, network=network, seed=state.seed, updates=state.updates
    ... )
    >>> chip.train_online(images, labels, keys)                                # doctest: +SKIP
    >>> chip.state()                                                           # doctest: +SKIP
    """

    def __init__(
        self,
        image: Image,
        *,
        network: Network,
        batch: int = 64,
        seed: int | None = None,
        updates: int | None = None,
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
        self._guard = OneThread("VirtualChip")
        self.image, self.network, self.batch = image, network, batch
        self._schedule = CoreSchedule.of(network, learning=self.learning)
        self._groups = [group.name for group in image.program.groups]
        self._inference = Counters()
        self._learner = Machine(image, learning=self.learning, seed=seed or 0, updates=updates or 0)

    def __enter__(self) -> VirtualChip:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the chip as it is: it holds nothing that must be given back."""

    @one_thread
    def infer(self, images: np.ndarray, keys: np.ndarray) -> BatchResult:
        """Run any number of ``images (N, n_values)`` uint8, encoded with ``keys (N,)``, unlearned.

        Raises
        ------
        ValueError
            On wrong shapes or dtypes.
        MicrocodeError
            If a number leaves its declared width.
        """
        check_batch(self.network, images, keys)
        image = self.image.with_weights(self._learner.weights()) if self.learning else self.image
        found = []
        for size, parts in groupby(_slices(len(images), self.batch), _length):
            machine = Machine(image, batch=size)
            found += [self._show(machine, images[part], keys[part]) for part in parts]
            self._inference += machine.counters()
        return self._result(found)

    @one_thread
    def train_batch(self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray) -> BatchResult:
        """Make one update, from one sample: the batch of a chip is 1.

        Raises
        ------
        ValueError
            On wrong shapes or dtypes, labels out of range, or more than one sample.
        MicrocodeError
            If the image was compiled without learning, or a number leaves its declared width.
        """
        check_batch(self.network, images, keys, labels)
        return self.train_online(images, labels, keys)

    @one_thread
    def train_online(self, images: np.ndarray, labels: np.ndarray, keys: np.ndarray) -> BatchResult:
        """Learn ``images (N, n_values)`` one by one: an update after each.

        Parameters
        ----------
        labels : integer array (N,)
            Classes; -1 marks a sample not to be learned.
        keys : uint64 array (N,)
            Encoding keys.

        Raises
        ------
        ValueError
            On wrong shapes or dtypes, or labels out of range.
        MicrocodeError
            If the image was compiled without learning, or a number leaves its declared width.
        """
        if not self.learning:
            raise MicrocodeError("this image does not learn: compile it with learning=True")
        check_batch(self.network, images, keys)
        check_labels(labels, len(images), self.network.n_classes)
        found = [
            self._show(self._learner, images[k : k + 1], keys[k : k + 1], int(labels[k]))
            for k in range(len(images))
        ]
        return self._result(found)

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
        weights = self._learner.weights()
        layers = []
        for group in self._groups:
            ports = [block_name(group, port) for port in (SUM, RECURRENT)]
            columns = [weights[name] for name in ports if name in weights]
            layers.append(np.concatenate(columns, axis=1).astype(np.int32))
        return State(tuple(layers), seed=self._learner.seed, updates=self._learner.updates)

    @property
    def counters(self) -> Counters:
        """What all cores have done so far, learning and inference together."""
        return self._learner.counters() + self._inference

    def _show(
        self, machine: Machine, images: np.ndarray, keys: np.ndarray, label: int = -1
    ) -> tuple[np.ndarray, np.ndarray]:
        """Run a sample on each chip of ``machine``; return counts and final potentials (B, O).

        The next sample begins in the period's first step, even if this one is not completed.
        """
        try:
            return self._run(machine, images, keys, label)
        except BaseException:
            machine.restart()
            raise

    def _run(
        self, machine: Machine, images: np.ndarray, keys: np.ndarray, label: int
    ) -> tuple[np.ndarray, np.ndarray]:
        network, output = self.network, self._groups[-1]
        spikes = np.empty((len(images), network.steps, network.n_in), np.uint8)
        encode_steps(network.encoder, images, keys, spikes)
        for step in range(machine.program.period):
            inputs = {INPUT: spikes[:, step]} if step < network.steps else {}
            host = {}
            if label >= 0 and step == self._schedule.end:
                host[output, LABEL] = label_numbers(np.array([label]), network.n_classes)
            machine.tick(inputs, host)
        core = machine.cores[output]
        return core.state(COUNT), core.state(POTENTIAL)

    def _result(self, found: list[tuple[np.ndarray, np.ndarray]]) -> BatchResult:
        none = np.zeros((0, self.network.n_classes), np.int32)
        counts, v = (
            np.concatenate([none, *arrays], dtype=np.int32, casting="unsafe")
            for arrays in (zip(*found) if found else ((), ()))
        )
        return BatchResult(predict(self.network, counts, v), counts, v)


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
