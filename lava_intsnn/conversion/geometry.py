"""Shapes of the maps that a sequence of convolutions makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy.typing as npt

from lava_intsnn.conversion.errors import ConversionError

#: Height, width, channels.
Shape = tuple[int, int, int]


class MapLayer(Protocol):
    """A convolution: weights (O, kernel, kernel, I), stride and padding."""

    @property
    def weights(self) -> npt.NDArray[Any]: ...  # noqa: D102

    @property
    def stride(self) -> int: ...  # noqa: D102

    @property
    def padding(self) -> int: ...  # noqa: D102


def map_size(size: int, *, kernel: int, stride: int, padding: int) -> int:
    """Return the height or width of a convolution's output for an input of ``size``."""
    return (size + 2 * padding - kernel) // stride + 1


def shapes_of(
    name: str, in_shape: Shape, layers: Sequence[MapLayer], readout: npt.NDArray[Any]
) -> tuple[Shape, ...]:
    """Return the shapes of all layers' maps.

    Parameters
    ----------
    name : str
        Of the network, for messages.
    in_shape : (int, int, int)
        Height, width, channels.
    layers : sequence of MapLayer
    readout : (n_classes, F) array

    Raises
    ------
    ConversionError
        If a layer does not fit the one before it.
    """
    shape, shapes = tuple(in_shape), []
    if not layers or min(shape) < 1:
        raise ConversionError(
            f"{name} has {len(layers)} layers and in_shape = {in_shape}: must have a layer, and "
            "height, width and channels of at least 1"
        )
    for index, layer in enumerate(layers):
        where, weights = f"layer {index} of {name}", layer.weights
        if weights.ndim != 4 or weights.shape[1:] != (*weights.shape[1:2] * 2, shape[2]):
            raise ConversionError(
                f"{where} has weights {weights.shape}: must be (O, kernel, kernel, {shape[2]})"
            )
        for field, low in (("stride", 1), ("padding", 0)):
            if getattr(layer, field) < low:
                raise ConversionError(
                    f"{where}: {field} = {getattr(layer, field)}: must be at least {low}"
                )
        channels, kernel = weights.shape[:2]
        height, width = (
            map_size(n, kernel=kernel, stride=layer.stride, padding=layer.padding)
            for n in shape[:2]
        )
        if min(height, width) < 1:
            raise ConversionError(f"{where}: a kernel of {kernel} does not fit {shape}")
        shape = (height, width, channels)
        shapes.append(shape)
    features = shape[0] * shape[1] * shape[2]
    if readout.ndim != 2 or readout.shape[1] != features:
        raise ConversionError(
            f"the readout of {name} has shape {readout.shape}: must be (n_classes, {features})"
        )
    if readout.dtype.kind != "i":
        raise ConversionError(f"the readout of {name} is {readout.dtype}: must be int8 or int32")
    return tuple(shapes)
