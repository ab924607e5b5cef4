"""The quantised network after training: integers, and batch norm in float64.

Every ``v`` is an exact integer, so its float64 result depends only on its value. The thresholds of
the spiking network are made from this network, and the spiking network is compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.correlate import correlate
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.geometry import MapLayer, MapNetwork
from lava_intsnn.conversion.noise import Noise
from lava_intsnn.field_checks import short_repr, shown
from lava_intsnn.progress_bar import progress_bar
from lava_intsnn.sample_batch import check_answers

if TYPE_CHECKING:
    from lava_intsnn.conversion.spiking_network import SpikingNetwork

#: Keeps a half, as float64 finds it, from being rounded down (the authors' quantiser).
NUDGE = 1e-5

#: Largest count of the first layer: the encoder's time steps, the paper's B.
ENCODER_COUNT = 4

#: Ranges of a layer's numbers: levels are shifts, counts are int32.
_RANGES = {"level": (0, 30), "amplitude": (1, 1 << 30), "max_count": (0, 2**31 - 1)}


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, eq=False)
class QuantisedLayer(MapLayer):
    """Convolution, batch norm, ReLU, quantiser.

    Parameters
    ----------
    weights : (O, kernel, kernel, I) int8 or int32 array
        -1, 0, 1 if ternary; int32 if float weights are held as multiples of 2^-24.
    stride, padding : int
    unit : float
        The value of v = 1 before batch norm.
    gamma, beta, mean, var : (O,) float64 array
        Of the batch norm; var is the running variance.
    level : int
        The activation is a multiple of 2^-level.
    amplitude : int
        Amount that one count adds to the next layer's input, in units of 2^-k: 2^k in the first
        layer.
    max_count : int, optional
        Clips the count: 4 in the first layer, none elsewhere.
    eps : float
        Of the batch norm.
    """

    weights: npt.NDArray
    unit: float
    gamma: npt.NDArray[np.float64]
    beta: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]
    var: npt.NDArray[np.float64]
    stride: int = 1
    padding: int = 0
    level: int = 0
    amplitude: int = 1
    max_count: int | None = None
    eps: float = 1e-5

    __repr__ = short_repr

    def potential(self, inputs: npt.NDArray) -> npt.NDArray[np.int64]:
        """Return v, (B, H', W', O), of inputs (B, H, W, I): amplitude x count, or pixels."""
        return correlate(inputs, self.weights, stride=self.stride, padding=self.padding)

    def count(self, v: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Return the activation in units of 2^-level: ``round(2^level ReLU(BN(v)) + 1e-5)``.

        It never falls as ``gamma * v`` rises, float64's rounding included.

        Parameters
        ----------
        v : (..., O) integer array

        Returns
        -------
        (..., O) int32 array, not negative
        """
        y = (v * self.unit - self.mean) * (self.gamma / np.sqrt(self.var + self.eps)) + self.beta
        a = np.rint(np.maximum(y, 0.0) * 2.0**self.level + NUDGE)
        top = np.iinfo(np.int32).max if self.max_count is None else self.max_count
        return np.minimum(a, top).astype(np.int32)


@dataclass(frozen=True, eq=False)
class QuantisedNetwork(MapNetwork):
    """All layers, from bytes to class.

    Parameters
    ----------
    name : str
    in_shape : (int, int, int)
        Height, width, channels of the first layer's input.
    pixels : Pixels
    layers : tuple of QuantisedLayer
    readout : (n_classes, F) int8 or int32 array
        F features in the order height, width, channel.
    level : int
        k, of all layers but the first.
    readout_unit : float
        The value of a logit of 1 in training. No class depends on it.
    """

    layers: tuple[QuantisedLayer, ...]
    readout_unit: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.readout_unit < np.inf:
            raise ConversionError(f"readout_unit = {self.readout_unit}: must be above 0 and finite")
        low, high = _RANGES["level"]
        if not low <= self.level <= high:
            raise ConversionError(f"level = {shown(self.level)}: must be in {low}..{high}")

    def _check_layer(self, layer: QuantisedLayer, where: str) -> None:
        if not 0 < layer.unit < np.inf:  # a negative one would reverse the staircase of counts
            raise ConversionError(f"{where}: unit = {layer.unit}: must be above 0 and finite")
        if layer.weights.dtype.kind != "i":
            raise ConversionError(
                f"{where}: weights are {layer.weights.dtype}: must be int8 or int32"
            )
        for name, (low, high) in _RANGES.items():
            value = getattr(layer, name)
            if value is not None and not low <= value <= high:
                span = f"must be in {low}..{high}"
                raise ConversionError(f"{where}: {name} = {shown(value)}: {span}")
        if not 0 <= layer.eps < np.inf:
            raise ConversionError(f"{where}: eps = {layer.eps}: must be finite and not negative")
        for name in ("gamma", "beta", "mean", "var"):
            array = getattr(layer, name)
            if array.shape != (layer.channels,) or not np.isfinite(array).all():
                raise ConversionError(
                    f"{where}: {name} must be {layer.channels} finite values, found shape "
                    f"{array.shape}"
                )
        if (layer.var + layer.eps).min(initial=np.inf) <= 0:  # its root is a divisor
            raise ConversionError(
                f"{where}: the smallest var + eps is {(layer.var + layer.eps).min()}: must be "
                "above 0"
            )

    def counts(
        self,
        images: npt.NDArray[np.uint8],
        *,
        noise: Noise | None = None,
        first_sample: int = 0,
    ) -> list[npt.NDArray[np.int32]]:
        """Return the counts of every layer, each (B, H, W, O), for images (B, H, W, C)."""
        x: npt.NDArray = inputs_of(self, images, noise=noise, first_sample=first_sample)
        found = []
        for layer in self.layers:
            found.append(layer.count(layer.potential(x)))
            x = found[-1] * layer.amplitude
        return found

    def logits(self, counts: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
        """Return (B, n_classes) of the last layer's counts."""
        rows = (counts * self.layers[-1].amplitude).reshape(len(counts), -1)
        return rows.astype(np.int64) @ self.readout.T.astype(np.int64)

    def predict(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        """Return the classes (B,); the lowest wins a tie."""
        return self.logits(self.counts(images)[-1]).argmax(axis=1)

    def accuracy(
        self,
        images: npt.NDArray[np.uint8],
        labels: npt.NDArray[np.int32],
        *,
        batch: int = 100,
        progress: bool = False,
    ) -> float:
        """Return percent correct of images (N, H, W, C) with labels (N,)."""
        check_answers(images, labels, self.n_classes)
        firsts = range(0, len(images), batch)
        correct = 0
        with progress_bar(len(firsts), shown=progress, name="test set", unit="batches") as bar:
            for i in firsts:
                found = self.predict(images[i : i + batch])
                correct += int((found == labels[i : i + batch]).sum())
                bar.update(1)
        return 100 * correct / len(images)


def inputs_of(
    network: QuantisedNetwork | SpikingNetwork,
    images: npt.NDArray[np.uint8],
    *,
    noise: Noise | None = None,
    first_sample: int = 0,
) -> npt.NDArray[np.int32]:
    """Return the first layer's input, integers (B, H', W', C), for images (B, H, W, C).

    Parameters
    ----------
    network : QuantisedNetwork or SpikingNetwork
    images : (B, H, W, C) uint8 array
    noise : Noise, optional
    first_sample : int
        Number of the first image in its data set: keys the noise.

    Raises
    ------
    ConversionError
        If the images do not fit the network.
    """
    x = network.pixels.integers(images)
    if x.shape[1:] != network.in_shape:
        raise ConversionError(
            f"images of {x.shape[1:]} after the crop: {network.name} takes {network.in_shape}"
        )
    return x if noise is None else noise.added(x, first_sample=first_sample)
