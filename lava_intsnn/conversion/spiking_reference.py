"""The literal spiking network, one image at a time: slow, to be read beside the paper."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.conversion.quantised import inputs_of
from lava_intsnn.conversion.result import Result, result_of
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork


@checks_kinds
def infer_image(
    network: SpikingNetwork,
    image: npt.NDArray[np.uint8],
    *,
    steps: int,
    noise: Noise | None = None,
    sample: int = 0,
) -> Result:
    """Run one image for all of ``steps``, without an early stop.

    Parameters
    ----------
    network : SpikingNetwork
    image : (H, W, C) uint8 array
    steps : int
        T, at most ``network.max_steps``.
    noise : Noise, optional
    sample : int
        Number of the image in its data set: keys the noise.

    Returns
    -------
    Result
        With B = 1 and every spike.

    Raises
    ------
    ConversionError
        If the image does not fit the network or there are too many steps.
    """
    network.check_steps(steps)
    pixels = inputs_of(network, image[None], noise=noise, first_sample=sample)[0]
    encoder, *hidden = network.layers
    level = encoder_level(encoder, synaptic_sum(encoder, pixels))
    v = [np.zeros(shape, np.int64) for shape in network.shapes]  # the encoder's stays unused
    n = [np.zeros(shape, np.int64) for shape in network.shapes]
    spikes = [np.zeros((steps, 1, *shape), np.int8) for shape in network.shapes]
    accumulator = np.zeros(network.n_classes, np.int64)
    logits = np.zeros((steps, 1, network.n_classes), np.int64)

    for t in range(steps):
        s = (t < level).astype(np.int64)
        n[0] += s
        spikes[0][t, 0] = s
        # every layer receives in this step what the previous layer sends in this step
        for index, layer in enumerate(hidden, start=1):
            v[index] += synaptic_sum(layer, network.layers[index - 1].amplitude * s)
            s = fire(layer, v[index], n[index])
            n[index] += s
            spikes[index][t, 0] = s
        accumulator += network.readout.astype(np.int64) @ (network.layers[-1].amplitude * s.ravel())
        logits[t, 0] = accumulator

    return result_of(network, tuple(spikes), logits)


def synaptic_sum(layer: SpikingLayer, x: npt.NDArray) -> npt.NDArray[np.int64]:
    """Return the synaptic sums of ``layer``, (H', W', O), for inputs (H, W, I)."""
    p, stride, kernel = layer.padding, layer.stride, layer.kernel
    x = np.pad(x.astype(np.int64), ((p, p), (p, p), (0, 0)))
    w = layer.weights.astype(np.int64)
    height, width = ((size - kernel) // stride + 1 for size in x.shape[:2])
    a = np.zeros((height, width, layer.channels), np.int64)
    for row in range(height):
        for column in range(width):
            top, left = row * stride, column * stride
            window = x[top : top + kernel, left : left + kernel]
            a[row, column] = (w * window).sum(axis=(1, 2, 3))
    return a


def encoder_level(layer: SpikingLayer, v: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the number of steps for which the encoder's neurons spike: thresholds v reaches."""
    return (v[..., None] >= layer.thresholds).sum(axis=-1)


def fire(
    layer: SpikingLayer, v: npt.NDArray[np.int64], n: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return spikes -1, 0 or 1, (H, W, O), of potentials v and net spikes so far n, of that shape.

    A spike is +1 where v reaches the next threshold, and -1, a retraction, where v has fallen below
    the last one.
    """
    ends = np.iinfo(np.int64)
    theta = np.pad(
        layer.thresholds, ((0, 0), (1, 1)), constant_values=((0, 0), (ends.min, ends.max))
    )
    o = np.arange(layer.channels)  # theta[o, m] is Theta_m, for m = 0..M + 1
    return np.where(v >= theta[o, n + 1], 1, np.where(v < theta[o, n], -1, 0))
