"""Conversion of an image's unsigned bytes to the integer input of the first layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.field_checks import Checked, Within

#: Fraction bits of standardised pixels.
STANDARD_BITS = 12

SCALES = ("raw", "centred", "standardised")


@dataclass(frozen=True)
class Pixels(Checked, refusal=ConversionError):
    """Crop of the centre and scale of the pixels.

    Parameters
    ----------
    scale : {"raw", "centred", "standardised"}
        The bytes, bytes - 128, or each image less its mean, divided by its standard deviation, in
        units of 2^-12 (TensorFlow's per-image standardisation, computed in integers).
    crop : int, optional
        Height and width of the part in the middle that is used; all of it by default.

    Raises
    ------
    ConversionError
        If the scale is unknown, or the crop has no pixel.
    """

    scale: Annotated[str, SCALES] = "raw"
    crop: Annotated[int, Within(1, 1 << 16)] | None = None

    @property
    def unit(self) -> float:
        """Value of an integer pixel of 1 in training; a power of two, so it loses no bit."""
        return {"raw": 2.0**-8, "centred": 2.0**-6, "standardised": 2.0**-STANDARD_BITS}[self.scale]

    def integers(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]:
        """Return the first layer's input.

        Parameters
        ----------
        images : (B, H, W, C) uint8 array

        Returns
        -------
        (B, crop, crop, C) int32 array

        Raises
        ------
        ConversionError
            If the images are not such an array, or are smaller than the crop.
        """
        if images.ndim != 4 or images.dtype != np.uint8:
            raise ConversionError(
                f"images are {images.dtype} {images.shape}: must be uint8 (B, H, W, C)"
            )
        return self.scaled(self.cropped(images))

    def cropped(self, images: npt.NDArray) -> npt.NDArray:
        """Return the middle of the images."""
        if self.crop is None:
            return images
        height, width = images.shape[1:3]
        if min(height, width) < self.crop:
            raise ConversionError(
                f"images of {height}x{width} have no part of {self.crop}x{self.crop} in the middle"
            )
        top, left = (height - self.crop) // 2, (width - self.crop) // 2
        return images[:, top : top + self.crop, left : left + self.crop]

    def scaled(self, images: npt.NDArray) -> npt.NDArray[np.int32]:
        """Return cropped images (B, H, W, C), whose values may be any integers, on this scale."""
        x = images.astype(np.int64)
        if self.scale == "raw":
            return x.astype(np.int32)
        if self.scale == "centred":
            return (x - 128).astype(np.int32)
        # (p - mean) / max(std, 1/sqrt(n)) with n std = sqrt(n sum(p^2) - sum(p)^2): one division
        n = int(np.prod(x.shape[1:]))
        axes = (1, 2, 3)
        total = x.sum(axis=axes, keepdims=True)
        spread = n * (x * x).sum(axis=axes, keepdims=True) - total * total
        deviation = np.maximum(np.floor(np.sqrt(spread.astype(np.float64))).astype(np.int64), 1)
        deviation = np.maximum(deviation, int(np.sqrt(n)))
        scaled = (n * x - total) * (2 << STANDARD_BITS) + deviation
        return (scaled // (2 * deviation)).astype(np.int32)
