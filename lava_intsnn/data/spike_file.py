"""HDF5 files in the layout of the Spiking Heidelberg Digits, with any channels and classes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from lava_intsnn.data.binning import bin_spikes, check_binning
from lava_intsnn.data.errors import DataError
from lava_intsnn.data.heidelberg import Recordings
from lava_intsnn.progress_bar import progress_over


def channels_of(paths: Iterable[Path]) -> int:
    """Return how many channels hold all spikes of some files."""
    top = 0
    for path in paths:
        for index, (_, units) in enumerate(Recordings(path, complete=False).spikes()):
            if not len(units):
                continue
            highest = units.max()
            if units.dtype.kind not in "uif" or not np.isfinite(highest) or units.min() < 0:
                raise DataError(f"{path}, sample {index}: channels must be numbers from 0 on")
            top = max(top, int(highest) + 1)
    return top


def spike_file(path: Path, *, frames: int, group: int, channels: int) -> dict[str, Any]:
    """Return a file's spikes, counted in frames, with labels, names of classes and speakers.

    Parameters
    ----------
    path : path
    frames, group, channels : int
        See :func:`~lava_intsnn.data.binning.bin_spikes`.

    Raises
    ------
    DataError
        If the file is damaged, has another layout, or a channel is out of range.
    """
    check_binning(frames=frames, group=group, channels=channels)
    recordings = Recordings(path, complete=False)
    counts = np.empty((len(recordings), frames, channels // group), dtype=np.uint8)
    name = f"binning {path.name}"
    spikes = progress_over(recordings.spikes(), len(recordings), name=name)
    for index, (times, units) in enumerate(spikes):
        try:
            row = bin_spikes(times, units, frames=frames, group=group, channels=channels)
        except DataError as error:
            raise DataError(f"{path}, sample {index}: {error}") from error
        counts[index] = row.reshape(frames, -1)
    return {
        "images": counts,
        "labels": recordings.labels,
        "classes": recordings.keys or None,
        "speakers": recordings.speakers,
    }
