"""The spiking network: integer synapses and a table of thresholds for every channel.

A neuron adds up its input without leak or reset. With ``n`` net spikes so far, at each step

    v += W s_in
    s  = +1 if v >= Theta[n + 1], -1 if v < Theta[n], else 0
    n += s

where ``Theta[0]`` is minus and ``Theta[M + 1]`` plus infinity. The first layer, the encoder, sees
the image once: its level ``c`` is the number of thresholds that v reaches, and it sends its
amplitude while ``t < c``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.geometry import MapLayer, MapNetwork
from lava_intsnn.field_checks import short_repr

#: Represents an infinite threshold, which no potential of 32 bits exceeds.
INFINITE = 2**31 - 1

#: Counts are kept in 16 bits, in results and in the engine, where they are indices.
_MOST_LEVELS = 2**15 - 1


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, eq=False)
class SpikingLayer(MapLayer):
    """A convolution (or dense layer: a kernel as large as its input) and its neurons.

    Parameters
    ----------
    weights : (O, kernel, kernel, I) int8 or int32 array
    thresholds : (O, M) int64 array
        ``thresholds[o, m - 1]`` is Theta_m of channel o; rows never fall. M is in 1..32767.
    stride, padding : int
    amplitude : int
        Of a spike: 2^k in the encoder, 1 elsewhere.
    """

    weights: npt.NDArray
    thresholds: npt.NDArray[np.int64]
    stride: int = 1
    padding: int = 0
    amplitude: int = 1

    __repr__ = short_repr

    @property
    def levels(self) -> int:
        """M, the largest count."""
        return self.thresholds.shape[1]


@dataclass(frozen=True, eq=False)
class SpikingNetwork(MapNetwork):
    """Encoder, hidden layers and an accumulating readout: ``acc += W_out s``, class = argmax.

    Parameters
    ----------
    name : str
    in_shape : (int, int, int)
        Height, width, channels of the encoder's input, after the crop.
    pixels : Pixels
    layers : tuple of SpikingLayer
        The first is the encoder.
    readout : (n_classes, F) int8 or int32 array
        F features in the order height, width, channel.
    level : int
        k: counts of hidden layers are activations in units of 2^-k.

    Raises
    ------
    ConversionError
        If shapes do not fit, thresholds fall or are too many for counts of 16 bits, or a potential
        could leave 32 bits.
    """

    layers: tuple[SpikingLayer, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        for index in range(1, len(self.layers)):
            if self.potential_bound(index) >= INFINITE:
                raise ConversionError(
                    f"layer {index} of {self.name}: a potential of up to "
                    f"{self.potential_bound(index)} leaves 32 bits; convert with fewer levels"
                )

    def _check_layer(self, layer: SpikingLayer, where: str) -> None:
        if layer.weights.dtype.kind != "i" or layer.thresholds.dtype != np.int64:
            raise ConversionError(
                f"{where}: weights are {layer.weights.dtype} and thresholds "
                f"{layer.thresholds.dtype}: must be signed integers and int64"
            )
        shape = layer.thresholds.shape
        if len(shape) != 2 or shape[0] != layer.channels or not 1 <= shape[1] <= _MOST_LEVELS:
            raise ConversionError(
                f"{where} has thresholds {shape}: must be ({layer.channels}, M), "
                f"M in 1..{_MOST_LEVELS}"
            )
        if layer.amplitude < 1:
            raise ConversionError(f"{where}: amplitude = {layer.amplitude}: must be at least 1")
        # compared, for differences could leave 64 bits
        if (layer.thresholds[:, 1:] < layer.thresholds[:, :-1]).any():
            raise ConversionError(f"{where}: its thresholds fall; sort each row")

    @property
    def max_steps(self) -> int:
        """Number of steps for which no count can exceed the table of thresholds."""
        return min(layer.levels for layer in self.layers[1:]) if len(self.layers) > 1 else INFINITE

    def check_steps(self, steps: int) -> None:
        """Make sure that no count can exceed the table of thresholds within ``steps``.

        Raises
        ------
        ConversionError
            If there are fewer steps than 1 or more than ``max_steps``.
        """
        if not 1 <= steps <= self.max_steps:
            raise ConversionError(
                f"steps = {steps}: {self.name} has thresholds for 1..{self.max_steps} steps; "
                "convert with more levels to run longer"
            )

    def strength(self, index: int) -> int:
        """Return the largest magnitude of v in hidden layer ``index`` per count of its input.

        Counts are never negative, so that only weights of one sign add up.
        """
        w = self.layers[index].weights.astype(np.int64)
        one_sign = max(int(part.clip(0).sum(axis=(1, 2, 3)).max()) for part in (w, -w))
        return one_sign * self.layers[index - 1].amplitude

    def potential_bound(self, index: int) -> int:
        """Return the largest magnitude of v in hidden layer ``index``, at any time."""
        return self.strength(index) * self.layers[index - 1].levels

    def fan_out(self, index: int) -> npt.NDArray[np.int64]:
        """Return how many synapses a spike of layer ``index`` reaches, (H, W): fewer at edges.

        It is the same for all channels. After the last layer come the classes.
        """
        height, width, _ = self.shapes[index]
        if index == len(self.layers) - 1:
            return np.full((height, width), self.n_classes, dtype=np.int64)
        after = self.layers[index + 1]
        out_height, out_width, channels = self.shapes[index + 1]
        reached = [
            _covering(n, out, after.kernel, after.stride, after.padding)
            for n, out in ((height, out_height), (width, out_width))
        ]
        return np.outer(*reached) * channels


def _covering(n: int, n_out: int, kernel: int, stride: int, padding: int) -> npt.NDArray[np.int64]:
    """Return the number of output positions whose window covers each of n input positions."""
    first = np.arange(n_out)[:, None] * stride - padding
    position = np.arange(n)[None, :]
    return ((position >= first) & (position < first + kernel)).sum(axis=0)
