"""HDF5 files in the layout of the Spiking Heidelberg Digits, with any channels and classes."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.data.binning import MAX_CHANNELS, bin_spikes, check_binning
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
            if not 0 <= units.min() <= highest < MAX_CHANNELS:
                raise DataError(
                    f"{path}, sample {index}: channels reach from {units.min()} to {highest}: must "
                    f"be in 0..{MAX_CHANNELS - 1}"
                )
            top = max(top, int(highest) + 1)
    return top


def spike_file(path: Path, *, frames: int, group: int, channels: int) -> dict[str, Any]:
    """Return a file's labels, names of classes, speakers, and what counts its spikes in frames.

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
    return {
        "images": partial(_counts, recordings, frames=frames, group=group, channels=channels),
        "labels": recordings.labels,
        "classes": recordings.keys or None,
        "speakers": recordings.speakers,
    }


def _counts(
    recordings: Recordings, *, frames: int, group: int, channels: int
) -> npt.NDArray[np.uint8]:
    path = recordings.path
    counts = np.empty((len(recordings), frames, channels // group), dtype=np.uint8)
    name = f"binning {path.name}"
    spikes = progress_over(recordings.spikes(), len(recordings), name=name)
    for index, (times, units) in enumerate(spikes):
        try:
            row = bin_spikes(times, units, frames=frames, group=group, channels=channels)
        except DataError as error:
            raise DataError(f"{path}, sample {index}: {error}") from error
        counts[index] = row.reshape(frames, -1)
    return counts
