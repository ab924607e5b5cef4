"""The weights of a network of ours that another program trained: a torch state in an ``.npz``.

Its arrays have the names of :class:`~lava_intsnn.conversion.ann.QuantisedAnn`'s state:
``convs.N.weight``, ``norms.N.weight``, ``.bias``, ``.running_mean``, ``.running_var`` and
``readout``. Weights may be codes, as integers. Others are left aside.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion.ann_spec import AnnSpec
from lava_intsnn.storage.container_entries import plain_array
from lava_intsnn.storage.errors import FileFormatError
from lava_intsnn.storage.regular_file import open_regular

#: Bytes of an array's own header, and of its widest number.
_HEADER, _WIDEST = 1 << 12, 8
_FIX = "give an .npz of the network's torch state, or another --preset"


def state_shapes(spec: AnnSpec) -> dict[str, tuple[int, ...]]:
    """Return the shape of every array of the state by its name."""
    stack = spec.stack
    shapes: dict[str, tuple[int, ...]] = {"readout": (stack.n_classes, stack.n_features)}
    for index, block in enumerate(stack.blocks):
        out, kernel, _, channels = block.weight_shape
        shapes[f"convs.{index}.weight"] = (out, channels, kernel, kernel)
        for name in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"norms.{index}.{name}"] = (out,)
    return shapes


@checks_kinds
def read_torch_state(
    path: str | os.PathLike[str], spec: AnnSpec
) -> dict[str, npt.NDArray[np.float32]]:
    """Return the state of a network of this specification, in float32.

    Raises
    ------
    FileFormatError
        If the file is no such archive, lacks an array, or one has another shape, or a value that is
        not finite.
    """
    path = Path(path)
    found = {}
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            held = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            for name, shape in state_shapes(spec).items():
                info = held.get(name)
                if info is None:
                    raise FileFormatError(f"{path} holds no array {name!r}: {_FIX}")
                if info.file_size > _HEADER + _WIDEST * int(np.prod(shape)):  # before it is read
                    raise FileFormatError(f"{path}: {name} is larger than {shape}: {_FIX}")
                found[name] = plain_array(path, name, archive.read(info))
    except FileFormatError:
        raise
    except Exception as error:  # zipfile raises a dozen types on damaged archives
        raise FileFormatError(
            f"{path} cannot be read ({type(error).__name__}: {error}): {_FIX}"
        ) from error
    for name, shape in state_shapes(spec).items():
        if found[name].shape != shape:
            raise FileFormatError(f"{path}: {name} is {found[name].shape}, not {shape}: {_FIX}")
        with np.errstate(over="ignore"):
            found[name] = found[name].astype(np.float32)
        if not np.isfinite(found[name]).all():
            raise FileFormatError(f"{path}: {name} holds a value that is not finite: {_FIX}")
    return found
