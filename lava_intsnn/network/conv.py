"""Convolution: filters that all positions of an image share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import numpy as np

from lava_intsnn.field_checks import Within
from lava_intsnn.network.errors import NetworkError, require_range
from lava_intsnn.network.layer import Layer


@dataclass(frozen=True, kw_only=True)
class Conv(Layer):
    """Convolutional synapses into an image of neurons, with their update rule (3.19-3.22).

    Neurons, input and output, are numbered channel fastest: ``(y * width + x) * channels + c``.
    The weight matrix has shape ``(channels, kernel * kernel * in_channels)``; the column of kernel
    position ``(ky, kx)`` and input channel ``c`` is ``(ky * kernel + kx) * in_channels + c``.

    Parameters
    ----------
    in_shape : (int, int, int)
        Height, width and channels of the input.
    channels : int
        Filters.
    kernel, stride, padding : int
        The same in both directions; padding adds silent neurons around the input.
    others
        See :class:`~.layer.Layer`.
    """

    in_shape: tuple[int, int, int]
    channels: Annotated[int, Within(1, 1 << 16)]
    kernel: Annotated[int, Within(1, 64)] = 5
    stride: Annotated[int, Within(1, 64)] = 2
    padding: int = 0

    kind = "conv"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, size in zip(("height", "width", "channels"), self.in_shape):
            require_range(f"in_shape {name}", size, 1, 1 << 12)
        require_range("padding", self.padding, 0, self.kernel - 1, "less than the kernel")
        if min(self.in_shape[:2]) + 2 * self.padding < self.kernel:
            raise NetworkError(
                f"kernel = {self.kernel} on a {self.in_shape[0]}x{self.in_shape[1]} input with "
                f"padding = {self.padding}: the kernel does not fit in; lower it or pad more"
            )

    @property
    def out_shape(self) -> tuple[int, int, int]:
        """Height, width and channels of the output."""
        height, width = (
            (size + 2 * self.padding - self.kernel) // self.stride + 1 for size in self.in_shape[:2]
        )
        return height, width, self.channels

    @property
    def n_in(self) -> int:
        """Input neurons."""
        height, width, channels = self.in_shape
        return height * width * channels

    @property
    def n_out(self) -> int:
        """Output neurons."""
        height, width, channels = self.out_shape
        return height * width * channels

    @property
    def fan_in(self) -> int:
        """Synapses into one neuron."""
        return self.kernel * self.kernel * self.in_shape[2]

    @property
    def fan_out(self) -> int:
        """Most synapses out of one input neuron."""
        return self.channels * (-(-self.kernel // self.stride)) ** 2

    @property
    def rows(self) -> int:
        """Filters: all positions share them."""
        return self.channels

    @property
    def in_image(self) -> tuple[int, int, int]:
        """Height, width and channels of the input."""
        return self.in_shape

    @property
    def out_image(self) -> tuple[int, int, int]:
        """Height, width and channels of the output."""
        return self.out_shape

    def patches(self) -> np.ndarray:
        """Return the unfolding: the input neuron of each position and kernel entry.

        Returns
        -------
        int64 (positions, fan_in), read-only
            Columns in the order of the weights; -1 in the padding.
        """
        return _patches(self.in_shape, self.out_shape, self.kernel, self.stride, self.padding)


@lru_cache(maxsize=16)
def _patches(
    in_shape: tuple[int, int, int],
    out_shape: tuple[int, int, int],
    kernel: int,
    stride: int,
    padding: int,
) -> np.ndarray:
    height, width, channels = in_shape
    oy, ox, ky, kx, c = np.ogrid[: out_shape[0], : out_shape[1], :kernel, :kernel, :channels]
    y = oy * stride + ky - padding
    x = ox * stride + kx - padding
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    index = np.where(inside, (y * width + x) * channels + c, -1)
    index = index.reshape(out_shape[0] * out_shape[1], kernel * kernel * channels)
    index.flags.writeable = False
    return index
