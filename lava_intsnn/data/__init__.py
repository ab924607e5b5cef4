"""Data sets: plain arrays of unsigned bytes with integer labels.

>>> from lava_intsnn import data
>>> train = data.digits("train")
>>> train.images.shape, train.images.dtype
((1437, 64), dtype('uint8'))
"""

from __future__ import annotations

import os
from collections.abc import Callable

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.data.cifar10 import cifar10 as cifar10
from lava_intsnn.data.dataset import Dataset as Dataset
from lava_intsnn.data.digits import digits as digits
from lava_intsnn.data.errors import DataError as DataError
from lava_intsnn.data.event_frames import events as events
from lava_intsnn.data.mnist import mnist as mnist
from lava_intsnn.data.nmnist import nmnist as nmnist
from lava_intsnn.data.own_data import OwnData as OwnData, open_data as open_data, read as read
from lava_intsnn.data.polarities import on_off as on_off
from lava_intsnn.data.spoken import fsdd as fsdd, shd as shd
from lava_intsnn.nearest_name import choices

__all__ = [
    "DataError",
    "Dataset",
    "NAMES",
    "OwnData",
    "cifar10",
    "digits",
    "events",
    "fsdd",
    "load",
    "mnist",
    "nmnist",
    "on_off",
    "open_data",
    "read",
    "shd",
]

#: The names that :func:`load` accepts.
NAMES = ("mnist", "digits", "cifar10", "shd", "fsdd", "nmnist")

_LOADERS: dict[str, Callable[..., Dataset]] = {
    "mnist": mnist,
    "cifar10": cifar10,
    "shd": shd,
    "fsdd": fsdd,
    "nmnist": nmnist,
}
#: What else a name may be given.
_OPTIONS = {
    "cifar10": ("polarities",),
    "shd": ("frames", "group"),
    "fsdd": ("frames", "group"),
    "nmnist": ("frames", "pooling"),
}


@checks_kinds
def load(
    name: str,
    split: str,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    download: bool = True,
    **options: int | None,
) -> Dataset:
    """Return a dataset by name.

    Parameters
    ----------
    name : {"mnist", "digits", "cifar10", "shd", "fsdd", "nmnist"}
    split : {"train", "test"}
    data_dir : path, optional
        Folder holding the files, for data that does not come with a library (all but ``digits``).
    download : bool
        Whether the network may be used for data that are not on this machine.
    **options : int, optional
        For ``shd`` and ``fsdd``: ``frames`` of a sample (default 10) and channels summed to an
        input, ``group`` (default 4), see :func:`shd`. For ``nmnist``: ``frames`` (default 10) and
        ``pooling`` (default 1), see :func:`nmnist`. For ``cifar10``: ``polarities`` (default 1; 2
        gives ON and OFF channels), see :func:`cifar10`.

    Raises
    ------
    DataError
        If the name or split is unknown, the data are not available, or an option does not apply.
    """
    if name not in NAMES:
        raise DataError(f"no dataset is called {name!r}; the names are {choices(name, NAMES)}")
    given = {option: value for option, value in options.items() if value is not None}
    for option, value in given.items():
        if option not in _OPTIONS.get(name, ()):
            takers = " and ".join(n for n, known in _OPTIONS.items() if option in known)
            hint = f" (it is for {takers})" if takers else ""
            raise DataError(f"{option} = {value}: {name} does not take it; leave it out{hint}")
    if name == "digits":
        return digits(split)
    if name != "fsdd":  # of which there is no download
        given["download"] = download
    return _LOADERS[name](split, data_dir=data_dir, **given)
