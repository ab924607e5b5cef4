"""``lava-intsnn convert pack``: the network of a run alone, in a small file."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console
from lava_intsnn.cli.written_files import add_written
from lava_intsnn.conversion.ann_presets import PRESETS, preset

if TYPE_CHECKING:
    from lava_intsnn.formats.ann_checkpoint import AnnFile

HELP = "write the network of a run alone, small: ternary weights take 1.6 bits each"
DESCRIPTION = """All commands but train --resume read the file as they read the run. With --preset,
FILE is a torch state in an .npz, whose arrays have the names that lava_intsnn.conversion.ann
gives them: a network of the preset's that another program trained."""
EXAMPLES = [
    ("to digits-packed.npz", "convert pack digits.npz"),
    ("another program's weights", "convert pack state.npz --preset vgg-cifar10 --out vgg.npz"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    file = "a checkpoint of `convert train --out FILE`, or, with --preset, a torch state (.npz)"
    parser.add_argument("file", metavar="FILE", help=file)
    add_written(parser, "--out", "checkpoint", "default: FILE with -packed before its ending")
    of = "FILE is the torch state of this preset's network; needs torch"
    parser.add_argument("--preset", choices=list(PRESETS), metavar="PRESET", help=of)
    options.add(parser, "--json")


def run(args: argparse.Namespace) -> int:
    """Pack."""
    from lava_intsnn.formats.ann_checkpoint import load_ann_file
    from lava_intsnn.formats.packed_ann import save_packed

    stem, ending = os.path.splitext(args.file)
    out = args.out or f"{stem}-packed{ending or '.npz'}"
    if os.path.realpath(out) == os.path.realpath(args.file):
        raise ValueError(f"--out {out}: is FILE itself; name another file")
    options.check_folder(out)
    file = _state(args) if args.preset else load_ann_file(args.file)
    save_packed(out, file)
    weights = sum(layer.weights.size for layer in file.network.layers) + file.network.readout.size
    size = os.path.getsize(out)
    console = Console(args)
    console.say(f"{file.network.name}: {weights:,} weights in {size:,} bytes\nwrote {out}")
    console.result(
        action="pack",
        preset=file.preset or None,
        samples=None,
        file=out,
        source=args.file,
        weights=weights,
        bytes=size,
    )
    return 0


def _state(args: argparse.Namespace) -> AnnFile:
    """Return the frozen network of a torch state."""
    from lava_intsnn.cli.convert.torch_device import require_torch
    from lava_intsnn.formats.ann_checkpoint import AnnFile
    from lava_intsnn.formats.torch_state import read_torch_state

    chosen = preset(args.preset)
    spec = chosen.spec()
    state = read_torch_state(args.file, spec)
    require_torch()
    from lava_intsnn.conversion.ann.ann_training import start

    begun = start(spec, chosen.recipe, data="", preset=chosen.name)
    tensors = begun.tensors | {f"model.{name}": array for name, array in state.items()}
    network = replace(begun, tensors=tensors).network()
    return AnnFile(network=network, spec=spec, preset=chosen.name, epochs=0)
