"""``lava-intsnn import``: read another tool's file into a checkpoint."""

from __future__ import annotations

import argparse
import math
import os
import warnings
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console, table
from lava_intsnn.cli.samples import READINGS, preset_samples, reading
from lava_intsnn.cli.subject import require_shape
from lava_intsnn.cli.written_files import add_written
from lava_intsnn.network import FrameEncoder, Precision
from lava_intsnn.presets import PRESETS, preset
from lava_intsnn.printable_text import printable

if TYPE_CHECKING:
    from lava_intsnn.formats.nir import NirReport
    from lava_intsnn.training.training_run import Training

#: Steps of a sample if neither the file nor a preset gives them.
STEPS = 20
#: Options that only NIR has.
_NIR = ("dt", "decay_tolerance", "reset", "calibrate", "compare", "samples", "read")
#: Samples that spikes are compared on.
SAMPLES = 20

HELP = "read a netx or NIR file into a checkpoint"
DESCRIPTION = """What does not fit is refused with a list of everything found. `train --from FILE`
trains the checkpoint on."""
EXAMPLES = [
    ("lava-dl's format", "import net.net --steps 20 --out net.npz"),
    ("and say whose data it classifies", "import mnist.nir --preset mnist-snn --out m.npz"),
    ("with the scales that suit data", "import rnn.nir --calibrate mine.npz --out rnn.npz"),
    ("steps of a millisecond", "import rnn.nir --dt 1e-3 --out rnn.npz"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("file", metavar="FILE", help="netx (HDF5) or NIR")
    parser.add_argument("--format", choices=("netx", "nir"), help="default: by the file's content")
    steps = (
        "steps of a sample (default: those of the file, if it says them, as a NIR file of ours and "
        "some netx files do, or 20)"
    )
    options.add(parser, "--steps", help=steps)
    widths = "widths of the weights, such as 16-8 (default: what the file's weights need)"
    options.add(parser, "--precision", help=widths)
    pixels = (
        "netx: what the bytes 0 and 255 of an image are for input neurons of the file, such as 0:1 "
        "(default -1:1, as lava-dl's tutorials train)"
    )
    parser.add_argument("--pixels", type=_pixels, metavar="LOW:HIGH", help=pixels)
    _add_nir(parser.add_argument_group("NIR"))
    preset = "preset with the network's data set and encoding"
    parser.add_argument("--preset", metavar="PRESET", help=preset)
    add_written(parser, "--out", "checkpoint", "checkpoint to write", required=True)
    options.add(parser, "--json")


def _add_nir(group: Any) -> None:
    """Add what only NIR needs: it has times, floats and neurons of any decay."""
    step = (
        "length of a step in the graph's unit of time, which is seconds by the format (default "
        "1e-4, as snnTorch and the tools of the NIR paper have it; 1 where time constants are in "
        "steps)"
    )
    group.add_argument("--dt", type=_seconds, metavar="S", help=step)
    tolerance = (
        "take a decay that differs from a power of two by up to D of the potential a step as that "
        "power, and refuse one that 12 bits miss by more (default: all decays in 12 bits)"
    )
    group.add_argument("--decay-tolerance", type=_share, metavar="D", help=tolerance)
    reset = "what a spike does: to v_reset, or by subtraction, which graphs cannot say (hard)"
    group.add_argument("--reset", choices=("hard", "soft"), help=reset)
    either = group.add_mutually_exclusive_group()
    data = "data as `train --data` takes them, or a preset's name for its data"
    calibrate = f"choose the scale of each layer with which the fewest spikes differ: {data}"
    either.add_argument("--calibrate", metavar="DATA", help=calibrate)
    compare = f"say how many spikes differ from those of the floats: {data}"
    either.add_argument("--compare", metavar="DATA", help=compare)
    some = f"samples of DATA (default {SAMPLES})"
    options.add_count(group, "--samples", "N", some)
    how = f"how to read DATA, where it does not say it; may be repeated: {READINGS}"
    group.add_argument("--read", action="append", type=reading, metavar="NAME=VALUE", help=how)


def run(args: argparse.Namespace) -> int:
    """Import."""
    from lava_intsnn.formats.checkpoint import save_checkpoint

    console = Console(args)
    if not os.path.isfile(args.file):
        raise ValueError(f"no file at {args.file!r}: FILE is a netx (.net) or NIR (.nir) file")
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        try:
            training, report = imported(args)
        except ImportError as error:
            raise ValueError(str(error)) from error
    network = training.network
    save_checkpoint(args.out, training)
    shape = "-".join(map(str, network.shape))
    for note in notes:
        console.say(f"note: {note.message}")
    if report is not None and not report.exact:
        _say(console, report)
    console.say(f"{args.file}: {shape}, {network.precision}, as {args.out}")
    console.result(
        preset=training.preset or None,
        precision=str(network.precision),
        shape=network.shape,
        notes=[str(note.message) for note in notes] + (report.notes() if report else []),
        layers=[asdict(layer) for layer in report.layers] if report else None,
        samples=report.samples if report else None,
        file=args.out,
    )
    return 0


def _say(console: Console, report: NirReport) -> None:
    """Print what was rounded by how much."""
    console.say(
        f"quantised from floats in steps of {report.dt:g}, since {report.why}; largest errors:"
    )
    console.say(table(report.rows()))
    if report.samples:
        console.say(f"spikes of {report.samples} samples, compared with the graph in floats")
    for note in report.notes():
        console.say(f"- {note}")


def imported(args: argparse.Namespace) -> tuple[Training, NirReport | None]:
    """Read the netx or NIR file the options of ``import`` name as a run that has not begun.

    Of NIR there is a report, too.
    """
    from lava_intsnn.formats.netx import import_netx
    from lava_intsnn.formats.nir import read_nir
    from lava_intsnn.recipe import PLAIN_EPOCHS, Recipe
    from lava_intsnn.training.training_run import Training

    chosen = preset(args.preset) if args.preset else None
    known = chosen.network() if chosen else None
    given: dict[str, Any] = {}
    if args.precision:
        given["precision"] = Precision.parse(args.precision)
    pixels = {"pixels": args.pixels} if args.pixels else {}
    own = {name: getattr(args, name) for name in _NIR if getattr(args, name) is not None}
    data = args.calibrate or args.compare
    for option in ("samples", "read"):
        if option in own and not data:
            raise ValueError(
                f"--{option} without data: it is about the DATA of --calibrate or --compare; give "
                "one of these, or leave it out"
            )
    report = None
    if (args.format or _format(args.file)) == "netx":
        if own:
            named = " and ".join(f"--{name.replace('_', '-')}" for name in own)
            raise ValueError(f"{named}: for NIR; netx holds integers; leave it out")
        network, state = import_netx(args.file, steps=args.steps, like=known, **given, **pixels)
    else:
        if pixels:
            raise ValueError("--pixels: is for input neurons of netx; leave it out")
        given["steps"] = args.steps or (known.steps if known else STEPS)
        given["encoder"] = known.encoder if known else None
        given |= {name: own[name] for name in ("dt", "decay_tolerance", "reset") if name in own}
        if data:
            given |= _samples(data, given, dict(args.read or []), args.samples or SAMPLES)
            given |= {"calibrate": bool(args.calibrate), "progress": True}
        network, state, report = read_nir(args.file, **given)
    if known:
        require_shape(args.file, network, known)
    recipe = chosen.recipe_of(network) if chosen else Recipe(epochs=PLAIN_EPOCHS)
    preset_name = chosen.name if chosen else ""
    training = Training(network=network, recipe=recipe, state=state, data="", preset=preset_name)
    return training, report


def _samples(
    data: str, given: dict[str, Any], readings: dict[str, Any], count: int
) -> dict[str, Any]:
    """Return the samples that ``--calibrate`` or ``--compare`` names, and what reads them."""
    from lava_intsnn.data import open_data

    if data in PRESETS and not os.path.exists(data):
        found = preset_samples(preset(data), "train", data_dir=None)
    else:
        opened = open_data(data)
        if opened.kind == "spikes":
            readings = {"frames": given["steps"], **readings}
        part = "train" if opened.has("train") or not opened.parts else opened.parts[0]
        found = opened.read(part, **readings)
    found = found.head(min(count, len(found)))
    if not found.frames:
        return {"samples": found.images}
    encoder = given["encoder"] or FrameEncoder(max_count=max(1, int(found.images.max())))
    return {"samples": found.images, "encoder": encoder, "steps": found.frames}


def _seconds(text: str) -> float:
    """Convert the value of ``--dt``."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: must be a number above 0, such as 1e-4")
    return value


def _pixels(text: str) -> tuple[float, float]:
    """Convert the value of ``--pixels``."""
    try:
        low, high = (float(end) for end in text.split(":"))
    except ValueError:
        low = high = math.nan
    if not -1000 <= low < high <= 1000:
        raise argparse.ArgumentTypeError(
            f"{text!r}: must be two numbers from -1000 to 1000, the lower one first, such as -1:1"
        )
    return low, high


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
        f"{path}: holds {printable(', '.join(sorted(found))) or 'nothing'}, where netx has 'layer' "
        "and NIR 'node': give --format if you know better"
    )
