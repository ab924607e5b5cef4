"""Checkpoints: an exact :class:`~lava_intsnn.training.training_run.Training` in a file.

The container's header holds the network and the recipe as JSON, the counters and the history. Its
arrays ``w0``, ``w1``, ... are the shadow weights in the layers' ``weight_shape``: int32, or float32
in fp32.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from lava_intsnn.network import Network
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import State
from lava_intsnn.storage import container
from lava_intsnn.storage.errors import FileFormatError
from lava_intsnn.training.training_run import EpochRecord, Training

KIND, VERSION = "checkpoint", 1

#: Header field -> its type.
_FIELDS: dict[str, type | tuple[type, ...]] = {
    "network": dict,
    "recipe": dict,
    "preset": str,
    "data": str,
    "seed": int,
    "updates": int,
    "epoch": int,
    "history": list,
}
_RECORD: dict[str, type | tuple[type, ...]] = {
    "epoch": int,
    "train_accuracy": (int, float),
    "validation_accuracy": (int, float, type(None)),
    "saturated": list,
    "seconds": (int, float),
}
_FIX = "Use another copy of it, or train anew"


def save_checkpoint(path: str | os.PathLike[str], training: Training) -> None:
    """Write ``training`` to ``path`` atomically: a reader sees the old run or the new one.

    Raises
    ------
    ValueError
        If the state does not fit the network.
    FileFormatError, OSError
        If the file cannot be written; ``path`` then keeps its content.
    """
    training.state.validate(training.network)
    header = {
        "network": json.loads(training.network.to_json()),
        "recipe": dataclasses.asdict(training.recipe),
        "preset": training.preset,
        "data": training.data,
        "seed": training.state.seed,
        "updates": training.state.updates,
        "epoch": training.epoch,
        "history": [dataclasses.asdict(record) for record in training.history],
    }
    arrays = {f"w{index}": w for index, w in enumerate(training.state.weights)}
    container.write(path, kind=KIND, version=VERSION, header=header, arrays=arrays)


def load_checkpoint(path: str | os.PathLike[str]) -> Training:
    """Read what :func:`save_checkpoint` wrote, equal in every bit.

    Raises
    ------
    FileFormatError
        If the file is missing, truncated, damaged, foreign or too new, or holds values that are out
        of range or do not fit each other: names the path, what was found and the fix.
    """
    header, arrays = container.read(path, kind=KIND, max_version=VERSION)
    _check_fields(path, "header", header, _FIELDS)
    try:
        network = Network.from_json(json.dumps(header["network"]))
        network.check()
        recipe = Recipe(**header["recipe"])
        state = _state(network, header, arrays)
    except (ValueError, TypeError) as error:
        raise FileFormatError(f"{path} holds no valid run: {error}. {_FIX}") from error
    history = tuple(
        _record(path, number, record) for number, record in enumerate(header["history"])
    )
    if not 0 <= header["epoch"] <= recipe.epochs or len(history) != header["epoch"]:
        raise FileFormatError(
            f"{path} says {header['epoch']} of {recipe.epochs} epochs are done and records "
            f"{len(history)}: these must agree. {_FIX}"
        )
    return Training(
        network=network,
        recipe=recipe,
        state=state,
        data=header["data"],
        preset=header["preset"],
        epoch=header["epoch"],
        history=history,
    )


#: The names at the top of the package.
save, load = save_checkpoint, load_checkpoint


def _state(network: Network, header: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> State:
    expected = {f"w{index}" for index in range(len(network.layers))}
    if set(arrays) != expected:
        raise ValueError(
            f"its arrays are {', '.join(sorted(arrays)) or 'none'}, where the network of "
            f"{len(network.layers)} layers needs {', '.join(sorted(expected))}"
        )
    if header["updates"] < 0:
        raise ValueError(f"updates = {header['updates']}: must not be negative")
    weights = tuple(arrays[f"w{index}"] for index in range(len(network.layers)))
    state = State(weights=weights, seed=header["seed"], updates=header["updates"])
    state.validate(network)
    return state


def _record(path: str | os.PathLike[str], number: int, record: Any) -> EpochRecord:
    if not isinstance(record, dict):
        raise FileFormatError(f"{path}: history entry {number} is {record!r}, no object. {_FIX}")
    _check_fields(path, f"history entry {number}", record, _RECORD)
    return EpochRecord(**{**record, "saturated": tuple(record["saturated"])})


def _check_fields(
    path: str | os.PathLike[str],
    what: str,
    found: Mapping[str, Any],
    fields: Mapping[str, type | tuple[type, ...]],
) -> None:
    if set(found) != set(fields):
        raise FileFormatError(
            f"{path}: its {what} has the fields {sorted(found)}, where {sorted(fields)} are "
            f"expected. {_FIX}"
        )
    for name, kind in fields.items():
        if isinstance(found[name], bool) or not isinstance(found[name], kind):
            raise FileFormatError(f"{path}: its {what} has {name} = {found[name]!r}. {_FIX}")
