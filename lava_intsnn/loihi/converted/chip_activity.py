"""Activity of a converted network in each step: pixels, spikes and synaptic operations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.quantised import inputs_of
from lava_intsnn.conversion.result import Result
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.field_checks import short_repr


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, kw_only=True, eq=False)
class ConvertedActivity:
    """Means of an image; L layers, encoder first, T steps.

    Parameters
    ----------
    pixels : float
        Share of pixels that are not 0: they enter in the first step alone.
    first_synops : float
        Synapses of the encoder that they reach.
    events : (L, T) float64 array
        Spikes of either sign that a layer sends.
    synops : (L, T) float64 array
        Synapses that they reach in the layer above, the readout for the last.
    source : str
    """

    pixels: float
    first_synops: float
    events: npt.NDArray[np.float64]
    synops: npt.NDArray[np.float64]
    source: str

    __repr__ = short_repr


@checks_kinds
def full_converted_activity(network: SpikingNetwork, *, steps: int) -> ConvertedActivity:
    """Return the upper bound: every pixel is set, and every neuron spikes at every step."""
    sizes = [float(np.prod(shape)) for shape in network.shapes]
    reached = [
        float(network.fan_out(index).sum()) * shape[2] for index, shape in enumerate(network.shapes)
    ]
    return ConvertedActivity(
        pixels=1.0,
        first_synops=float(_encoder_fan_out(network).sum()),
        events=np.repeat(np.array(sizes)[:, None], steps, axis=1),
        synops=np.repeat(np.array(reached)[:, None], steps, axis=1),
        source="everything active (upper bound); measure it with --measure",
    )


@checks_kinds
def activity_of_result(
    network: SpikingNetwork, images: npt.NDArray[np.uint8], result: Result, *, source: str
) -> ConvertedActivity:
    """Return the activity of ``images``, whose ``result`` any executor gave.

    Parameters
    ----------
    images : (B, H, W, C) uint8 array
    result : Result
        Of these images, of T steps.
    source : str
        What was measured, for the report.

    Raises
    ------
    ConversionError
        If the images do not fit the network.
    """
    pixels = inputs_of(network, images).reshape(len(images), -1) != 0
    return ConvertedActivity(
        pixels=float(pixels.mean()),
        first_synops=float((pixels @ _encoder_fan_out(network)).mean()),
        events=result.events.mean(axis=0),
        synops=result.synops.mean(axis=0),
        source=source,
    )


def _encoder_fan_out(network: SpikingNetwork) -> npt.NDArray[np.int64]:
    """Return how many synapses each pixel reaches, ``(n_in,)``."""
    encoder = network.layers[0]
    height, width, channels = network.in_shape
    positions = np.zeros((height + 2 * encoder.padding, width + 2 * encoder.padding), np.int64)
    kernel, stride = encoder.kernel, encoder.stride
    rows, columns, out = network.shapes[0]
    for y in range(rows):
        for x in range(columns):
            top, left = y * stride, x * stride
            positions[top : top + kernel, left : left + kernel] += out
    pad = encoder.padding
    inside = positions[pad : pad + height, pad : pad + width]
    return np.repeat(inside.ravel(), channels)
