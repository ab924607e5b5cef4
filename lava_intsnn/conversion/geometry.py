"""Shapes of the maps that a sequence of convolutions makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.pixels import Pixels
from lava_intsnn.field_checks import Checked, check_fields, short_repr

#: Height, width, channels.
Shape = tuple[int, int, int]


class MapLayer(Checked, refusal=ConversionError):
    """A convolution: what quantised and spiking layers, which are dataclasses, have in common."""

    weights: npt.NDArray
    stride: int
    padding: int

    @property
    def channels(self) -> int:
        """O."""
        return len(self.weights)

    @property
    def kernel(self) -> int:
        """Height and width of the kernel."""
        return self.weights.shape[1]


@dataclass(frozen=True, eq=False)
class MapNetwork:
    """What quantised and spiking networks have in common: each of them documents it.

    ``shapes`` are those of all layers' maps.
    """

    name: str
    in_shape: Shape
    pixels: Pixels
    layers: tuple[Any, ...]
    readout: npt.NDArray
    level: int = 0
    shapes: tuple[Shape, ...] = field(init=False)

    __repr__ = short_repr

    def __post_init__(self) -> None:
        check_fields(self, ConversionError)
        object.__setattr__(self, "shapes", tuple(_shapes(self)))
        for index, layer in enumerate(self.layers):
            self._check_layer(layer, f"layer {index} of {self.name}")

    def _check_layer(self, layer: Any, where: str) -> None:
        """Raise ConversionError unless the values of a layer of fitting shape are sound."""
        raise NotImplementedError

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.readout)


def map_size(in_shape: Shape, *, kernel: int, stride: int, padding: int) -> tuple[int, int]:
    """Return the height and width of a convolution's output."""
    height, width = ((size + 2 * padding - kernel) // stride + 1 for size in in_shape[:2])
    return height, width


def _shapes(network: MapNetwork) -> Iterator[Shape]:
    """Go through the maps' shapes; raise ConversionError where a layer does not fit."""
    name, shape, layers, readout = network.name, network.in_shape, network.layers, network.readout
    if not layers or min(shape) < 1:
        raise ConversionError(
            f"{name} has {len(layers)} layers and in_shape = {shape}: must have a layer, and "
            "height, width and channels of at least 1"
        )
    for index, layer in enumerate(layers):
        where, weights = f"layer {index} of {name}", layer.weights
        if weights.ndim != 4 or weights.shape[1:] != (*weights.shape[1:2] * 2, shape[2]):
            raise ConversionError(
                f"{where} has weights {weights.shape}: must be (O, kernel, kernel, {shape[2]})"
            )
        for number, low in (("stride", 1), ("padding", 0)):
            if (value := getattr(layer, number)) < low:
                raise ConversionError(f"{where}: {number} = {value}: must be at least {low}")
        channels, kernel = weights.shape[:2]
        geometry = {"kernel": kernel, "stride": layer.stride, "padding": layer.padding}
        height, width = map_size(shape, **geometry)
        if min(height, width) < 1:
            raise ConversionError(f"{where}: a kernel of {kernel} does not fit {shape}")
        shape = (height, width, channels)
        yield shape
    features = shape[0] * shape[1] * shape[2]
    if readout.ndim != 2 or readout.shape[1] != features:
        raise ConversionError(
            f"the readout of {name} has shape {readout.shape}: must be (n_classes, {features})"
        )
    if readout.dtype.kind != "i":
        raise ConversionError(f"the readout of {name} is {readout.dtype}: must be int8 or int32")
