"""The result of a run of the spiking network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.field_checks import short_repr


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
        Signs of the spikes, if they were recorded.
    """

    counts: tuple[npt.NDArray[np.int16], ...]
    logits: npt.NDArray[np.int64]
    events: npt.NDArray[np.int32]
    retractions: npt.NDArray[np.int32]
    synops: npt.NDArray[np.int64]
    quiet_at: npt.NDArray[np.int32]
    spikes: tuple[npt.NDArray[np.int8], ...] | None = None

    __repr__ = short_repr

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


def result_of(
    network: SpikingNetwork,
    spikes: tuple[npt.NDArray[np.int8], ...],
    logits: npt.NDArray[np.int64],
) -> Result:
    """Return the result of a run from its recorded spikes.

    Parameters
    ----------
    network : SpikingNetwork
    spikes : tuple of (T, B, H, W, O) int8 array
        Signs, per layer.
    logits : (T, B, n_classes) int64 array
    """
    sites = [np.count_nonzero(s, axis=4) for s in spikes]  # (T, B, H, W): O does not matter
    fan_out = [network.fan_out(index) for index in range(len(spikes))]
    quiet = ~np.any([site.any(axis=(2, 3)) for site in sites], axis=0)  # (T, B)
    return Result(
        counts=tuple(s.sum(axis=0, dtype=np.int16) for s in spikes),
        logits=logits,
        events=_per_layer(sites).astype(np.int32),
        retractions=_per_layer([np.count_nonzero(s < 0, axis=4) for s in spikes]).astype(np.int32),
        synops=_per_layer([site * fan for site, fan in zip(sites, fan_out)]),
        quiet_at=np.where(quiet.any(axis=0), quiet.argmax(axis=0), len(quiet)).astype(np.int32),
        spikes=spikes,
    )


def _per_layer(sites: list[npt.NDArray]) -> npt.NDArray[np.int64]:
    """Return sums (B, L, T) of arrays (T, B, H, W)."""
    return np.stack([site.sum(axis=(2, 3), dtype=np.int64).T for site in sites], axis=1)


def joined(parts: Sequence[Result]) -> Result:
    """Return one result for the images of one or more results of the same network and steps."""

    def columns(name: str, axis: int) -> tuple[npt.NDArray, ...]:
        layers = zip(*(getattr(part, name) for part in parts))
        return tuple(np.concatenate(layer, axis=axis) for layer in layers)

    images_first = ("events", "retractions", "synops", "quiet_at")
    return Result(
        counts=columns("counts", axis=0),
        logits=np.concatenate([part.logits for part in parts], axis=1),
        spikes=None if parts[0].spikes is None else columns("spikes", axis=1),
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in images_first},
    )


def _same(a: object, b: object) -> bool:
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    return a is b
