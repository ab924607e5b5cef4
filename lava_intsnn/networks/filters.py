"""Convolutions as short text: ``16x5s2`` is 16 filters of 5x5 at every second position."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lava_intsnn.field_checks import Checked, shown
from lava_intsnn.network import Conv, NetworkError, Neuron

_FORM = re.compile(r"(\d{1,6})x(\d{1,4})(?:s(\d{1,4}))?(?:p(\d{1,4}))?")


@dataclass(frozen=True, kw_only=True)
class Filters(Checked, refusal=NetworkError):
    """The shape of a convolution, without its input: see :class:`~lava_intsnn.Conv`."""

    channels: int
    kernel: int
    stride: int = 1
    padding: int = 0

    def __str__(self) -> str:
        return (
            f"{self.channels}x{self.kernel}"
            + f"s{self.stride}" * (self.stride != 1)
            + f"p{self.padding}" * (self.padding != 0)
        )

    def layer(self, in_shape: tuple[int, int, int], neuron: Neuron, lr_shift: int) -> Conv:
        """Return the convolution of an image of ``in_shape``."""
        return Conv(
            in_shape=in_shape,
            channels=self.channels,
            kernel=self.kernel,
            stride=self.stride,
            padding=self.padding,
            neuron=neuron,
            lr_shift=lr_shift,
        )


def filters_of(text: str | Filters) -> Filters:
    """Read ``CHANNELSxKERNEL[sSTRIDE][pPADDING]``, such as ``16x5s2`` or ``32x3s1p1``.

    Raises
    ------
    NetworkError
        If the text has another form. The ranges are checked where the layer is made.
    """
    if isinstance(text, Filters):
        return text
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise NetworkError(
            f"convolution {shown(text)}: write CHANNELSxKERNEL, then sSTRIDE and pPADDING where "
            "they are not 1 and 0, such as 16x5s2 or 32x3p1"
        )
    channels, kernel, stride, padding = match.groups()
    return Filters(
        channels=int(channels),
        kernel=int(kernel),
        stride=int(stride or 1),
        padding=int(padding or 0),
    )
