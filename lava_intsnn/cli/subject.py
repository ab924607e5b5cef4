"""The subject of a command: a preset, a network as JSON, or a checkpoint, all as a run."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lava_intsnn.nearest_name import choices
from lava_intsnn.network import Network, NetworkError
from lava_intsnn.presets import PRESETS, Preset, preset, recipe_for
from lava_intsnn.storage.file_kinds import kind_of_file
from lava_intsnn.storage.regular_file import open_regular, read_regular
from lava_intsnn.trained import bundled

if TYPE_CHECKING:
    from lava_intsnn.state import State
    from lava_intsnn.training.training_run import Training

#: Bytes of the longest description, far beyond that of any network.
_MAX_JSON = 1 << 24


def run_of(args: argparse.Namespace) -> Training:
    """Return the run of ``args.subject``; that of a preset or a network has not begun.

    Raises
    ------
    ValueError
        If it is none of these, or ``args.precision`` or ``args.seed`` contradict the file.
    """
    from lava_intsnn.training.training_run import start

    seed = getattr(args, "seed", None) or 0
    precision = getattr(args, "precision", None)
    if getattr(args, "pretrained", False):
        training = bundled.pretrained(args.subject).training
        require_agreement(args, precision=str(training.network.precision), seed=training.state.seed)
        return training
    if args.subject in PRESETS:
        chosen = preset(args.subject)
        network = chosen.network(precision)
        return start(network, chosen.recipe_of(network), data="", seed=seed, preset=chosen.name)
    if not os.path.exists(args.subject):
        preset_like(args.subject)
        raise ValueError(
            f"no checkpoint at {args.subject!r}, nor a network as JSON: `lava-intsnn train PRESET "
            f"--out {args.subject}` makes a checkpoint; presets are "
            f"{choices(args.subject, PRESETS)}"
        )
    if is_description(args.subject):
        network = described(args.subject)
        require_agreement(args, precision=str(network.precision))
        return start(network, recipe_for(network), data="", seed=seed)
    training = checkpoint(args.subject)
    require_agreement(args, precision=str(training.network.precision), seed=training.state.seed)
    return training


def preset_like(name: str) -> None:
    """Raise the error for an unknown preset if ``name`` does not look like a file's."""
    if not os.path.splitext(name)[1] and os.sep not in name:
        raise ValueError(
            f"{name!r} is neither a preset nor a file that exists; the presets known are "
            f"{choices(name, PRESETS)}"
        )


def anew(args: argparse.Namespace) -> Training:
    """Return a run of the network of ``args.subject``, from its first epoch on.

    A checkpoint gives its network, recipe and preset; its weights are left aside.
    """
    from lava_intsnn.training.training_run import start

    found = run_of(argparse.Namespace(subject=args.subject, precision=args.precision))
    seed = getattr(args, "seed", None) or 0
    own = found.own_data
    return start(found.network, found.recipe, data="", seed=seed, preset=found.preset, own_data=own)


def is_description(path: str) -> bool:
    """Whether a file holds JSON, by its first character or its name."""
    try:
        with open_regular(path) as file:
            return path.endswith(".json") or file.read(64).lstrip()[:1] == b"{"
    except OSError:
        return path.endswith(".json")


def described(path: str) -> Network:
    """Read a network's description from a JSON file."""
    try:
        return Network.from_json(read_regular(path, at_most=_MAX_JSON).decode())
    except (OSError, UnicodeDecodeError) as error:
        found = error.strerror if isinstance(error, OSError) else kind_of_file(path)
        raise ValueError(f"{path}: cannot be read as a network's description: {found}") from None
    except NetworkError as error:
        found = kind_of_file(path)
        what = "" if found.startswith("it is JSON") else f"; {found}"
        raise ValueError(f"{path}: {error}{what}") from None


def checkpoint(path: str) -> Training:
    """Read a checkpoint, with a clear error for a missing file."""
    from lava_intsnn.formats.checkpoint import load_checkpoint

    if not os.path.exists(path):
        raise ValueError(
            f"no checkpoint at {path!r}: `lava-intsnn train PRESET --out {path}` makes one"
        )
    return load_checkpoint(path)


def learned(path: str) -> Training:
    """Read a checkpoint, or the trained network of that name that comes with the package."""
    if not os.path.exists(path) and path in bundled.pretrained_names():
        return bundled.pretrained(path).training
    return checkpoint(path)


def preset_of(training: Training) -> Preset | None:
    """Return the preset whose data set is that of a run, or None if its data are its own."""
    name = training.preset or training.network.name
    return None if training.own_data or name not in PRESETS else preset(name)


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


def require_shape(what: str, network: Network, own: Network) -> None:
    """Raise ValueError if ``network`` does not fit the data of the preset's ``own``."""
    if (network.n_values, network.n_classes) != (own.n_values, own.n_classes):
        raise ValueError(
            f"{what}: takes {network.n_values} values a sample to {network.n_classes} classes, "
            f"the data of {own.name} have {own.n_values} and {own.n_classes}"
        )


def network_and_state(args: argparse.Namespace) -> tuple[Network, State, Training]:
    """Return the network and state that ``add_source`` and ``add_guarded`` name, and their run.

    Presets and bare descriptions get their initial weights.
    """
    training = run_of(args)
    # as it continues to learn: its error may have halved since the first epoch
    network, state = training.current_network, training.state
    if args.guarded:
        from lava_intsnn.network.guarded import inference_network

        network = inference_network(network)
    return network, state, replace(training, network=training.network)


def untrained_note(args: argparse.Namespace) -> str:
    """Return a line that says so if ``args.subject`` has learned nothing, and "" otherwise."""
    name = args.subject
    if args.pretrained or (name not in PRESETS and not is_description(name)):
        return ""
    trained = name in PRESETS and name in bundled.pretrained_names()
    own = "add --pretrained for those that come with the package, or " if trained else ""
    return (
        f"note: {name} has the weights it begins with, which have learned nothing; {own}name a "
        f"checkpoint of `lava-intsnn train {name} --out FILE`\n"
    )


def file_of(args: argparse.Namespace) -> str | None:
    """Return ``args.subject`` if it is a file, not a preset."""
    return None if args.subject in PRESETS else args.subject
