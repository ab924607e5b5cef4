"""What a run of the spiking network leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, eq=False)
class Result:
    """B images over T steps; L layers, encoder first.

    Parameters
    ----------
    counts : tuple of (B, H, W, O) int16 array
        Net spikes n of each layer after the last step.
    logits : (T, B, n_classes) int64 array
        The accumulators after each step.
    events : (B, L, T) int32 array
        Spikes of either sign.
    retractions : (B, L, T) int32 array
        Spikes of sign -1.
    synops : (B, L, T) int64 array
        Synaptic operations that the layer's spikes cause in the next one (after the last layer: in
        the readout): spikes times fan-out, edges considered.
    quiet_at : (B,) int32 array
        The first step without a spike anywhere, from which on nothing changes; T if none came.
    spikes : tuple of (T, B, H, W, O) int8 array, optional
        Signs of the spikes, where they were asked for.
    """

    counts: tuple[npt.NDArray[np.int16], ...]
    logits: npt.NDArray[np.int64]
    events: npt.NDArray[np.int32]
    retractions: npt.NDArray[np.int32]
    synops: npt.NDArray[np.int64]
    quiet_at: npt.NDArray[np.int32]
    spikes: tuple[npt.NDArray[np.int8], ...] | None = None

    @property
    def predictions(self) -> npt.NDArray[np.int64]:
        """Classes (T, B) after each step; the lowest wins a tie."""
        return self.logits.argmax(axis=2)

    def differences(self, other: Result) -> list[str]:
        """Return the names of the fields in which two results differ, in any bit or dtype."""
        return [
            field.name
            for field in fields(self)
            if not _same(getattr(self, field.name), getattr(other, field.name))
        ]


def _same(a: object, b: object) -> bool:
    if a is None or b is None:
        return a is b
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b))
    assert isinstance(a, np.ndarray)
    assert isinstance(b, np.ndarray)
    return a.dtype == b.dtype and np.array_equal(a, b)
