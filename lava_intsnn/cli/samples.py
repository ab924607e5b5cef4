"""The samples of a command: those of a preset, or files of the user's own."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli.subject import preset_of
from lava_intsnn.network import NetworkError
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.presets import Preset

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.network import Network
    from lava_intsnn.training.training_run import Training


def samples(
    args: argparse.Namespace, training: Training, split: str, *, limit: int | None = None
) -> Dataset:
    """Return the data of a run, as ``add_data`` names them, or their first ``limit`` samples.

    Raises
    ------
    ValueError
        If neither the options nor the run say which these are, or they do not fit its network.
    """
    found = _own_samples(args, training, split) or _presets_own(args, training, split)
    found = numbered(found, training.classes)
    require_fit(found, training.network)
    return found if limit is None else found.head(limit)


def numbered(found: Dataset, classes: tuple[str, ...]) -> Dataset:
    """Return data with the numbers that the training data gave their classes, if both name them."""
    return found.with_classes(classes) if classes and found.classes else found


def test_samples(args: argparse.Namespace, training: Training) -> Dataset | None:
    """Return the samples to test a run with that was trained on ``--data``, if there are any.

    Data without a part for each were all trained on.
    """
    from lava_intsnn.data import open_data

    if args.data and not args.test:
        found = open_data(args.data)
        if not (found.has("train") and found.has("test")):
            return None
    return samples(args, training, "test")


def _own_samples(args: argparse.Namespace, training: Training, split: str) -> Dataset | None:
    """Return files of the user's own, read as those that the run was trained on by default."""
    try:
        return own_samples(args, training.network, split, as_trained=training.reading)
    except ValueError as error:
        if args.read or not training.reading:
            raise
        told = " ".join(f"--read {text}" for text in training.reading)
        raise ValueError(
            f"{error} (read as for training, with {told}; another --read replaces that)"
        ) from error


def own_samples(
    args: argparse.Namespace,
    network: Network | None,
    split: str,
    *,
    as_trained: Sequence[str] = (),
) -> Dataset | None:
    """Return what ``--data`` or, for tests, ``--test`` names; None if neither is given.

    Without ``--read`` they are read ``as_trained``, if that is given.
    """
    from lava_intsnn import data

    path = (args.test if split == "test" else None) or args.data
    if not path:
        if args.read:
            raise ValueError("--read: says how to read --data or --test, and neither is given")
        return None
    found = data.open_data(path)
    given = dict(args.read or map(reading, as_trained))
    if found.kind == "spikes" and network is not None and network.graded:
        given.setdefault("frames", network.steps)
        given.setdefault("channels", network.n_in * given.get("group", 1))
    # files of one part may be what is asked, whatever they call themselves
    part = split if found.has(split) or len(found.parts) != 1 else found.parts[0]
    return found.read(part, **given)


def training_samples(
    args: argparse.Namespace, training: Training
) -> tuple[Dataset, Dataset | None]:
    """Return the training data of a run and the held-out data, as the options say."""
    found = samples(args, training, "train", limit=args.limit)
    if args.hold_out_speakers is not None:
        return found.hold_out_speakers(args.hold_out_speakers)
    return held_out(args, found, args.validate) if args.validate else (found, None)


def held_out(args: argparse.Namespace, found: Dataset, n: int) -> tuple[Dataset, Dataset]:
    """Set ``n`` samples aside: the last of a preset's data, any of others, which may be sorted."""
    return found.split_validation(n, seed=0 if args.data else None)


def preset_samples(
    chosen: Preset, split: str, *, data_dir: str | None, limit: int | None = None
) -> Dataset:
    """Return the data set of a preset, or its first ``limit`` samples."""
    from lava_intsnn import data

    options: dict[str, Any] = dict(chosen.data_options)
    found = data.load(chosen.data, split, data_dir=data_dir, **options)
    return found if limit is None else found.head(limit)


def _presets_own(args: argparse.Namespace, training: Training, split: str) -> Dataset:
    chosen = preset_of(training)
    if chosen is not None:
        return preset_samples(chosen, split, data_dir=args.data_dir)
    if training.own_data:
        whose = f"was trained on data of your own, {training.own_data!r} ({training.data})"
    else:
        whose = "comes from no preset"
    option = "--data PATH or --test PATH" if split == "test" else "--data PATH"
    raise ValueError(f"the network {training.network.name!r} {whose}: name its data with {option}")


def require_fit(found: Dataset, network: Network) -> None:
    """Raise ValueError if data do not fit a network, with what to change."""
    fitting = "`lava-intsnn new --data PATH` writes a network that fits"
    try:
        check_data(network, found)
    except NetworkError as error:
        counted_from_1 = found.labels.min() > 0 and found.labels.max() == network.n_classes
        first = " (or give --read first_label=1)" if counted_from_1 else ""
        raise ValueError(f"{error}{first}; {fitting}") from error
    if found.classes is not None and len(found.classes) != network.n_classes:
        raise ValueError(
            f"{found.name} names {len(found.classes)} classes, the network {network.name} has "
            f"{network.n_classes} outputs and does not say which class each is for: train it on "
            f"data that name all {network.n_classes}, or give the labels as numbers; {fitting}"
        )


def reading(text: str) -> tuple[str, Any]:
    """Convert ``first_label=1``, the type of ``--read``."""
    name, _, value = text.partition("=")
    name = name.strip()
    try:
        if name in ("value_range", "size"):
            low, high = value.split(":" if name == "value_range" else "x")
            pair = (float(low), float(high)) if name == "value_range" else (int(low), int(high))
            return name, pair
        if name == "scale":
            return name, float(value)
        if name in ("first_label", "n_classes", "frames", "group", "channels"):
            return name, int(value)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r}: write one of {READINGS}")


def typed_readings(readings: Sequence[tuple[str, Any]]) -> tuple[str, ...]:
    """Return what :func:`reading` makes as it is typed."""
    between = {"value_range": ":", "size": "x"}
    return tuple(
        f"{name}={between[name].join(map(_typed, value)) if name in between else _typed(value)}"
        for name, value in readings
    )


def _typed(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


READINGS = (
    "scale=255, value_range=0:1, first_label=1, n_classes=26, size=28x28, frames=10, group=4, "
    "channels=700"
)
