"""Checkpoints: an exact :class:`~lava_intsnn.training.training_run.Training` in a file.

The container's header holds the network and the recipe as JSON, the counters and the history. Its
arrays ``w0``, ``w1``, ... are the shadow weights in the layers' ``weight_shape``: int32, int16 or
int8, or float32 in fp32. ``d0``, ``d1``, ... are the shadow delays of the layers that have theirs
in the state: uint8, or uint16 or uint32 with fractional bits; float32 where they learn in fp32.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network import Network
from lava_intsnn.presets import recipe_for
from lava_intsnn.recipe import Recipe
from lava_intsnn.state import State
from lava_intsnn.storage import container
from lava_intsnn.training.training_run import EpochRecord, Training

KIND, VERSION = "checkpoint", 6

_FIELDS = ("network", "recipe", "preset", "data", "seed", "updates", "epoch", "history")
#: Fields that are left out if empty -> the version that has them; without, a file is of version 1.
_OPTIONAL = {"own_data": 2, "classes": 3, "reading": 3}
#: The versions that have delays, augmentation beyond shifts, and shadow delays.
_DELAYS, _AUGMENT, _SHADOW_DELAYS = 4, 5, 6
_FIX = "Use another copy of it, or train anew"


@checks_kinds
def save_checkpoint(
    path: str | os.PathLike[str], training: Training, *, narrow: bool = False
) -> None:
    """Write ``training`` to ``path`` atomically: a reader sees the old run or the new one.

    With ``narrow`` integer weights are stored in the fewest bytes that hold their width, which
    releases before 0.2 cannot read.

    Raises
    ------
    ValueError
        If the state does not fit the network, or the ending of ``path`` is that of other files.
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
    if narrow and not training.network.precision.floating:
        arrays = {name: w.astype(np.min_scalar_type(_least(w))) for name, w in arrays.items()}
    layers = training.network.all_layers
    held = zip(layers, training.state.delays)
    delays = {
        f"d{index}": d if d.dtype.kind == "f" else d.astype(np.min_scalar_type(layer.d_shadow_max))
        for index, (layer, d) in enumerate(held)
        if d is not None
    }
    learned = any(layer.delay_bits or layer.delay_lr_shift is not None for layer in layers)
    versions = [*(_OPTIONAL[name] for name in more), *([_DELAYS] if delays else [])]
    versions += [] if isinstance(training.recipe.augment, int) else [_AUGMENT]
    versions += [_SHADOW_DELAYS] * learned
    version, arrays = max(versions, default=1), arrays | delays
    container.write(path, kind=KIND, version=version, header=header | more, arrays=arrays)


@checks_kinds
def load_checkpoint(path: str | os.PathLike[str]) -> Training:
    """Read what :func:`save_checkpoint` wrote, equal in every bit.

    Raises
    ------
    FileFormatError
        If the file is missing, truncated, damaged, foreign or too new, or holds values that are out
        of range or do not fit each other: names the path, what was found and the fix.
    """
    header, arrays = container.read(path, kind=KIND, max_version=VERSION)
    with container.understood(path, "run", _FIX):
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
    return training


@checks_kinds
def save(
    path: str | os.PathLike[str],
    network: Network | Training,
    state: State | None = None,
    *,
    recipe: Recipe | None = None,
) -> None:
    """Write a network and what it has learned to ``path``, atomically.

    Parameters
    ----------
    path : path
        Read it with :func:`load_checkpoint`, or give it to any command. It ends in ``.npz``, or
        has no ending.
    network : Network or Training
        A run (:class:`~lava_intsnn.training.training_run.Training`) brings its own state, recipe
        and history, and can be resumed.
    state : State
        What ``network`` has learned, as :func:`lava_intsnn.train` returns it.
    recipe : Recipe, optional
        How it was trained, which ``train --from`` continues. By default that of the preset with
        the network's name, or the standard schedule.

    Raises
    ------
    TypeError
        If the arguments are others, or in another order.
    ValueError
        If the state does not fit the network, or the ending of ``path`` is that of other files.
    FileFormatError, OSError
        If the file cannot be written; ``path`` then keeps its content.
    """
    if isinstance(network, Training):
        if state is not None or recipe is not None:
            raise TypeError("save(path, training): a run brings its own state and recipe")
        save_checkpoint(path, network)
        return
    if state is None:
        raise TypeError("save(path, network, state): the state is missing")
    recipe = recipe or recipe_for(network)
    save_checkpoint(path, Training(network=network, recipe=recipe, state=state, data=""))


#: The name at the top of the package.
load = load_checkpoint


def _state(network: Network, header: Mapping[str, Any], arrays: dict[str, np.ndarray]) -> State:
    layers = range(len(network.all_layers))
    delayed = [f"d{index}" for index in layers if network.all_layers[index].delays_in_state]
    expected = {*(f"w{index}" for index in layers), *delayed}
    if set(arrays) != expected:
        raise ValueError(
            f"its arrays are {', '.join(sorted(arrays)) or 'none'}, where the network of "
            f"{len(network.all_layers)} layers needs {', '.join(sorted(expected))}"
        )
    weights = tuple(_widened(arrays[f"w{index}"]) for index in layers)
    delays = tuple(arrays.get(f"d{index}") for index in layers) if delayed else ()
    state = State(weights, seed=header["seed"], updates=header["updates"], delays=delays)
    state.validate(network)
    return state


def _least(w: np.ndarray) -> int:
    """Return a negative integer that needs as many bits as the weights."""
    return min(-1, int(w.min(initial=0)), ~int(w.max(initial=0)))


def _widened(w: np.ndarray) -> np.ndarray:
    """Return weights that were stored in fewer bytes as int32, and others as they are."""
    return w.astype(np.int32) if w.dtype in (np.int8, np.int16) else w


def _record(number: int, fields: Any) -> EpochRecord:
    try:
        return EpochRecord(**fields)
    except (ValueError, TypeError) as error:
        raise ValueError(f"history entry {number}: {error}") from None
