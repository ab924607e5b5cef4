"""What the engine does with a few samples: spikes, and weights after learning them, in a file."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.board.core_content import learns
from lava_intsnn.data import Dataset
from lava_intsnn.engine import Engine
from lava_intsnn.field_checks import short_repr
from lava_intsnn.formats.program_file import Compiled
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.random_keys import eval_keys
from lava_intsnn.reference.recording import record
from lava_intsnn.state import State
from lava_intsnn.storage import container
from lava_intsnn.storage.errors import FileFormatError

KIND, VERSION = "recording", 1


@dataclass(frozen=True)
class BoardRecording:
    """Samples, and what became of them.

    Parameters
    ----------
    spikes_in : uint8 (N, T, I)
    labels : int32 (N,)
    spikes_out : uint8 (N, T, O)
        Of the output, without learning.
    weights : tuple of int32 arrays
        Of each layer after learning the samples one after the other; empty without learning.
    """

    spikes_in: np.ndarray
    labels: np.ndarray
    spikes_out: np.ndarray
    weights: tuple[np.ndarray, ...] = ()

    __repr__ = short_repr


def state_of(compiled: Compiled) -> State:
    """Return the state that a program was compiled from, as far as the program knows it.

    Shadow weights are taken to be those of :meth:`.Precision.shadow`, and shadow delays those of
    :meth:`.Dense.shadow_delays`.
    """
    network, image = compiled.described, compiled.image
    weights, delays = [], []
    for layer, group in zip(network.layers, image.program.groups):
        held = [
            image.data[block.name]
            for block in image.program.blocks_into(group.name)
            if block.port in ("a", "recurrent")
        ]
        joined = np.concatenate([block.weights for block in held], axis=1).astype(np.int32)
        weights.append(network.precision.shadow(joined))
        given = held[0].delays if layer.delays_in_state else None
        delays.append(None if given is None else layer.shadow_delays(given))
    return State(
        tuple(weights),
        seed=compiled.seed,
        updates=compiled.updates,
        delays=tuple(delays) if any(d is not None for d in delays) else (),
    )


def record_samples(compiled: Compiled, data: Dataset | None, *, samples: int) -> BoardRecording:
    """Run samples in the reference, and learn them in the engine.

    Parameters
    ----------
    data : Dataset or None
        Its first ``samples`` are taken; random ones if None.

    Raises
    ------
    NetworkError
        If the data do not fit the network.
    """
    network, state = compiled.described, state_of(compiled)
    if data is None:
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (samples, network.n_values)).astype(np.uint8)
        labels = rng.integers(0, network.n_classes, samples).astype(np.int32)
    else:
        check_data(network, data)
        images, labels = data.images[:samples], data.labels[:samples].astype(np.int32)
    keys = eval_keys(state.seed, len(images))
    found = [record(network, state, image, key=key) for image, key in zip(images, keys)]
    after: tuple[np.ndarray, ...] = ()
    if learns(compiled):
        with Engine(network, state, threads=1) as engine:
            engine.train_online(images, labels, keys)
            after = engine.state().weights
    return BoardRecording(
        spikes_in=np.array([one.spikes[0] for one in found]).astype(np.uint8),
        labels=labels,
        spikes_out=np.array([one.spikes[-1] for one in found]).astype(np.uint8),
        weights=after,
    )


@checks_kinds
def save_recording(path: str | os.PathLike[str], found: BoardRecording) -> None:
    """Write a recording, atomically."""
    arrays = {name: getattr(found, name) for name in ("spikes_in", "labels", "spikes_out")}
    arrays |= {f"weights.{k}": w for k, w in enumerate(found.weights)}
    header = {"layers": len(found.weights)}
    container.write(path, kind=KIND, version=VERSION, header=header, arrays=arrays)


@checks_kinds
def load_recording(path: str | os.PathLike[str]) -> BoardRecording:
    """Read what :func:`save_recording` wrote.

    Raises
    ------
    FileFormatError
        If the file is missing, damaged, foreign or too new.
    """
    header, arrays = container.read(path, kind=KIND, max_version=VERSION)
    try:
        weights = tuple(arrays[f"weights.{k}"] for k in range(header["layers"]))
        return BoardRecording(arrays["spikes_in"], arrays["labels"], arrays["spikes_out"], weights)
    except (KeyError, TypeError) as error:
        raise FileFormatError(
            f"{path} holds no whole recording: {error}. Write the folder again"
        ) from None
