"""Convolution: filters that all positions of an image share."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Annotated

import numpy as np

from lava_intsnn.field_checks import Within
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.layer import Layer
from lava_intsnn.network.windows import Pair, Shape, Sides, Windows, pair, shorten


@dataclass(frozen=True, kw_only=True)
class Conv(Layer):
    """Convolutional synapses into an image of neurons, with their update rule (3.19-3.22).

    Neurons, input and output, are numbered channel fastest: ``(y * width + x) * channels + c``.
    The weight matrix has shape ``(channels, kernel_y * kernel_x * C)`` for groups of ``C`` input
    channels; the column of kernel position ``(ky, kx)`` and channel ``c`` of the group is
    ``(ky * kernel_x + kx) * C + c``.

    Parameters
    ----------
    in_shape : (int, int, int)
        Height, width and channels of the layer's input.
    channels : int
        Filters.
    kernel, stride, padding, dilation : int or (int, int)
        A number for both directions, or one for each: vertical, horizontal. Padding adds silent
        neurons around the input; with a dilation ``d`` the kernel sees every ``d``-th neuron.
    groups : int
        Groups that the channels of input and output are divided into, in order; the filters of a
        group see its input channels only.
    others
        See :class:`~.layer.Layer`. With a ``pool`` the kernel moves over the image of its windows.
    """

    in_shape: Shape
    channels: Annotated[int, Within(1, 1 << 16)]
    kernel: Sides = 5
    stride: Sides = 2
    padding: int | Pair = 0
    dilation: Sides = 1
    groups: Annotated[int, Within(1, 1 << 16)] = 1

    kind = "conv"

    def __post_init__(self) -> None:
        super().__post_init__()
        shorten(self, "kernel", "stride", "padding", "dilation")
        self._check_pool(self.in_shape)
        self.windows.check()
        for name, size in (("input", self.in_shape[2]), ("output", self.channels)):
            if size % self.groups:
                raise NetworkError(
                    f"groups = {self.groups} of {size} {name} channels: must divide them"
                )

    @property
    def windows(self) -> Windows:
        """The geometry of the kernel over what it sees: the input, or the windows of its pool."""
        return Windows(
            self.pool.out_shape if self.pool else self.in_shape,
            kernel=pair(self.kernel),
            stride=pair(self.stride),
            padding=pair(self.padding),
            dilation=pair(self.dilation),
            groups=self.groups,
        )

    @property
    def out_shape(self) -> Shape:
        """Height, width and channels of the output."""
        return *self.windows.positions, self.channels

    @property
    def n_in(self) -> int:
        """Input neurons."""
        return prod(self.in_shape)

    @property
    def n_out(self) -> int:
        """Output neurons."""
        return prod(self.out_shape)

    @property
    def fan_in(self) -> int:
        """Synapses into one neuron."""
        return self.windows.size

    @property
    def fan_out(self) -> int:
        """Most synapses out of one input neuron."""
        return self.group_channels * self.windows.overlap * self._pool_overlap

    @property
    def rows(self) -> int:
        """Filters: all positions share them."""
        return self.channels

    @property
    def group_channels(self) -> int:
        """Filters of a group."""
        return self.channels // self.groups

    @property
    def in_image(self) -> Shape:
        """Height, width and channels of the input."""
        return self.in_shape

    @property
    def out_image(self) -> Shape:
        """Height, width and channels of the output."""
        return self.out_shape

    def patches(self) -> np.ndarray:
        """Return the unfolding: what each position and kernel entry sees, of the input or its pool.

        Returns
        -------
        int64 (positions * groups, fan_in), read-only
            A row for each group at each position, columns in the order of the weights; -1 in the
            padding. The filters of the group at row ``r`` are the output neurons from
            ``r * group_channels`` on.
        """
        return self.windows.unfolded()
