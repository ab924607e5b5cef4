"""The HDF5 layout of the Heidelberg data sets, read in blocks.

``spikes/times`` (variable-length float16, seconds) and ``spikes/units`` (variable-length uint16)
have an entry per sample, as have ``labels`` and ``extra/speaker``; ``extra/keys`` names the
classes. tonic reads the same layout, but reopens the file for every sample and is about 25 times
slower.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.data.errors import DO_FIX, DataError

#: Data sets with an entry for each sample.
_EACH = ("labels", "extra/speaker", "spikes/times", "spikes/units")
_BLOCK = 256  # samples read at once: some 10 MB of SHD


class Recordings:
    """One file of spike trains.

    Parameters
    ----------
    path : path

    Attributes
    ----------
    labels, speakers : (N,) int32 array
    keys : tuple of str
        Names of the classes, by label.

    Raises
    ------
    DataError
        If the file cannot be read or has another layout.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._open() as file:
            self.labels: npt.NDArray[np.int32] = file["labels"][()].astype(np.int32)
            self.speakers: npt.NDArray[np.int32] = file["extra/speaker"][()].astype(np.int32)
            self.keys = tuple(
                key.decode(errors="replace") if isinstance(key, bytes) else str(key)
                for key in file["extra/keys"][()]
            )
            lengths = {name: len(file[name]) for name in _EACH}
        if len(set(lengths.values())) != 1 or len(self) == 0:
            found = ", ".join(f"{n} of {name}" for name, n in lengths.items())
            raise DataError(f"{path} holds {found}: must be as many, and at least 1. {DO_FIX}")

    def __len__(self) -> int:
        return len(self.labels)

    def spikes(self) -> Iterator[tuple[npt.NDArray[np.floating], npt.NDArray[np.integer]]]:
        """Yield each sample's times and channels as they are stored, in order."""
        with self._open() as file:
            times, units = file["spikes/times"], file["spikes/units"]
            for start in range(0, len(self), _BLOCK):
                block = slice(start, start + _BLOCK)
                yield from zip(times[block], units[block])

    @contextmanager
    def _open(self) -> Iterator[Any]:
        import h5py  # not on the way to other data

        try:
            with h5py.File(self.path, "r") as file:
                yield file
        except (OSError, KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"{self.path} is no intact file of the SHD layout ({error}). {DO_FIX}"
            ) from error
