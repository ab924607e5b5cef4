"""Images through a converted network, on any executor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.recorded import joined
from lava_intsnn.conversion.result import Result

if TYPE_CHECKING:
    from lava_intsnn.conversion.network import SpikingNetwork
    from lava_intsnn.conversion.noise import Noise
    from lava_intsnn.conversion.quantised import QuantisedNetwork

#: Of the spiking network; ``ann`` runs the quantised one.
SPIKING = ("engine", "lava", "reference")
BACKENDS = ("engine", "lava", "ann", "reference")

#: Images at a time: bounds the memory that counts take.
BATCH = 200


def run(
    network: SpikingNetwork,
    images: npt.NDArray[np.uint8],
    *,
    backend: str,
    steps: int | None,
    noise: Noise | None = None,
    threads: int | None = None,
) -> Result:
    """Run images (N, H, W, C) and return everything but the counts.

    Parameters
    ----------
    backend : {"engine", "lava", "reference"}
    steps : int or None
        None, until every image is quiet, is for the engine only.

    Raises
    ------
    ConversionError
        If the images or steps do not fit the network.
    """
    parts: Iterable[Result]
    if backend == "engine":
        from lava_intsnn.conversion.engine import infer_batches

        parts = infer_batches(
            network, images, batch=BATCH, steps=steps, noise=noise, threads=threads
        )
    else:
        assert steps is not None
        alone = _in_lava if backend == "lava" else _in_reference
        parts = alone(network, images, steps, noise)
    return joined(_as_long_as_the_longest([replace(part, counts=()) for part in parts]))


def predictions(
    ann: QuantisedNetwork, images: npt.NDArray[np.uint8], *, noise: Noise | None = None
) -> npt.NDArray[np.int64]:
    """Return the classes (N,) that the quantised network finds."""
    from tqdm.auto import tqdm

    firsts = tqdm(range(0, len(images), BATCH), unit="batch", leave=False, disable=None)
    return np.concatenate(
        [
            ann.logits(
                ann.counts(images[first : first + BATCH], noise=noise, first_sample=first)[-1]
            ).argmax(axis=1)
            for first in firsts
        ]
    )


def _in_lava(
    network: SpikingNetwork, images: npt.NDArray[np.uint8], steps: int, noise: Noise | None
) -> Iterable[Result]:
    from lava_intsnn.conversion.system import run_in_lava

    yield run_in_lava(network, images, steps=steps, noise=noise, progress=True)


def _in_reference(
    network: SpikingNetwork, images: npt.NDArray[np.uint8], steps: int, noise: Noise | None
) -> Iterable[Result]:
    from tqdm.auto import tqdm

    from lava_intsnn.conversion.reference import infer_image

    for sample, image in enumerate(tqdm(images, unit="image", leave=False, disable=None)):
        found = infer_image(network, image, steps=steps, noise=noise, sample=sample)
        yield replace(found, spikes=None)


def _as_long_as_the_longest(parts: list[Result]) -> list[Result]:
    """Give all parts the same number of steps: in a quiet network nothing changes any more."""
    longest = max(len(part.logits) for part in parts)
    found = []
    for part in parts:
        more = longest - len(part.logits)
        silent = ((0, 0), (0, 0), (0, more))
        found.append(
            replace(
                part,
                logits=np.concatenate([part.logits, np.repeat(part.logits[-1:], more, axis=0)]),
                events=np.pad(part.events, silent),
                retractions=np.pad(part.retractions, silent),
                synops=np.pad(part.synops, silent),
            )
        )
    return found
