"""From arrays of any number type to the bytes that networks read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.data.arrays import ends_of
from lava_intsnn.data.errors import DataError
from lava_intsnn.field_checks import as_tuple, short_repr, shown


@dataclass(frozen=True, eq=False)
class ByteScale:
    """A linear scale: ``low`` becomes 0 and ``high`` 255, both cut there.

    ``low`` and ``high`` are float64 ``(I,)``, one for each feature, or ``()`` for all. With
    ``mirrored`` the bytes are followed by 255 minus each of them: a low value then spikes as often
    as a high one, and a network without biases can tell it from nothing.
    """

    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    mirrored: bool = False

    __repr__ = short_repr

    @classmethod
    def fitted(cls, x: np.ndarray, scale: Any) -> ByteScale:
        """Return the scale for ``x (N, I)``; see ``scale`` of :class:`~.IntSNNClassifier`.

        Raises
        ------
        ValueError
            If ``scale`` is none of the choices, the values span more than a float holds, or all
            are equal and the scale is to be theirs.
        """
        found = cls._chosen(x, scale)
        with np.errstate(over="ignore"):
            span = found.high - found.low
        if not np.isfinite(span).all():
            raise ValueError(
                f"scale = {shown(scale)}: X reaches from {found.low.min():g} to "
                f"{found.high.max():g}, too far for a float; give scale=(low, high)"
            )
        return found

    @classmethod
    def _chosen(cls, x: np.ndarray, scale: Any) -> ByteScale:
        if isinstance(scale, str) and scale == "data":
            if x.dtype == np.uint8:
                return cls(np.zeros(()), np.full((), 255.0))
            low, high = float(x.min()), float(x.max())
            if low == high:
                raise ValueError(
                    f"scale = 'data': every value of X is {low:g}, which gives no range; give "
                    "samples that differ, or scale=(low, high)"
                )
            return cls(np.asarray(low), np.asarray(high))
        if isinstance(scale, str) and scale == "feature":
            if len(x) == 1:
                raise ValueError(
                    "scale = 'feature' with n_samples = 1: a feature has no range yet; give "
                    "scale=(low, high), or more samples in the first call"
                )
            return cls(x.min(axis=0).astype(float), x.max(axis=0).astype(float), mirrored=True)
        try:
            low, high = ends_of(as_tuple(scale))
        except DataError:
            raise ValueError(
                f"scale = {shown(scale)}: must be 'data', 'feature' or two finite numbers "
                "(low, high), low < high, 1e-300 to 1e308 apart"
            ) from None
        return cls(np.asarray(low), np.asarray(high))

    def bytes_of(self, x: np.ndarray) -> npt.NDArray[np.uint8]:
        """Return ``x (N, I)`` on the scale, rounded to the nearest byte, ties to even.

        Where low and high are equal, the byte is 0 up to there and 255 above.

        Returns
        -------
        uint8 (N, I), or (N, 2 I) if mirrored
        """
        span = self.high - self.low
        with np.errstate(over="ignore"):
            share = (x - self.low) / np.where(span > 0, span, np.finfo(np.float64).tiny)
        found = np.rint(255 * np.clip(share, 0, 1)).astype(np.uint8)
        if self.mirrored:
            found = np.concatenate([found, 255 - found], axis=1)
        return np.ascontiguousarray(found)
