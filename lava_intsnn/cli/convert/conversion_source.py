"""Inputs of the conversion commands: a training checkpoint or a spiking network."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli import options
from lava_intsnn.conversion.converter import FORMS
from lava_intsnn.conversion.thresholds import AUTHORS_SCALE, MAX_LEVELS

if TYPE_CHECKING:
    from lava_intsnn.conversion.quantised import QuantisedNetwork
    from lava_intsnn.conversion.spiking_network import SpikingNetwork
    from lava_intsnn.data import Dataset

#: Thresholds of a channel by default.
LEVELS = 64
#: Processes that add up inputs in Lava by default.
SYNAPSES = "lava"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The contents of a file.

    Parameters
    ----------
    path : str
    network : SpikingNetwork
    origin : dict
        See :func:`lava_intsnn.formats.spiking.save_spiking`.
    ann : QuantisedNetwork or None
        The network it was converted from, if the file is a training checkpoint.
    """

    path: str
    network: SpikingNetwork
    origin: dict[str, Any]
    ann: QuantisedNetwork | None = None


def add_file(parser: argparse.ArgumentParser, *, spiking: bool) -> None:
    """Add FILE and ``--pretrained``, which :func:`subject` or else :func:`trained` reads."""
    file = "a checkpoint of `convert train --out FILE`, or what `convert pack` made of it"
    if spiking:
        file += ", or a spiking network of `convert to-snn`"
    parser.add_argument("file", metavar="FILE_OR_PRESET", help=file)
    pretrained = "of a preset: the trained network that comes with the package"
    parser.add_argument("--pretrained", action="store_true", help=pretrained)


def path_of(args: argparse.Namespace) -> str:
    """Return the path of the file that :func:`add_file` names."""
    from lava_intsnn.trained.bundled_ann import pretrained_ann_names, pretrained_ann_path

    if getattr(args, "pretrained", False):
        return str(pretrained_ann_path(args.file))
    if os.path.exists(args.file):
        return args.file
    known = f"add --pretrained for the trained {args.file} that comes with the package, or " * (
        args.file in pretrained_ann_names()
    )
    raise ValueError(
        f"no file at {args.file!r}: {known}`lava-intsnn convert train PRESET --out {args.file}` "
        "makes one"
    )


def add_conversion(parser: argparse.ArgumentParser) -> None:
    """Add ``--levels``, ``--thresholds`` and ``--scale``."""
    group = parser.add_argument_group("conversion of a checkpoint")
    levels = f"thresholds of a channel, so the longest run in steps (default {LEVELS})"
    options.add_count(group, "--levels", "M", levels)
    thresholds = (
        "exact: equal to the ANN (default); compact: two numbers a channel; use-int: the "
        "authors' own rounding, for comparison: it differs"
    )
    group.add_argument("--thresholds", choices=FORMS, help=thresholds)
    scale = f"factor between potentials and rounded thresholds (default {AUTHORS_SCALE:,})"
    options.add_count(group, "--scale", "S", scale)


def add_synapses(parser: argparse.ArgumentParser) -> None:
    """Add ``--synapses``."""
    synapses = (
        "in Lava: its own Conv and Dense where they are exact (default), or our GradedConv "
        "everywhere: the same spikes, many times faster on large networks"
    )
    parser.add_argument("--synapses", choices=("lava", "own"), help=synapses)


def trained(args: argparse.Namespace) -> tuple[QuantisedNetwork, Subject]:
    """Read a training checkpoint, and convert it as the options of :func:`add_conversion` say."""
    from lava_intsnn.conversion.ann_presets import PRESETS
    from lava_intsnn.conversion.converter import convert
    from lava_intsnn.formats.ann_checkpoint import load_ann_file

    path, form = path_of(args), args.thresholds or FORMS[0]
    if args.scale is not None and form == "exact":
        raise ValueError(
            f"--scale {args.scale}: exact thresholds are not scaled; leave it out, or give "
            "--thresholds compact"
        )
    if _is_spiking(path):
        raise ValueError(
            f"{args.file} holds a spiking network, and no longer the ANN it was made from: give "
            "the checkpoint of `lava-intsnn convert train`"
        )
    steps = getattr(args, "steps", None) or 0
    if not args.levels and steps > MAX_LEVELS:
        raise ValueError(
            f"--steps {steps}: a run has 1..{MAX_LEVELS:,}, a threshold for each; give fewer"
        )
    file = load_ann_file(path)
    network = convert(
        file.network,
        levels=args.levels or max(LEVELS, steps),
        thresholds=form,
        scale=args.scale or AUTHORS_SCALE,
    )
    known = PRESETS.get(file.preset)
    origin = {
        "preset": known.name if known else None,
        "data": known.data if known else None,
        "ann_accuracy": None,
        "thresholds": form,
    }
    return file.network, Subject(path=args.file, network=network, origin=origin, ann=file.network)


def subject(args: argparse.Namespace) -> Subject:
    """Read a spiking network, or a training checkpoint as :func:`trained` does."""
    from lava_intsnn.formats.spiking import load_spiking

    path = path_of(args)
    if not _is_spiking(path):
        return trained(args)[1]
    for option in ("levels", "thresholds", "scale"):
        if getattr(args, option) is not None:
            raise ValueError(
                f"--{option}: {args.file} is converted already; give the checkpoint it was made "
                "from, or leave it out"
            )
    network, origin = load_spiking(path)
    return Subject(path=args.file, network=network, origin=origin)


def test_set(found: Subject, *, data_dir: str | None, limit: int | None) -> Dataset:
    """Return the test set that a network was made for, or its first ``limit`` images."""
    from lava_intsnn import data

    name = found.origin["data"]
    if name is None:
        raise ValueError(
            f"{found.path}: its network {found.network.name!r} comes from no preset, so its data "
            "set is unknown: use it from Python (lava_intsnn.conversion)"
        )
    images = data.load(name, "test", data_dir=data_dir)
    return images if limit is None else images.head(limit)


def is_converted(path: str) -> bool:
    """Whether a file holds a network that :func:`subject` reads."""
    from lava_intsnn.formats import ann_checkpoint, packed_ann, spiking
    from lava_intsnn.storage.container import peek
    from lava_intsnn.storage.errors import FileFormatError

    try:
        return peek(path)[0] in (ann_checkpoint.KIND, packed_ann.KIND, spiking.KIND)
    except (FileFormatError, OSError):
        return False


def _is_spiking(path: str) -> bool:
    from lava_intsnn.formats.spiking import KIND
    from lava_intsnn.storage.container import peek

    return peek(path)[0] == KIND
