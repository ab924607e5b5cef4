"""Frames that were binned once, kept for the next time.

Nothing depends on it: a file that is missing, damaged or of another source is made anew, and a
folder that cannot be written only costs the seconds of binning.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lava_intsnn.data.places import cache_dir
from lava_intsnn.formats import FileFormatError, container

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
    """Return where the frames of ``source`` belong: another content has another name."""
    stat = source.stat()
    key = f"{VERSION} {source.resolve()} {stat.st_size} {stat.st_mtime_ns} {frames} {group}"
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return cache_dir() / "frames" / f"{source.stem}-{frames}x{group}-{digest}.npz"


def recall(path: Path) -> Frames | None:
    """Return what :func:`keep` stored, or None if that is not there or not intact."""
    if not path.is_file():
        return None
    with contextlib.suppress(FileFormatError, OSError, KeyError):
        _, arrays = container.read(path, kind=_KIND, max_version=VERSION)
        return Frames(arrays["counts"], arrays["labels"], arrays["speakers"])
    return None


def keep(path: Path, found: Frames) -> None:
    """Store ``found`` if the folder can be written."""
    with contextlib.suppress(FileFormatError, OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        arrays: dict[str, np.ndarray] = {
            "counts": found.counts,
            "labels": found.labels,
            "speakers": found.speakers,
        }
        container.write(path, kind=_KIND, version=VERSION, header={}, arrays=arrays)
