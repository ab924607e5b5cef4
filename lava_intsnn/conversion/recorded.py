"""Results from the spikes of every step, and from parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.network import SpikingNetwork
from lava_intsnn.conversion.result import Result


def result_of(
    network: SpikingNetwork,
    spikes: tuple[npt.NDArray[np.int8], ...],
    logits: npt.NDArray[np.int64],
) -> Result:
    """Return what can be said of recorded spikes.

    Parameters
    ----------
    network : SpikingNetwork
    spikes : tuple of (T, B, H, W, O) int8 array
        Signs, per layer.
    logits : (T, B, n_classes) int64 array
    """
    sites = [np.count_nonzero(s, axis=4) for s in spikes]  # (T, B, H, W): O has no say in fan-out
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
    """Return one result for the images of several, one or more, of the same network and steps."""
    spikes = None
    if all(part.spikes is not None for part in parts):
        spikes = _columns([part.spikes for part in parts], axis=1)
    return Result(
        counts=_columns([part.counts for part in parts], axis=0),
        logits=np.concatenate([part.logits for part in parts], axis=1),
        events=np.concatenate([part.events for part in parts]),
        retractions=np.concatenate([part.retractions for part in parts]),
        synops=np.concatenate([part.synops for part in parts]),
        quiet_at=np.concatenate([part.quiet_at for part in parts]),
        spikes=spikes,
    )


def _columns(rows: list, *, axis: int) -> tuple[npt.NDArray, ...]:
    return tuple(np.concatenate(column, axis=axis) for column in zip(*rows))
