"""What a command works on: data sets, checkpoints, presets."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from lava_intsnn.network import Network, NetworkError
from lava_intsnn.presets import PRESETS, Preset, preset, variant

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.training import Training


def dataset(
    chosen: Preset, split: str, *, data_dir: str | None, limit: int | None = None
) -> Dataset:
    """Return the data set of a preset, or its first ``limit`` samples."""
    from lava_intsnn import data

    found = data.load(chosen.data, split, data_dir=data_dir, **chosen.data_options)
    return found if limit is None else found.head(limit)


def hold_out(
    data: Dataset, *, validate: int | None, speakers: tuple[int, ...] | None
) -> tuple[Dataset, Dataset | None]:
    """Return what is left to train on and what was held out, as the options ask."""
    if speakers is not None:
        return data.hold_out_speakers(speakers)
    return data.split_validation(validate) if validate else (data, None)


def network_of(args: argparse.Namespace, chosen: Preset) -> Network:
    """Return the preset's network as the options change it, or that of ``--network``."""
    if not args.network:
        return variant(chosen.name, args.precision, propagation=args.propagation, loss=args.loss)
    for option in ("precision", "propagation", "loss"):
        if getattr(args, option):
            raise ValueError(f"--{option} with --network: {args.network} has its own; leave it out")
    try:
        with open(args.network, encoding="utf-8") as file:
            network = Network.from_json(file.read())
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"--network {args.network}: cannot be read: {error}") from None
    except NetworkError as error:
        raise ValueError(f"--network {args.network}: {error}") from None
    own = chosen.network(network.precision)
    if (network.n_values, network.n_classes) != (own.n_values, own.n_classes):
        raise ValueError(
            f"--network {args.network}: takes {network.n_values} values a sample to "
            f"{network.n_classes} classes, the data of {chosen.name} have {own.n_values} and "
            f"{own.n_classes}"
        )
    return network


def checkpoint(path: str) -> Training:
    """Read a checkpoint, with a plain word for a file that is not there."""
    from lava_intsnn.formats.checkpoint import load_checkpoint

    if not os.path.exists(path):
        raise ValueError(
            f"no checkpoint at {path!r}: `lava-intsnn train PRESET --out {path}` makes one"
        )
    return load_checkpoint(path)


def preset_of(training: Training) -> Preset:
    """Return the preset a run came from: its data set is that of the run."""
    name = training.preset or training.network.name
    if name not in PRESETS:
        raise NetworkError(
            f"the checkpoint's network {name!r} comes from no preset, so its data set is unknown: "
            "use it from Python (lava_intsnn.load, lava_intsnn.evaluate)"
        )
    return preset(name)


def subject(text: str) -> str:
    """Tell whether ``PRESET_OR_FILE`` is a ``"preset"`` or a ``"file"``."""
    if text in PRESETS:
        return "preset"
    if os.path.exists(text):
        return "file"
    raise ValueError(
        f"{text!r} is neither a preset ({', '.join(PRESETS)}) nor a checkpoint that exists"
    )
