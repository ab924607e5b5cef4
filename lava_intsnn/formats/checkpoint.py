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

#: Version 2 may have fields of :data:`_OPTIONAL`; files without them are of version 1.
KIND, VERSION = "checkpoint", 2

_FIELDS = ("network", "recipe", "preset", "data", "seed", "updates", "epoch", "history")
_OPTIONAL = ("own_data",)
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
    more = {name: getattr(training, name) for name in _OPTIONAL if getattr(training, name)}
    arrays = {f"w{index}": w for index, w in enumerate(training.state.weights)}
    version = VERSION if more else 1
    container.write(path, kind=KIND, version=version, header=header | more, arrays=arrays)


def load_checkpoint(path: str | os.PathLike[str]) -> Training:
    """Read what :func:`save_checkpoint` wrote, equal in every bit.

    Raises
    ------
    FileFormatError
        If the file is missing, truncated, damaged, foreign or too new, or holds values that are out
        of range or do not fit each other: names the path, what was found and the fix.
    """
    header, arrays = container.read(path, kind=KIND, max_version=VERSION)
    try:
        if set(header) - set(_OPTIONAL) != set(_FIELDS):
            raise ValueError(f"its header has the fields {sorted(header)}, not {sorted(_FIELDS)}")
        network = Network.from_json(json.dumps(header["network"]))
        network.check()
        recipe = Recipe(**header["recipe"])
        training = Training(
            network=network,
            recipe=recipe,
            state=_state(network, header, arrays),
            data=header["data"],
            preset=header["preset"],
            epoch=header["epoch"],
            history=tuple(_record(*numbered) for numbered in enumerate(header["history"])),
            **{name: header[name] for name in _OPTIONAL if name in header},
        )
        if len(training.history) != training.epoch:
            raise ValueError(
                f"it says {training.epoch} of {recipe.epochs} epochs are done and records "
                f"{len(training.history)}: these must agree"
            )
    except (ValueError, TypeError) as error:
        raise FileFormatError(f"{path} holds no valid run: {error}. {_FIX}") from error
    return training


#: The names at the top of the package.
save, load = save_checkpoint, load_checkpoint


def _state(network: Network, header: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> State:
    expected = {f"w{index}" for index in range(len(network.layers))}
    if set(arrays) != expected:
        raise ValueError(
            f"its arrays are {', '.join(sorted(arrays)) or 'none'}, where the network of "
            f"{len(network.layers)} layers needs {', '.join(sorted(expected))}"
        )
    weights = tuple(arrays[f"w{index}"] for index in range(len(network.layers)))
    state = State(weights=weights, seed=header["seed"], updates=header["updates"])
    state.validate(network)
    return state


def _record(number: int, fields: Any) -> EpochRecord:
    try:
        return EpochRecord(**fields)
    except (ValueError, TypeError) as error:
        raise ValueError(f"history entry {number}: {error}") from None
