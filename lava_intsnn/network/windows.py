"""Windows over an image: the one source of the geometry of convolutions and pools."""

from __future__ import annotations

from functools import lru_cache
from math import gcd, prod
from typing import Annotated, NamedTuple

import numpy as np

from lava_intsnn.field_checks import Within
from lava_intsnn.network.errors import NetworkError, require_range

Shape = tuple[int, int, int]
Pair = tuple[int, int]

#: Longest side of a kernel, widest step between windows and between the entries of one.
SIDE = Within(1, 64)
#: Most entries of all windows of a layer: 1 GiB of indices, so that a line of JSON cannot ask for
#: more.
MAX_ENTRIES = 1 << 27
#: A number for both directions, or one for each: vertical, horizontal.
Sides = Annotated[int, SIDE] | tuple[Annotated[int, SIDE], Annotated[int, SIDE]]


class Windows(NamedTuple):
    """Windows that move over an image of neurons, which are numbered channel fastest.

    ``in_shape`` is ``(height, width, channels)``; ``kernel``, ``stride``, ``padding`` and
    ``dilation`` are pairs, vertical and horizontal. The channels are divided into ``groups``, each
    with windows of its own.
    """

    in_shape: Shape
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair = (1, 1)
    groups: int = 1

    @property
    def reach(self) -> Pair:
        """Height and width that a window spans, with the gaps of its dilation."""
        vertical, horizontal = ((k - 1) * d + 1 for k, d in zip(self.kernel, self.dilation))
        return vertical, horizontal

    @property
    def positions(self) -> Pair:
        """Rows and columns of positions."""
        rows, columns = (
            (size + 2 * padding - reach) // stride + 1
            for size, padding, reach, stride in zip(
                self.in_shape, self.padding, self.reach, self.stride
            )
        )
        return rows, columns

    @property
    def neurons(self) -> int:
        """Neurons of the image."""
        return prod(self.in_shape)

    @property
    def size(self) -> int:
        """Entries of a window."""
        return prod(self.kernel) * (self.in_shape[2] // self.groups)

    @property
    def overlap(self) -> int:
        """Most windows that see one neuron."""
        sides = zip(self.kernel, self.stride, self.dilation)
        return prod(-(-k * gcd(s, d) // s) for k, s, d in sides)

    def check(self) -> None:
        """Raise NetworkError unless the windows fit their image, and memory."""
        for name, size in zip(("height", "width", "channels"), self.in_shape):
            require_range(f"in_shape {name}", size, 1, 1 << 12)
        for padding, reach in zip(self.padding, self.reach):
            require_range("padding", padding, 0, reach - 1, "less than the kernel")
        for size, padding, reach in zip(self.in_shape, self.padding, self.reach):
            if size + 2 * padding < reach:
                dilated = f", dilation = {short(self.dilation)}" if self.dilation != (1, 1) else ""
                raise NetworkError(
                    f"kernel = {short(self.kernel)}{dilated} on a "
                    f"{self.in_shape[0]}x{self.in_shape[1]} input with padding = "
                    f"{short(self.padding)}: the kernel does not fit in; lower it or pad more"
                )
        entries = prod(self.positions) * self.groups * self.size
        if entries > MAX_ENTRIES:
            raise NetworkError(
                f"kernel = {short(self.kernel)}, stride = {short(self.stride)} on a "
                f"{self.in_shape[0]}x{self.in_shape[1]} input of {self.in_shape[2]} channels: "
                f"{entries} entries of all windows, at most {MAX_ENTRIES}; use a smaller kernel or "
                "image, or a larger stride"
            )

    def unfolded(self) -> np.ndarray:
        """Return the neurons that each window sees.

        Returns
        -------
        int64 (rows * columns * groups, size), read-only
            Windows by position, then by group; entries by kernel row, kernel column and channel of
            the group. -1 in the padding.
        """
        return _unfolded(self)


@lru_cache(maxsize=32)
def _unfolded(windows: Windows) -> np.ndarray:
    height, width, channels = windows.in_shape
    rows, columns = windows.positions
    each = channels // windows.groups
    oy, ox, group, ky, kx, c = np.ogrid[
        :rows, :columns, : windows.groups, : windows.kernel[0], : windows.kernel[1], :each
    ]
    y = oy * windows.stride[0] + ky * windows.dilation[0] - windows.padding[0]
    x = ox * windows.stride[1] + kx * windows.dilation[1] - windows.padding[1]
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    index = np.where(inside, (y * width + x) * channels + group * each + c, -1)
    index = index.reshape(rows * columns * windows.groups, windows.size)
    index.flags.writeable = False
    return index


def pair(sides: int | Pair) -> Pair:
    """Return vertical and horizontal, where one number stands for both."""
    return sides if isinstance(sides, tuple) else (sides, sides)


def short(sides: int | Pair) -> int | Pair:
    """Return one number where vertical and horizontal are equal, so that descriptions compare."""
    vertical, horizontal = pair(sides)
    return vertical if vertical == horizontal else (vertical, horizontal)


def shorten(described: object, *names: str) -> None:
    """Write the fields ``names`` of a frozen description in their short form."""
    for name in names:
        object.__setattr__(described, name, short(getattr(described, name)))
