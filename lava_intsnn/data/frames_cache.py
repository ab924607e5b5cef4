"""A cache of binned frames."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lava_intsnn.data import prepared

_KIND = "frames"

#: To be raised when :func:`lava_intsnn.data.binning.bin_spikes` gives other counts.
VERSION = 1


@dataclass(frozen=True, eq=False)
class Frames:
    """Counts ``(N, T * C)`` uint8, labels and speakers ``(N,)`` int32."""

    counts: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int32]
    speakers: npt.NDArray[np.int32]


def path_of(source: Path, *, frames: int, group: int) -> Path:
    """Return the path of the frames of ``source``; it depends on the content of ``source``."""
    return prepared.path_of(
        source,
        folder="frames",
        tag=f"{frames}x{group}",
        version=VERSION,
        options=f"{frames} {group}",
    )


def recall(path: Path) -> Frames | None:
    """Return what :func:`keep` stored, or None if that is not there or not intact."""
    arrays = prepared.recall(path, kind=_KIND, version=VERSION)
    with contextlib.suppress(KeyError):
        if arrays is not None:
            return Frames(arrays["counts"], arrays["labels"], arrays["speakers"])
    return None


def keep(path: Path, found: Frames) -> None:
    """Store ``found`` if the folder can be written."""
    arrays: dict[str, np.ndarray] = {
        "counts": found.counts,
        "labels": found.labels,
        "speakers": found.speakers,
    }
    prepared.keep(path, kind=_KIND, version=VERSION, arrays=arrays)
