"""``lava-intsnn new``: a network of the user's own shape, its integers chosen by rule, as JSON."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console, table
from lava_intsnn.cli.training_report import typed
from lava_intsnn.cli.written_files import add_written
from lava_intsnn.network.loss import LOSSES, WINDOWS

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.network import Network

HELP = "write a network for your data, with thresholds and shifts chosen by rule"
DESCRIPTION = """The rule takes them from the sizes of the layers, the widths, the batch and the
level of the data; docs/tuning.md explains it. A pre-flight on some samples then says which layers
are dead or saturated, and what to change. `train FILE --data PATH` trains the network."""
EXAMPLES = [
    ("two hidden layers", "new --data mine.npz --hidden 128,64 --out mine.json"),
    ("convolutions", "new --data images/ --conv 16x5s2,32x3s2 --out mine.json"),
    (
        "an output that integrates",
        "new --data mine.npz --readout sum --loss softmax --out mine.json",
    ),
    ("four time constants", "new --data mine.npz --decay-shift 0,1,2,3 --out mine.json"),
    ("4-bit inference weights", "new --data mine.npz --precision 16-4 --out mine.json"),
]
#: Size of the hidden layer if neither it nor a convolution is given.
HIDDEN = (128,)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    hidden = (
        "sizes of the hidden layers (default 128, or none after convolutions); 0 for no hidden "
        "layer at all"
    )
    parser.add_argument("--hidden", type=options.integers, metavar="N,N", help=hidden)
    conv = (
        "convolutions before them: CHANNELSxKERNEL, then sSTRIDE and pPADDING where they are not 1 "
        "and 0"
    )
    parser.add_argument("--conv", metavar="16x5s2,...", help=conv)
    decays = (
        "shift by which the potential of hidden neurons decays (default 1; 0 does not leak); "
        "several repeat in turn over the neurons of each layer"
    )
    parser.add_argument("--decay-shift", type=options.integers, metavar="N,N", help=decays)
    options.add(parser, "--steps", help="of a sample (default 20, or the frames of the data)")
    batch = "default 128, or down to 16 where the data are few, for 40 updates an epoch"
    options.add(parser, "--batch", help=batch)
    options.add(parser, "--precision", help="bits of shadow and inference weights (default 16-8)")
    readout = (
        "outputs that integrate and never fire, and answer by the sum or the maximum of their "
        "potential; by default they spike and are counted"
    )
    parser.add_argument("--readout", choices=("sum", "max"), help=readout)
    parser.add_argument("--loss", choices=LOSSES, help="default one_sided")
    points = "parts of a sample with an error at the end of each (default 1; must divide the steps)"
    parser.add_argument("--points", type=options.positive, metavar="P", help=points)
    window = "what an error of several is about: its part, or all since the start (default segment)"
    parser.add_argument("--window", choices=WINDOWS, help=window)
    parser.add_argument("--name", metavar="NAME", help="default: made of the sizes")
    add_written(parser, "--out", "network", "the network, as JSON", required=True)
    options.add(parser, "--limit", help="look at the first N training samples")
    options.add_data(parser)
    options.add(parser, "--json")


def run(args: argparse.Namespace) -> int:
    """Choose, look, write."""
    from lava_intsnn.network import LeakyReadout, Neuron
    from lava_intsnn.network.data_fit import left_out_classes
    from lava_intsnn.network.per_neuron import numbers
    from lava_intsnn.networks import preflight
    from lava_intsnn.storage.atomic import write_bytes

    console = Console(args)
    options.check_folder(args.out)
    data = _data(args)
    network = with_output(args, chosen(args, data), data)
    write_bytes(args.out, network.to_json().encode() + b"\n")
    console.say(
        f"{network.name} {network.precision}: {'-'.join(map(str, network.shape))}, batch "
        f"{network.batch}, {network.steps} steps, for {data.name} ({len(data):,} samples)\n"
    )
    head = ("layer", "kind", "vth", "window", "decay >>", "lr_shift", "fb_shift")
    rows = []
    for index, layer in enumerate(network.layers):
        neuron, shifts = layer.neuron, (layer.lr_shift, layer.fb_shift)
        fires = (neuron.vth, neuron.window) if neuron.fires else ("none", "none")
        assert isinstance(neuron, (Neuron, LeakyReadout))  # which the rule chooses
        decay = ",".join(map(str, numbers(neuron.decay_shift)))
        own = (index, layer.kind, *fires, decay, *shifts)
        rows.append(tuple(map(str, own)))
    console.say(table([head, *rows], indent=0))
    look = None if network.precision.floating else preflight(network, data)
    if look is not None:
        console.say(f"\nwith its first weights, on {look.samples} samples:\n{look}")
    labels = left_out_classes(data)
    if labels:
        console.say(f"\nwarning: {labels}")
    line = ["lava-intsnn", "train", args.out, *typed(args, ("data", "read"))]
    console.say(f"\nsaved to {args.out}; train it with `{shlex.join(line)} --out FILE`")
    console.result(
        precision=str(network.precision),
        batch=network.batch,
        samples=len(data),
        shape=network.shape,
        warnings=[*(look.warnings if look else ()), *([labels] if labels else ())],
        file=args.out,
    )
    return 0


def chosen(args: argparse.Namespace, data: Dataset) -> Network:
    """Return the network that the options ask for."""
    from lava_intsnn.networks import conv, dense

    settings: dict[str, Any] = {
        "data": data,
        "steps": args.steps,
        "batch": args.batch,
        "precision": args.precision or "16-8",
        "name": args.name,
        "decay_shift": 1 if args.decay_shift is None else args.decay_shift,
        "check": False,  # the look that is printed says the same
    }
    shape = data.image_shape[1:] if data.frames else data.image_shape
    hidden = () if args.hidden == (0,) else args.hidden
    if args.conv:
        filters = args.conv.split(",")
        return conv(shape, filters, data.n_classes, hidden=hidden or (), **settings)
    n_in = data.images.shape[1] // (data.frames or 1)
    sizes = HIDDEN if hidden is None else hidden
    return dense((n_in, *sizes, data.n_classes), **settings)


def with_output(args: argparse.Namespace, network: Network, data: Dataset) -> Network:
    """Return ``network`` with the output and the errors that the options ask for."""
    from lava_intsnn.networks import with_readout

    if args.readout:
        network = with_readout(network, data, answer=args.readout)
    asked = {"kind": args.loss, "points": args.points, "window": args.window}
    given = {name: value for name, value in asked.items() if value is not None}
    if given.get("window") == "start":  # its errors come without the gates of the layer above
        network = replace(network, feedback=replace(network.feedback, time_gated=False))
    return replace(network, loss=replace(network.loss, **given))


def _data(args: argparse.Namespace) -> Dataset:
    from lava_intsnn.cli.samples import own_samples

    if not args.data:
        raise ValueError("--data PATH: say for which data (see --help)")
    found = own_samples(args, None, "train")
    assert found is not None  # --data is given
    return found if args.limit is None else found.head(args.limit)
