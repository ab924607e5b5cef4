"""``lava-intsnn demo``: learn digits in the engine, continue in Lava with the same bits."""

from __future__ import annotations

import argparse
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import EXIT_DIFFERENT, Console, percent, rate
from lava_intsnn.cli.samples import preset_samples
from lava_intsnn.cli.subject import fields
from lava_intsnn.cli.train import epoch_line
from lava_intsnn.presets import preset

if TYPE_CHECKING:
    from lava_intsnn.cli.continued import Continued
    from lava_intsnn.data import Dataset
    from lava_intsnn.state import State
    from lava_intsnn.training.training_run import Training


@dataclass(frozen=True)
class Plan:
    """How much the demo does: all epochs but the last are the engine's, the last one Lava's."""

    preset: str
    epochs: int
    validate: int


PLANS = {
    "mnist": Plan("mnist-snn", epochs=4, validate=5_000),
    "digits": Plan("digits-snn", epochs=8, validate=200),
    "quick": Plan("digits-snn", epochs=3, validate=200),
}
#: Points of Lava's learning curve.
POINTS = 4

HELP = "learn handwritten digits in the engine, then continue in Lava with the same bits"
DESCRIPTION = """Takes about a minute, and saves a picture and a checkpoint. Uses MNIST if it is
there or can be downloaded quickly, and scikit-learn's small digits if not."""
EXAMPLES = [
    ("the whole story", "demo"),
    ("a short one, for a first check of an installation", "demo --quick"),
    ("with MNIST files of yours", "demo --data-dir ~/data --out-dir /tmp/demo"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add(parser, "--data-dir")
    parser.add_argument("--quick", action="store_true", help="small digits, few samples")
    out_dir = "default: out, made if need be"
    parser.add_argument("--out-dir", metavar="DIR", default="out", help=out_dir)
    options.add(parser, "--threads", "--json")


def run(args: argparse.Namespace) -> int:
    """Run the demo."""
    from lava_intsnn.cli.continued import continue_both
    from lava_intsnn.cli.demo_picture import draw
    from lava_intsnn.formats.checkpoint import save_checkpoint
    from lava_intsnn.lava_install import require_lava
    from lava_intsnn.training.epochs import after_epoch, epochs_of
    from lava_intsnn.training.evaluation import evaluate

    require_lava()
    began = time.perf_counter()
    console = Console(args)
    console.say("An integer-only spiking network learns handwritten digits.\n")
    folder = Path(args.out_dir)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--out-dir {folder}: is a file; name a folder")
    plan = _plan(console, args)
    training, train, validation, test = _prepare(console, plan, args)

    console.say("\n1. It learns in the engine (numba, all cores).")
    curve = []
    epochs = epochs_of(training, train, validation=validation, threads=args.threads)
    for training in islice(epochs, plan.epochs - 1):
        record = training.history[-1]
        curve.append((float(record.epoch), record.validation_accuracy or 0.0))
        console.say("   " + epoch_line(record, plan.epochs, len(train)))

    console.say("\n2. It continues inside Lava's simulator, for the last epoch.")
    points = [curve[-1]]

    def watch(done: int, state: Callable[[], State]) -> None:
        if done * POINTS >= len(train) * len(points):
            accuracy = evaluate(training.network, state(), validation).accuracy
            points.append((training.epoch + done / len(train), accuracy))

    both = continue_both(training, train, samples=len(train), threads=args.threads, watch=watch)
    _compared(console, both)
    training = after_epoch(training, both.lava, both.in_lava, validation_accuracy=points[-1][1])
    network, state = training.network, training.state
    tested = evaluate(network, state, test, threads=args.threads)
    console.say(
        f"\ntest accuracy {percent(tested.accuracy)}, {len(test):,} images never seen before"
    )

    folder.mkdir(parents=True, exist_ok=True)
    file, picture = folder / "demo.npz", folder / "demo.png"
    save_checkpoint(file, training)
    draw(picture, training, test, tested, both, curve=curve, points=points)
    seconds = time.perf_counter() - began
    console.say(f"saved {picture} and {file} after {seconds:.0f} s")
    _next(console, args, plan, file)
    console.result(
        **fields(training),
        backend="engine, lava",
        samples=both.samples,
        train_accuracy=training.history[-1].train_accuracy,
        validation_accuracy=training.history[-1].validation_accuracy,
        test_accuracy=tested.accuracy,
        saturated=list(training.history[-1].saturated),
        train_seconds=round(sum(record.seconds for record in training.history), 3),
        samples_per_second=rate(both.samples, both.in_engine.seconds),
        identical=both.identical,
        file=str(file),
        picture=str(picture),
        seconds=round(seconds, 1),
        lava_samples_per_second=rate(both.samples, both.in_lava.seconds),
        weights=both.weights,
        weights_identical=both.weights_identical,
    )
    return 0 if both.identical else EXIT_DIFFERENT


def _plan(console: Console, args: argparse.Namespace) -> Plan:
    """Choose the data, saying why."""
    from lava_intsnn.cli.fetch import download_mnist, mnist_is_there

    if args.quick:
        return PLANS["quick"]
    missing = mnist_is_there(args.data_dir)
    if not missing:
        return PLANS["mnist"]
    if args.data_dir is None:
        console.say(f"MNIST is {missing}: downloading 11 MB ...")
        if download_mnist():
            return PLANS["mnist"]
        missing += " and cannot be downloaded now"
    console.say(f"MNIST is {missing}: taking the small digits that come with scikit-learn.\n")
    return PLANS["digits"]


def _prepare(
    console: Console, plan: Plan, args: argparse.Namespace
) -> tuple[Training, Dataset, Dataset, Dataset]:
    from lava_intsnn.cli.demo_picture import NAMES
    from lava_intsnn.training.training_run import start

    chosen = preset(plan.preset)
    network = chosen.network("16-8")
    data = preset_samples(chosen, "train", data_dir=args.data_dir)
    test = preset_samples(chosen, "test", data_dir=args.data_dir)
    train, validation = data.split_validation(plan.validate, seed=0)
    recipe = replace(chosen.recipe, epochs=plan.epochs)
    training = start(network, recipe, data=train.fingerprint(), preset=chosen.name)
    console.say(
        f"data      {NAMES.get(data.name, data.name)}: {len(train):,} images to learn, "
        f"{len(validation):,} to watch, {len(test):,} to test"
    )
    console.say(
        f"network   {'-'.join(map(str, network.shape))}, {network.steps} time steps; learns with "
        f"{network.precision.shadow_bits}-bit weights, infers with their top "
        f"{network.precision.inference_bits} bits"
    )
    return training, train, validation, test


def _compared(console: Console, both: Continued) -> None:
    say, n = console.say, both.samples
    lava, engine = both.in_lava, both.in_engine
    say(f"   started in {both.start_seconds:.1f} s")
    say(
        f"   learned {n:,} samples in {lava.seconds:.1f} s, "
        f"{rate(n, lava.seconds):,.0f} samples/s   train {percent(lava.accuracy)}"
    )
    say(
        f"   the engine learned the same in {engine.seconds:.1f} s, "
        f"{rate(n, engine.seconds):,.0f} samples/s"
    )
    say(f"   identical: {both.weights_identical:,} of {both.weights:,} weights")
    say(f"   identical: {both.predictions:,} of {n:,} predictions")
    if not both.identical:
        say("   THIS IS A BUG: please report it with the output of `lava-intsnn verify`")


def _next(console: Console, args: argparse.Namespace, plan: Plan, file: Path) -> None:
    where = f" --data-dir {shlex.quote(args.data_dir)}" if args.data_dir else ""
    name = shlex.quote(str(file))
    console.say("\nTry next:")
    for line in (
        f"eval {name} --backend lava --limit 200{where}",
        f"run {name} --learning --batch 1 --samples 100{where}",
        f"verify {plan.preset} --precision 8-4{where}",
        f"train {plan.preset} --out my.npz{where}",
        f"info {plan.preset}",
    ):
        console.say(f"   lava-intsnn {line}")
