"""``lava-intsnn convert eval``: accuracy, spikes and operations of every step."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console, percent, rate, table
from lava_intsnn.cli.convert.backends import BACKENDS, predictions, results
from lava_intsnn.cli.convert.conversion_source import (
    SYNAPSES,
    add_conversion,
    add_file,
    add_synapses,
)
from lava_intsnn.cli.written_files import add_written
from lava_intsnn.conversion.noise import Noise

if TYPE_CHECKING:
    from lava_intsnn.cli.convert.conversion_source import Subject
    from lava_intsnn.conversion.result import Result
    from lava_intsnn.data import Dataset

HELP = "run the spiking network on the test set: accuracy, spikes, operations of each step"
DESCRIPTION = "All spiking backends agree to the last spike; the engine is the fastest."
EXAMPLES = [
    ("until every image is quiet", "convert eval digits.npz"),
    ("eight steps, with a picture", "convert eval digits.npz --steps 8 --plot steps.png"),
    ("noise on the pixels", "convert eval digits.npz --noise 0.4 --seed 1"),
    ("a converted file, in Lava", "convert eval digits-snn.npz --backend lava --steps 8"),
    ("the ANN it came from", "convert eval digits.npz --backend ann"),
    (
        "the authors' own rounding, on a few images",
        "convert eval digits.npz --thresholds use-int --limit 100",
    ),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_file(parser, spiking=True)
    steps = "default: until every image is quiet, which only the engine knows"
    options.add(parser, "--steps", help=steps)
    noise = "multiply each pixel by 1 + R (u - 1/2), u uniform in 0..1; R in 0..2"
    parser.add_argument("--noise", type=float, metavar="R", help=noise)
    options.add(parser, "--seed", help="of the noise; default 0")
    backend = "default: engine; ann: the quantised network; microcode: compiled, on virtual cores"
    parser.add_argument("--backend", choices=("ann", *BACKENDS), default="engine", help=backend)
    options.add(parser, "--limit", help="use the first N test images")
    add_written(parser, "--plot", "picture", "draw the run (.png, .svg, .pdf)")
    add_synapses(parser)
    add_conversion(parser)
    options.add(parser, "--data-dir", "--threads", "--json")


def run(args: argparse.Namespace) -> int:
    """Evaluate."""
    from lava_intsnn.cli.convert.conversion_source import subject, test_set

    _check(args)
    if args.plot:
        options.check_folder(args.plot, option="--plot")
    noise = None if args.noise is None else Noise(args.noise, seed=args.seed or 0)
    found = subject(args)
    if args.backend == "ann" and found.ann is None:
        raise ValueError(
            f"--backend ann: {args.file} is a spiking network, and no longer holds its ANN: give "
            "the checkpoint of `convert train` it was made from"
        )
    if args.steps is not None:
        found.network.check_steps(args.steps)
    data = test_set(found, data_dir=args.data_dir, limit=args.limit)
    console = Console(args)
    report = _ann if args.backend == "ann" else _spiking
    fields = report(console, args, found, data, noise)
    console.result(
        action="eval",
        preset=found.origin["preset"],
        backend=args.backend,
        seed=noise.seed if noise else None,
        samples=len(data),
        file=args.file,
        noise=noise.ratio if noise else None,
        data=data.name,
        k=found.network.level,
        thresholds=found.origin["thresholds"],
        ann_accuracy=found.origin["ann_accuracy"],
        **fields,
    )
    return 0


def _check(args: argparse.Namespace) -> None:
    if args.seed is not None and args.noise is None:
        raise ValueError(
            f"--seed {args.seed}: keys the noise, and there is none; give --noise, or leave it out"
        )
    if args.steps is None and args.backend not in ("ann", "engine"):
        raise ValueError(
            f"--backend {args.backend}: runs all steps it is asked for; give --steps T "
            "(`convert eval FILE` in the engine says how many it takes)"
        )
    if args.noise is not None and args.backend == "microcode":
        raise ValueError(
            f"--noise {args.noise}: the program's input takes the pixels of images as they are; "
            "use another backend"
        )
    for option in ("steps", "plot"):
        if getattr(args, option) and args.backend == "ann":
            raise ValueError(f"--{option}: the ANN has no time steps; leave it out")
    if args.synapses and args.backend != "lava":
        raise ValueError(
            f"--synapses {args.synapses}: are those of --backend lava; give it, or leave it out"
        )


def _heading(
    args: argparse.Namespace, found: Subject, data: Dataset, seconds: float
) -> list[tuple[str, str]]:
    network = found.network
    thresholds = "" if args.backend == "ann" else f", {found.origin['thresholds']} thresholds"
    speed = rate(len(data), seconds)
    rows = [
        ("network", f"{network.name}, k = {network.level}{thresholds}"),
        ("backend", args.backend),
        ("images", f"{len(data):,} of {data.name} in {seconds:.1f} s, {speed:,.1f} images/s"),
    ]
    if args.noise is not None:
        rows.append(("noise", f"{args.noise} of each pixel, seed {args.seed or 0}"))
    return rows


def _ann(
    console: Console, args: argparse.Namespace, found: Subject, data: Dataset, noise: Noise | None
) -> dict[str, Any]:
    from lava_intsnn.cli.convert.layers import rows

    assert found.ann is not None
    began = time.perf_counter()
    classes = predictions(found.ann, data.maps, noise=noise)
    seconds = time.perf_counter() - began
    accuracy = 100 * float((classes == data.labels).mean())
    macs = sum(row.macs for row in rows(found.network, found.ann))
    lines = _heading(args, found, data, seconds)
    lines.append(("test accuracy", percent(accuracy)))
    lines.append(("operations", f"{macs:,} multiply-accumulates an image"))
    console.say(table(lines))
    speed = rate(len(data), seconds)
    return {"test_accuracy": accuracy, "samples_per_second": speed, "macs": macs}


def _spiking(
    console: Console, args: argparse.Namespace, found: Subject, data: Dataset, noise: Noise | None
) -> dict[str, Any]:
    from lava_intsnn.cli.convert import layers, picture
    from lava_intsnn.cli.convert.spiking_activity import activity, log_rows
    from lava_intsnn.conversion.logs import logs_of
    from lava_intsnn.plot.plot_style import save

    network, quiet_at = found.network, []

    def run_on(images: npt.NDArray[np.uint8]) -> Iterator[Result]:
        yield from results(
            network,
            images,
            backend=args.backend,
            steps=args.steps,
            noise=noise,
            threads=args.threads,
            synapses=args.synapses or SYNAPSES,
        )

    def watched() -> Iterator[Result]:
        for result in run_on(data.maps):
            quiet_at.append(result.quiet_at)
            yield result

    if args.backend == "engine":  # kernels compile, or are loaded, before the clock starts
        next(run_on(data.maps[:1]))
    began = time.perf_counter()
    log = logs_of(network, watched(), data.labels)
    seconds = time.perf_counter() - began
    shown = activity(network, log, np.concatenate(quiet_at))
    first, *rest = [row.macs for row in layers.rows(network, found.ann)]
    macs, synops = sum(rest), float(shown.synops.sum())
    accuracy, steps = float(shown.accuracy[-1]), len(shown.accuracy)
    ann_accuracy = found.origin["ann_accuracy"] if noise is None and not args.limit else None
    say = console.say
    say(table(_heading(args, found, data, seconds)))
    say("\nmeans of an image, of each step:")
    say(table(shown.step_rows()))
    say(f"\nand of each layer, all {steps} steps:")
    say(table(shown.layer_rows()))
    say(
        f"\nsynaptic operations {synops:,.0f} an image, ANN {macs:,} multiply-accumulates: "
        f"{percent(100 * synops / macs)};\nboth do the first layer's {first:,} "
        "multiply-accumulates once"
    )
    say("\nthe paper's logs of hidden layers, over all images:")
    say(table(log_rows(log)))
    end = "every image quiet" if shown.settled else "not all images quiet: more steps may change it"
    beside = "" if ann_accuracy is None else f"; ANN {percent(ann_accuracy)}"
    say(f"\ntest accuracy {percent(accuracy)} after {steps} steps, {end}{beside}")
    if args.plot:
        title = f"{network.name}, k = {network.level}: {len(data):,} images of {data.name}"
        figure = picture.activity_figure(shown, title=title, macs=macs, ann_accuracy=ann_accuracy)
        save(figure, args.plot)
        say(f"saved {args.plot}")
    return {
        "test_accuracy": accuracy,
        "samples_per_second": rate(len(data), seconds),
        "steps": steps,
        "settled": shown.settled,
        "settled_at": max(int(part.max()) for part in quiet_at) if shown.settled else None,
        "activity": shown.to_dict(),
        "synops": synops,
        "macs": macs,
        "first_layer_macs": first,
        "logs": log.rows(),
        "plot": args.plot,
    }
