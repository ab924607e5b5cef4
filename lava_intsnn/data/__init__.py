"""Data sets: plain arrays of unsigned bytes with integer labels.

>>> from lava_intsnn import data
>>> train = data.digits("train")
>>> train.images.shape, train.images.dtype
((1437, 64), dtype('uint8'))
"""

from __future__ import annotations

import os

from lava_intsnn.data.cifar10 import cifar10
from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.digits import digits
from lava_intsnn.data.errors import DataError
from lava_intsnn.data.mnist import mnist
from lava_intsnn.data.own_data import OwnData, open_data, read
from lava_intsnn.data.spoken import fsdd, shd

__all__ = [
    "DataError",
    "Dataset",
    "NAMES",
    "OwnData",
    "cifar10",
    "digits",
    "fsdd",
    "load",
    "mnist",
    "open_data",
    "read",
    "shd",
]

#: The names that :func:`load` accepts.
NAMES = ("mnist", "digits", "cifar10", "shd", "fsdd")

_SPOKEN = {"shd": shd, "fsdd": fsdd}
_FROM_FILES = {"mnist": mnist, "cifar10": cifar10}


def load(
    name: str,
    split: str,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    frames: int | None = None,
    group: int | None = None,
) -> Dataset:
    """Return a dataset by name.

    Parameters
    ----------
    name : {"mnist", "digits", "cifar10", "shd", "fsdd"}
    split : {"train", "test"}
    data_dir : path, optional
        Folder holding the files, for data that does not come with a library (all but ``digits``).
    frames, group : int, optional
        For ``shd`` and ``fsdd`` only: frames of a sample (default 10) and channels summed to an
        input (default 4), see :func:`shd`.

    Raises
    ------
    DataError
        If the name or split is unknown, the data are not available, or an option does not apply.
    """
    binning = {"frames": frames, "group": group}
    given = {option: value for option, value in binning.items() if value is not None}
    if name in _SPOKEN:
        return _SPOKEN[name](split, data_dir=data_dir, **given)
    if name not in NAMES:
        raise DataError(f"no dataset is called {name!r}; the names are {', '.join(NAMES)}")
    for option, value in given.items():
        raise DataError(
            f"{option} = {value}: {name} holds images, not spikes to bin; leave it out "
            f"(it is for {' and '.join(_SPOKEN)})"
        )
    return digits(split) if name == "digits" else _FROM_FILES[name](split, data_dir=data_dir)
