"""A chip of virtual cores that runs a converted network, with its host."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.quantised import inputs_of
from lava_intsnn.conversion.result import Result, joined, result_of
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.loihi.converted.chip_program import compile_converted
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.group import Group
from lava_intsnn.loihi.microcode.image import Image
from lava_intsnn.loihi.microcode.machine import Counters, Machine
from lava_intsnn.loihi.microcode.names import INPUT, LOGIT, SPIKE
from lava_intsnn.progress_bar import progress_bar


class ConvertedChip:
    """Runs the image of a converted network as a chip would, and records every spike.

    Parameters
    ----------
    image : Image
        As :func:`~.chip_program.compile_converted` made it of ``network``; code and constants may
        have been changed by hand since.
    network : SpikingNetwork
        What the host knows: pixels, and the shapes of maps.
    steps : int
        T, as compiled.
    batch : int
        Chips side by side: bounds the memory, changes no result.

    Raises
    ------
    MicrocodeError
        If the image has other inputs, groups or timing than ``network`` compiles to.

    Examples
    --------
    >>> image = loihi.compile_converted(network, steps=12)                      # doctest: +SKIP
    >>> chip = loihi.ConvertedChip(image, network=network, steps=12)            # doctest: +SKIP
    >>> chip.infer(images).differences(                                        # doctest: +SKIP
    ...     conversion.infer(network, images, steps=12, record=True)
    ... )
    []
    """

    @checks_kinds
    def __init__(
        self, image: Image, *, network: SpikingNetwork, steps: int, batch: int = 16
    ) -> None:
        if batch < 1:
            raise MicrocodeError(f"batch = {batch}: must be at least 1")
        _check_interface(image, network, steps)
        self.image, self.network, self.steps, self.batch = image, network, steps, batch
        self._counters = Counters()

    @property
    def counters(self) -> Counters:
        """What all cores have done so far."""
        return self._counters

    def infer(
        self, images: npt.NDArray[np.uint8], *, record: bool = True, progress: bool = False
    ) -> Result:
        """Run images for all steps, without early stopping.

        Parameters
        ----------
        images : (B, H, W, C) uint8 array
        record : bool
            Return all spikes.
        progress : bool
            Show a bar, on a terminal.

        Returns
        -------
        Result
            The same as the engine's, to the last spike. The latency of the layers is removed.

        Raises
        ------
        ConversionError
            If the images do not fit the network.
        MicrocodeError
            If there are no images, or a number leaves its declared width.
        """
        pixels = inputs_of(self.network, images)
        if not len(pixels):
            raise MicrocodeError("no images: give at least one")
        parts = []
        with progress_bar(len(pixels), name="chip", unit="images", shown=progress) as bar:
            for first in range(0, len(pixels), self.batch):
                part = pixels[first : first + self.batch]
                result = self._run(part)
                parts.append(result if record else replace(result, spikes=None))
                bar.update(len(part))
        return joined(parts)

    def _run(self, pixels: npt.NDArray[np.int32]) -> Result:
        network, n = self.network, len(pixels)
        machine = Machine(self.image, batch=n)
        *groups, readout = (group.name for group in self.image.program.groups)
        spikes = [np.zeros((self.steps, n, *shape), np.int8) for shape in network.shapes]
        logits = np.zeros((self.steps, n, network.n_classes), np.int64)
        image = {INPUT: pixels.reshape(n, -1)}
        for at in range(self.image.program.period):
            sent = machine.tick(image if at == 0 else {})
            for index, name in enumerate(groups):
                if 0 <= at - index < self.steps:
                    signs = np.sign(sent[f"{name}.{SPIKE}"])
                    spikes[index][at - index] = signs.reshape(n, *network.shapes[index])
            if at >= len(groups):
                logits[at - len(groups)] = machine.cores[readout].state(LOGIT)
        self._counters += machine.counters()
        return result_of(network, tuple(spikes), logits)


@checks_kinds
def run_on_chip(
    network: SpikingNetwork,
    images: npt.NDArray[np.uint8],
    *,
    steps: int,
    record: bool = False,
    progress: bool = False,
    batch: int = 16,
) -> Result:
    """Compile a network, run images on virtual cores for ``steps`` each, and return the result.

    Parameters are those of :func:`~.chip_program.compile_converted` and :class:`ConvertedChip`.
    """
    image = compile_converted(network, steps=steps)
    chip = ConvertedChip(image, network=network, steps=steps, batch=batch)
    return chip.infer(images, record=record, progress=progress)


def _check_interface(image: Image, network: SpikingNetwork, steps: int) -> None:
    """Raise MicrocodeError unless the host of ``network`` can serve ``image``."""
    wanted = compile_converted(network, steps=steps).program
    found = image.program
    same = found.inputs == wanted.inputs and found.period == wanted.period
    if not same or [*map(_interface, found.groups)] != [*map(_interface, wanted.groups)]:
        raise MicrocodeError(
            f"program {found.name} has other inputs, groups or timing than network "
            f"{network.name!r} compiles to for {steps} steps: give the network and steps it was "
            "compiled from"
        )


def _interface(group: Group) -> tuple[object, ...]:
    return group.name, group.n, group.states, group.ports, group.axons, group.schedule
