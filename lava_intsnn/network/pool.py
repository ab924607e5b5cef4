"""Pooling: windows of a layer's input summed, or averaged, before its synapses see them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal

from lava_intsnn.field_checks import Checked
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.windows import Pair, Shape, Sides, Windows, pair, shorten


@dataclass(frozen=True, kw_only=True)
class Pool(Checked, refusal=NetworkError):
    r"""Windows over a layer's input image, channel by channel, whose sums its synapses see.

    .. math::
        x_j = \sum_{i \in window_j} s_i, \qquad a = W x \text{ (sum)}, \quad
        a = (W x) >> \log_2 n \text{ (average of windows of } n)

    Traces and updates are those of synapses with the activity :math:`x` in both kinds, and feedback
    reaches every neuron of a window: the factor ``1 / n`` of an average is one of the learning
    rate and of the feedback, which have shifts of their own.

    Parameters
    ----------
    kind : {"sum", "average"}
        An average rounds the synaptic sum down, not each window: nothing is lost between synapses.
    in_shape : (int, int, int)
        Height, width and channels of the layer's input.
    kernel, stride, padding : int or (int, int)
        Of the windows, vertical and horizontal; padding adds silent neurons around the input. In an
        average they count, so the size of a window must be a power of two.
    """

    kind: Literal["sum", "average"] = "sum"
    in_shape: Shape
    kernel: Sides
    stride: Sides
    padding: int | Pair = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        shorten(self, "kernel", "stride", "padding")
        self.windows.check()
        if self.kind == "average" and self.size & (self.size - 1):
            raise NetworkError(
                f"pool kind 'average' with kernel = {self.kernel}: a window of {self.size} is "
                "divided by a shift, so its size must be a power of two: change the kernel, or "
                "take kind 'sum' and a threshold for sums"
            )

    @property
    def windows(self) -> Windows:
        """The geometry: a window for every position and channel."""
        return Windows(
            self.in_shape,
            kernel=pair(self.kernel),
            stride=pair(self.stride),
            padding=pair(self.padding),
            groups=self.in_shape[2],
        )

    @property
    def size(self) -> int:
        """Neurons of a window."""
        return self.windows.size

    @property
    def shift(self) -> int:
        """Right shift of the synaptic sums."""
        return self.size.bit_length() - 1 if self.kind == "average" else 0

    @property
    def out_shape(self) -> Shape:
        """Height, width and channels of the image of windows."""
        return *self.windows.positions, self.in_shape[2]

    @property
    def n_out(self) -> int:
        """Windows of all positions and channels."""
        return prod(self.out_shape)
