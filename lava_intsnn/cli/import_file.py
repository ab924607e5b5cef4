"""``lava-intsnn import``: read another tool's file into a checkpoint."""

from __future__ import annotations

import argparse
import os
import warnings
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console
from lava_intsnn.cli.subject import require_shape
from lava_intsnn.cli.written_files import add_written
from lava_intsnn.network import Precision
from lava_intsnn.presets import preset
from lava_intsnn.printable_text import printable

if TYPE_CHECKING:
    from lava_intsnn.training.training_run import Training

#: Steps of a sample if neither the file nor a preset gives them.
STEPS = 20

HELP = "read a netx or NIR file into a checkpoint"
DESCRIPTION = """What does not fit is refused with a list of everything found. `train --from FILE`
trains the checkpoint on."""
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
    widths = "widths of the weights, such as 16-8 (default: what the file's weights need)"
    options.add(parser, "--precision", help=widths)
    tolerance = (
        "NIR: largest difference, as a share of the potential per step, between a decay and the "
        "nearest power of two (default 0.01)"
    )
    parser.add_argument("--decay-tolerance", type=_share, metavar="D", help=tolerance)
    preset = "preset with the network's data set and encoding"
    parser.add_argument("--preset", metavar="PRESET", help=preset)
    add_written(parser, "--out", "checkpoint", "checkpoint to write", required=True)
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
    from lava_intsnn.recipe import PLAIN_EPOCHS, Recipe
    from lava_intsnn.training.training_run import Training

    chosen = preset(args.preset) if args.preset else None
    known = chosen.network() if chosen else None
    steps = args.steps or (known.steps if known else STEPS)
    encoder = known.encoder if known else None
    given: dict[str, Any] = {"steps": steps, "encoder": encoder}
    if args.precision:
        given["precision"] = Precision.parse(args.precision)
    tolerance = {} if args.decay_tolerance is None else {"decay_tolerance": args.decay_tolerance}
    if (args.format or _format(args.file)) != "netx":
        network, state = import_nir(args.file, **given, **tolerance)
    elif tolerance:
        raise ValueError("--decay-tolerance: is for NIR; netx decays by shifts; leave it out")
    else:
        network, state = import_netx(args.file, **given)
    if known:
        require_shape(args.file, network, known)
    recipe = chosen.recipe_of(network) if chosen else Recipe(epochs=PLAIN_EPOCHS)
    preset_name = chosen.name if chosen else ""
    return Training(network=network, recipe=recipe, state=state, data="", preset=preset_name)


def _share(text: str) -> float:
    """Convert the value of ``--decay-tolerance``."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a number from 0 to 1")
    return value


def _format(path: str) -> str:
    """Distinguish a netx file from a NIR file; both are HDF5."""
    from lava_intsnn.storage.foreign_hdf5 import read_tree

    found = read_tree(path, what="netx or NIR")
    if "layer" in found:
        return "netx"
    if "node" in found:
        return "nir"
    raise ValueError(
        f"{path}: holds {printable(', '.join(sorted(found))) or 'nothing'}, where netx has 'layer' and NIR "
        "'node': give --format if you know better"
    )
