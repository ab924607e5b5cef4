"""Inference of images in a converted network on any executor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.progress_bar import progress_over

if TYPE_CHECKING:
    from lava_intsnn.conversion.noise import Noise
    from lava_intsnn.conversion.quantised import QuantisedNetwork
    from lava_intsnn.conversion.result import Result
    from lava_intsnn.conversion.spiking_network import SpikingNetwork

Images = npt.NDArray[np.uint8]

#: What runs a spiking network; all but the engine need a number of steps.
BACKENDS = ("engine", "lava", "microcode", "reference")
#: Images at a time: bounds the memory that counts take.
BATCH = 200


def results(
    network: SpikingNetwork,
    images: Images,
    *,
    backend: str,
    steps: int | None,
    noise: Noise | None = None,
    threads: int | None = None,
    synapses: str = "lava",
) -> Iterator[Result]:
    """Yield the results of images (N, H, W, C) in batches and in order.

    Parameters
    ----------
    backend : str
        One of :data:`BACKENDS`.
    steps : int or None
        None runs until every image of a batch is quiet; only the engine supports it.
    synapses : {"lava", "own"}
        Of the backend lava: see :func:`lava_intsnn.systems.converted_system.build`.

    Raises
    ------
    ConversionError
        If the images or steps do not fit the network.
    """
    how: dict[str, Any] = {"steps": steps, "noise": noise}
    if backend == "engine":
        from lava_intsnn.conversion.spiking_engine import infer_batches

        yield from infer_batches(network, images, batch=BATCH, threads=threads, **how)
    elif backend == "lava":
        from lava_intsnn.systems.converted_system import run_in_lava

        yield run_in_lava(network, images, progress=True, synapses=synapses, **how)
    elif backend == "microcode":
        from lava_intsnn.loihi import run_on_chip

        assert steps is not None  # and there is no noise: the command has checked both
        yield run_on_chip(network, images, steps=steps, progress=True)
    else:
        from lava_intsnn.conversion.spiking_reference import infer_image

        for sample, image in enumerate(progress_over(images, len(images), unit="images")):
            yield infer_image(network, image, sample=sample, **how)


def predictions(
    ann: QuantisedNetwork, images: Images, *, noise: Noise | None = None
) -> npt.NDArray[np.int64]:
    """Return the classes (N,) that the quantised network finds."""
    firsts = range(0, len(images), BATCH)
    found = []
    for first in progress_over(firsts, len(firsts), unit="batches"):
        counts = ann.counts(images[first : first + BATCH], noise=noise, first_sample=first)
        found.append(ann.logits(counts[-1]).argmax(axis=1))
    return np.concatenate(found)
