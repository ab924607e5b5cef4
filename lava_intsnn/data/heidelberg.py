"""The HDF5 layout of the Heidelberg data sets, read in blocks.

``spikes/times`` (variable-length float16, seconds) and ``spikes/units`` (variable-length uint16)
have an entry per sample, as have ``labels`` and ``extra/speaker``; ``extra/keys`` names the
classes. Files of others in this layout may lack what is in ``extra``. tonic reads the same layout,
but reopens the file for every sample and is about 25 times slower.

Such files have hundreds of megabytes, so they are read here and not in a child process. Nothing
outside the file is read: links that are not hard, external storage and virtual data sets are
refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.data.errors import DO_FIX, DataError, unreadable
from lava_intsnn.storage.hdf5_child import Refused, check_link, check_storage

#: Data sets with an entry for each sample.
_SPIKES = ("spikes/times", "spikes/units")
_EACH = ("labels", *_SPIKES)
_SPEAKERS, _KEYS = "extra/speaker", "extra/keys"
_BLOCK = 256  # samples read at once: some 10 MB of SHD


class Recordings:
    """One file of spike trains.

    Parameters
    ----------
    path : path

    complete : bool
        Require what is in ``extra``, as the Heidelberg data sets have it.

    Attributes
    ----------
    labels : (N,) array
        As stored.
    speakers : (N,) int32 array or None
    keys : tuple of str
        Names of the classes, by label; empty if there are none.

    Raises
    ------
    DataError
        If the file cannot be read or has another layout.
    """

    def __init__(self, path: Path, *, complete: bool = True) -> None:
        self.path = path
        self.speakers: npt.NDArray[np.int32] | None = None
        self.keys: tuple[str, ...] = ()
        with self._open() as file:
            each = [*_EACH]
            self.labels: np.ndarray = _own(file, "labels")[()]
            if complete or _SPEAKERS in file:
                self.speakers = _own(file, _SPEAKERS)[()].astype(np.int32)
                each.append(_SPEAKERS)
            if complete or _KEYS in file:
                self.keys = tuple(
                    key.decode(errors="replace") if isinstance(key, bytes) else str(key)
                    for key in np.ravel(_own(file, _KEYS)[()])
                )
            for name in _SPIKES:
                self._check_spikes(name, _own(file, name))
            lengths = {name: len(file[name]) for name in each}
        if len(set(lengths.values())) != 1 or len(self) == 0:
            found = ", ".join(f"{n} of {name}" for name, n in lengths.items())
            raise DataError(f"{path} holds {found}: must be as many, and at least 1. {DO_FIX}")

    def __len__(self) -> int:
        return len(self.labels)

    def spikes(self) -> Iterator[tuple[npt.NDArray[np.floating], npt.NDArray[np.integer]]]:
        """Yield each sample's times and channels as they are stored, in order."""
        with self._open() as file:
            times, units = (_own(file, name) for name in _SPIKES)
            for start in range(0, len(self), _BLOCK):
                block = slice(start, start + _BLOCK)
                yield from zip(times[block], units[block])

    def _check_spikes(self, name: str, entries: Any) -> None:
        """Raise DataError unless every entry is a row of numbers."""
        import h5py

        row = h5py.check_vlen_dtype(entries.dtype)
        kind = np.dtype(row or entries.dtype).kind
        if kind not in "uif" or entries.ndim != (1 if row else 2):
            raise DataError(
                f"{self.path}: {name} is of type {row or entries.dtype} and shape {entries.shape}: "
                "must hold a row of numbers for each sample, in a variable-length data set"
            )

    @contextmanager
    def _open(self) -> Iterator[Any]:
        import h5py  # not on the way to other data

        try:
            with h5py.File(self.path, "r") as file:
                yield file
        except (OSError, KeyError, TypeError, AttributeError, ValueError, Refused) as error:
            if isinstance(error, DataError):
                raise
            raise unreadable(self.path, error) or DataError(
                f"{self.path} is no intact file of the SHD layout ({error}). {DO_FIX}"
            ) from error


def _own(file: Any, name: str) -> Any:
    """Return a data set that is a part of the file itself, and reads no other one."""
    import h5py

    group = file
    for part in name.split("/"):
        if part in group:
            check_link(h5py, group, part, name)
        group = group[part]
    check_storage(h5py, group, name)
    return group
