"""``lava-intsnn import``: read another tool's file into a checkpoint."""

from __future__ import annotations

import argparse
import os
import warnings
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console
from lava_intsnn.cli.subject import require_shape
from lava_intsnn.presets import preset

if TYPE_CHECKING:
    from lava_intsnn.training.training_run import Training

#: Steps of a sample if neither the file nor a preset gives them.
STEPS = 20

HELP = "read a netx or NIR file into a checkpoint"
DESCRIPTION = "What does not fit is refused with a list of everything found."
EXAMPLES = [
    ("lava-dl's format", "import net.net --steps 20 --out net.npz"),
    ("and say whose data it classifies", "import mnist.nir --preset mnist-snn --out m.npz"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("file", metavar="FILE", help="netx (HDF5) or NIR")
    parser.add_argument("--format", choices=("netx", "nir"), help="default: by the file's content")
    steps = (
        "steps of a sample, which these formats do not hold (default 20; a NIR file of ours "
        "holds them)"
    )
    options.add(parser, "--steps", help=steps)
    preset = "preset with the network's data set and encoding"
    parser.add_argument("--preset", metavar="PRESET", help=preset)
    parser.add_argument("--out", required=True, metavar="FILE", help="checkpoint to write")
    options.add(parser, "--json")


def run(args: argparse.Namespace) -> int:
    """Import."""
    from lava_intsnn.formats.checkpoint import save_checkpoint

    console = Console(args)
    if not os.path.isfile(args.file):
        raise ValueError(f"no file at {args.file!r}: FILE is a netx (.net) or NIR (.nir) file")
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        try:
            training = imported(args)
        except ImportError as error:
            raise ValueError(str(error)) from error
    network = training.network
    save_checkpoint(args.out, training)
    shape = "-".join(map(str, network.shape))
    for note in notes:
        console.say(f"note: {note.message}")
    console.say(f"{args.file}: {shape}, {network.precision}, as {args.out}")
    console.result(
        preset=training.preset or None,
        precision=str(network.precision),
        shape=network.shape,
        notes=[str(note.message) for note in notes],
        file=args.out,
    )
    return 0


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
        require_shape(args.file, network, known)
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
