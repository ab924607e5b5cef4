"""A sequential stack of convolutions in the paper's notation, such as ``32C5-P2-64C5-P2-1000``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import Annotated

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.geometry import Shape, map_size
from lava_intsnn.field_checks import Within, check_fields

#: Padding modes of convolutions ``nCk``; pooling and dense blocks never pad.
PADDINGS = ("valid", "same")

_CONV, _POOL, _DENSE = (
    re.compile(p) for p in (r"(\d{1,6})C(\d{1,6})", r"P(\d{1,6})", r"(\d{1,6})")
)
_NOTATION = (
    "nCk is a convolution of n filters k x k, Pk a learned pooling (k x k, stride k), "
    "n a dense layer of n neurons"
)


@dataclass(frozen=True)
class StackBlock:
    """One convolution; a dense layer is a convolution whose kernel covers its whole input.

    Parameters
    ----------
    in_shape, out_shape : (int, int, int)
        Height, width, channels.
    kernel, stride, padding : int
    """

    in_shape: Shape
    out_shape: Shape
    kernel: int
    stride: int = 1
    padding: int = 0

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """Output channels, kernel height, kernel width, input channels."""
        return (self.out_shape[2], self.kernel, self.kernel, self.in_shape[2])

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image, as frameworks count them (padding included)."""
        return prod(self.out_shape) * self.kernel**2 * self.in_shape[2]


@dataclass(frozen=True)
class Stack:
    """Blocks, each followed by batch norm, ReLU and the quantiser, and a dense readout.

    Parameters
    ----------
    notation : str
        Blocks with hyphens between them; the readout is not written.
    in_shape : (int, int, int)
        Height, width and channels of the image the first block sees.
    n_classes : int
    padding : {"valid", "same"}
        Of the convolutions ``nCk``; ``"same"`` keeps height and width and needs odd kernels.

    Raises
    ------
    ConversionError
        If the notation cannot be read, or a block does not fit its input.

    Examples
    --------
    >>> [b.out_shape for b in Stack("32C5-P2-64C5-P2-1000", (28, 28, 1), 10).blocks]
    [(24, 24, 32), (12, 12, 32), (8, 8, 64), (4, 4, 64), (1, 1, 1000)]
    """

    notation: str
    in_shape: Shape
    n_classes: Annotated[int, Within(2, 1 << 20)]
    padding: Annotated[str, PADDINGS] = "valid"

    def __post_init__(self) -> None:
        check_fields(self, ConversionError)
        if min(self.in_shape) < 1:
            raise ConversionError(
                f"in_shape {self.in_shape}: must be height, width and channels, each at least 1"
            )
        _ = self.blocks

    @property
    def blocks(self) -> tuple[StackBlock, ...]:
        """All blocks but the readout."""
        blocks: list[StackBlock] = []
        shape = self.in_shape
        for word in self.notation.split("-"):
            blocks.append(self._block(word, shape))
            shape = blocks[-1].out_shape
        return tuple(blocks)

    @property
    def n_features(self) -> int:
        """Inputs of the readout."""
        return prod(self.blocks[-1].out_shape)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one image, readout included."""
        return sum(block.macs for block in self.blocks) + self.n_features * self.n_classes

    def _block(self, word: str, shape: Shape) -> StackBlock:
        height, width, channels = shape
        if match := _CONV.fullmatch(word):
            channels, kernel = int(match[1]), int(match[2])
            stride, padding = 1, 0
            if self.padding == "same":
                if kernel % 2 == 0:
                    raise ConversionError(
                        f"block {word} of {self.notation}: padding 'same' needs an odd kernel, "
                        f"such as {channels}C{kernel + 1}"
                    )
                padding = kernel // 2
        elif match := _POOL.fullmatch(word):
            kernel = stride = int(match[1])
            padding = 0
        elif match := _DENSE.fullmatch(word):
            channels, kernel, stride, padding = int(match[1]), height, 1, 0
            if height != width:
                raise ConversionError(
                    f"block {word} of {self.notation}: a dense layer needs a square input, "
                    f"found {height}x{width}"
                )
        else:
            raise ConversionError(
                f"block {word!r} of {self.notation!r} cannot be read: {_NOTATION}"
            )
        if channels < 1 or kernel < 1 or min(height, width) + 2 * padding < kernel:
            raise ConversionError(
                f"block {word} of {self.notation}: a kernel of {kernel}x{kernel} and {channels} "
                f"channels does not fit an input of {height}x{width}"
            )
        out = map_size(shape, kernel=kernel, stride=stride, padding=padding)
        return StackBlock(shape, (*out, channels), kernel, stride, padding)
