"""Inputs of commands: data sets, checkpoints, presets."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from lava_intsnn.nearest_name import suggestion
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.presets import PRESETS, Preset, preset, variant

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.state import State
    from lava_intsnn.training.training_run import Training

#: Steps of a sample if neither the file nor a preset gives them.
STEPS = 20


def dataset(
    chosen: Preset, split: str, *, data_dir: str | None, limit: int | None = None
) -> Dataset:
    """Return the data set of a preset, or its first ``limit`` samples."""
    from lava_intsnn import data

    found = data.load(chosen.data, split, data_dir=data_dir, **chosen.data_options)
    return found if limit is None else found.head(limit)


def training_data(args: argparse.Namespace, chosen: Preset) -> tuple[Dataset, Dataset | None]:
    """Return the training data of a preset and the held-out data, as the options say."""
    data = dataset(chosen, "train", data_dir=args.data_dir, limit=args.limit)
    if args.hold_out_speakers is not None:
        return data.hold_out_speakers(args.hold_out_speakers)
    return data.split_validation(args.validate) if args.validate else (data, None)


def network_of(args: argparse.Namespace, chosen: Preset) -> Network:
    """Return the preset's network with the options' changes, or the network of ``--network``."""
    if not args.network:
        return variant(chosen.name, args.precision, propagation=args.propagation, loss=args.loss)
    for option in ("precision", "propagation", "loss"):
        if getattr(args, option):
            raise ValueError(f"--{option} with --network: {args.network} has its own; leave it out")
    network = _described(args.network)
    _require_shape(f"--network {args.network}", network, chosen.network(network.precision))
    return network


def _require_shape(what: str, network: Network, own: Network) -> None:
    """Raise ValueError if ``network`` does not fit the data of the preset's ``own``."""
    if (network.n_values, network.n_classes) != (own.n_values, own.n_classes):
        raise ValueError(
            f"{what}: takes {network.n_values} values a sample to {network.n_classes} classes, "
            f"the data of {own.name} have {own.n_values} and {own.n_classes}"
        )


def _described(path: str) -> Network:
    """Read a network's description from a JSON file."""
    try:
        with open(path, encoding="utf-8") as file:
            return Network.from_json(file.read())
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read as a network: {error}") from None
    except NetworkError as error:
        raise ValueError(f"{path}: {error}") from None


def checkpoint(path: str) -> Training:
    """Read a checkpoint, with a clear error for a missing file."""
    from lava_intsnn.formats.checkpoint import load_checkpoint

    if not os.path.exists(path):
        raise ValueError(
            f"no checkpoint at {path!r}: `lava-intsnn train PRESET --out {path}` makes one"
        )
    return load_checkpoint(path)


def run_of(args: argparse.Namespace) -> Training:
    """Return the run in the file ``args.subject``, or one of that preset, which has not begun.

    Raises
    ------
    ValueError
        If ``args.subject`` is neither, or ``args.precision`` or ``args.seed`` contradict the file.
    """
    from lava_intsnn.training.training_run import start

    if args.subject in PRESETS:
        chosen, seed = preset(args.subject), getattr(args, "seed", None) or 0
        network = chosen.network(args.precision)
        recipe = chosen.recipe_of(network)
        return start(network, recipe, data="", seed=seed, preset=chosen.name)
    if not os.path.exists(args.subject):
        raise ValueError(
            f"{args.subject!r} is neither a preset ({', '.join(PRESETS)}) nor a checkpoint that "
            f"exists{suggestion(args.subject, PRESETS)}"
        )
    training = checkpoint(args.subject)
    require_agreement(args, precision=str(training.network.precision), seed=training.state.seed)
    return training


def fields(training: Training, batch: int | None = None) -> dict[str, Any]:
    """Return what the result of a command says of a run; ``batch`` replaces the network's own."""
    return {
        "preset": training.preset or training.network.name,
        "precision": str(training.network.precision),
        "epochs": training.epoch,
        "seed": training.state.seed,
        "batch": batch or training.network.batch,
    }


def require_agreement(args: argparse.Namespace, **found: object) -> None:
    """Raise ValueError if an option that is given contradicts what ``args.subject`` has."""
    for option, value in found.items():
        if (given := getattr(args, option, None)) not in (None, value):
            raise ValueError(
                f"--{option} {given} contradicts {args.subject}, which has {value}: leave it out"
            )


def network_and_state(args: argparse.Namespace) -> tuple[Network, State, str | None]:
    """Return the network and state that ``add_source`` and ``add_guarded`` name, and its preset.

    Presets and bare descriptions get their initial weights.
    """
    from lava_intsnn.state import initial_state

    if args.subject not in PRESETS and args.subject.endswith(".json"):
        network, name = _described(args.subject), None
        require_agreement(args, precision=str(network.precision))
        state = initial_state(network)
    else:
        training = run_of(args)
        # as it continues to learn: its error may have halved since the first epoch
        network, state = training.current_network, training.state
        name = training.preset or (network.name if network.name in PRESETS else None)
    if args.guarded:
        from lava_intsnn.network.guarded import inference_network

        network = inference_network(network)
    return network, state, name


def imported(args: argparse.Namespace) -> Training:
    """Read the netx or NIR file the options of ``import`` name as a run that has not begun."""
    from lava_intsnn.formats.netx import import_netx
    from lava_intsnn.formats.nir import import_nir
    from lava_intsnn.recipe import Recipe
    from lava_intsnn.training.training_run import Training

    chosen = preset(args.preset) if args.preset else None
    known = chosen.network() if chosen else None
    steps = args.steps or (known.steps if known else STEPS)
    encoder = known.encoder if known else None
    read = import_netx if (args.format or _format(args.file)) == "netx" else import_nir
    network, state = read(args.file, steps=steps, encoder=encoder)
    if known:
        _require_shape(args.file, network, known)
    recipe = chosen.recipe_of(network) if chosen else Recipe(epochs=1)
    preset_name = chosen.name if chosen else ""
    return Training(network=network, recipe=recipe, state=state, data="", preset=preset_name)


def _format(path: str) -> str:
    """Distinguish a netx file from a NIR file; both are HDF5."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            found = set(file)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read as HDF5: {error}") from None
    if "layer" in found:
        return "netx"
    if "node" in found:
        return "nir"
    raise ValueError(
        f"{path}: holds {', '.join(sorted(found)) or 'nothing'}, where netx has 'layer' and NIR "
        "'node': give --format if you know better"
    )


def preset_of(training: Training) -> Preset:
    """Return the preset a run came from, which also names the data set of the run."""
    name = training.preset or training.network.name
    if name not in PRESETS:
        raise NetworkError(
            f"the checkpoint's network {name!r} comes from no preset, so its data set is unknown: "
            "use it from Python (lava_intsnn.load, lava_intsnn.evaluate)"
        )
    return preset(name)


def file_of(args: argparse.Namespace) -> str | None:
    """Return ``args.subject`` if it is a file, not a preset."""
    return None if args.subject in PRESETS else args.subject
