"""A quantised network alone, without its run, small: ternary weights take 1.6 bits each.

Nothing is lost: the network is that of the run in every bit. Batch norms that float32 holds
exactly, which are those of torch, are stored so.
"""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.formats import quantised_file
from lava_intsnn.formats.ternary_packing import is_ternary, pack_ternary, unpack_ternary
from lava_intsnn.storage import container

if TYPE_CHECKING:
    from lava_intsnn.formats.ann_checkpoint import AnnFile

KIND, VERSION = "quantised-network", 1


@checks_kinds
def save_packed(path: str | os.PathLike[str], file: AnnFile) -> None:
    """Write a quantised network and its origin, atomically; equal ones give equal bytes.

    Parameters
    ----------
    path : path
    file : AnnFile
        What :func:`~lava_intsnn.conversion.load_ann_file` returned.

    Raises
    ------
    FileFormatError, OSError
        If the file cannot be written; ``path`` then keeps its content.
    """
    network, arrays = quantised_file.fields(file.network)
    header = {
        "network": network,
        "spec": dataclasses.asdict(file.spec),
        "preset": file.preset,
        "epochs": file.epochs,
        "ternary": {name: list(a.shape) for name, a in arrays.items() if is_ternary(a)},
    }
    stored = {name: _narrow(array) for name, array in arrays.items()}
    container.write(path, kind=KIND, version=VERSION, header=header, arrays=stored)


def unpacked(
    header: dict[str, Any], arrays: dict[str, npt.NDArray]
) -> tuple[dict[str, Any], dict[str, npt.NDArray]]:
    """Return the header and arrays as :mod:`.quantised_file` wrote them.

    Raises
    ------
    ValueError, KeyError, TypeError
        If packed arrays do not fit their shapes.
    """
    found = {}
    ternary = dict(header["ternary"])
    for name, array in arrays.items():
        if name in ternary:
            found[name] = unpack_ternary(array, tuple(ternary.pop(name)))
        else:
            found[name] = array.astype(np.float64) if array.dtype == np.float32 else array
    if ternary:
        raise ValueError(f"it names packed arrays that it lacks: {sorted(ternary)}")
    return header["network"], found


def _narrow(array: npt.NDArray) -> npt.NDArray:
    if is_ternary(array):
        return pack_ternary(array)
    if array.dtype == np.float64:
        narrow = array.astype(np.float32)
        if np.array_equal(narrow.astype(np.float64), array):
            return narrow
    return array
