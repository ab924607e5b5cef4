"""The paper's noise on the input: each pixel times ``1 + (u - 1/2) ratio``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import numpy.typing as npt

from lava_intsnn.arithmetic import Rounding, Stream, draw_below, random_key, round_shift
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.field_checks import Checked, Within

_BITS = 16


@dataclass(frozen=True)
class Noise(Checked, refusal=ConversionError):
    """Multiplicative uniform noise, rounded to integer pixels.

    Parameters
    ----------
    ratio : float
        0..2; a pixel keeps at least ``1 - ratio / 2`` of itself. Held in units of 2^-16.
    seed : int

    Raises
    ------
    ConversionError
        If the ratio is out of range.
    """

    ratio: Annotated[float, Within(0, 2)]
    seed: int = 0

    def added(self, x: npt.NDArray[np.int32], *, first_sample: int = 0) -> npt.NDArray[np.int32]:
        """Return noisy pixels.

        Parameters
        ----------
        x : (B, H, W, C) int32 array
        first_sample : int
            Number of the first image in its data set. Seed, image and pixel key the noise.
        """
        samples = np.arange(first_sample, first_sample + len(x))[:, None]
        pixel = np.arange(np.prod(x.shape[1:]), dtype=np.uint64)
        with np.errstate(over="ignore"):
            u = draw_below(
                random_key(self.seed, Stream.NOISE, samples), pixel, np.uint64(1 << _BITS)
            )
        centred = u.astype(np.int64) - (1 << (_BITS - 1))
        product = x.reshape(len(x), len(pixel)) * centred * round(self.ratio * (1 << _BITS))
        change = round_shift(product, np.int64(2 * _BITS), Rounding.NEAREST, np.uint64(0))
        return (x + change.reshape(x.shape)).astype(np.int32)
