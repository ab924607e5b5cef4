"""Where samples come from: plain arrays of unsigned bytes with integer labels.

>>> from lava_intsnn import data
>>> train = data.digits("train")
>>> train.images.shape, train.images.dtype
((1437, 64), dtype('uint8'))
"""

from __future__ import annotations

import os

from lava_intsnn.data.dataset import Dataset
from lava_intsnn.data.digits import digits
from lava_intsnn.data.errors import DataError
from lava_intsnn.data.mnist import mnist

__all__ = ["DataError", "Dataset", "NAMES", "digits", "load", "mnist"]

#: What :func:`load` knows.
NAMES = ("mnist", "digits")


def load(name: str, split: str, *, data_dir: str | os.PathLike[str] | None = None) -> Dataset:
    """Return a dataset by name.

    Parameters
    ----------
    name : {"mnist", "digits"}
    split : {"train", "test"}
    data_dir : path, optional
        Folder holding the files, for data that does not come with a library (``mnist``).

    Raises
    ------
    DataError
        If the name or split is unknown, or the data cannot be had.
    """
    if name == "mnist":
        return mnist(split, data_dir=data_dir)
    if name == "digits":
        return digits(split)
    raise DataError(f"no dataset is called {name!r}; the names are {', '.join(NAMES)}")
