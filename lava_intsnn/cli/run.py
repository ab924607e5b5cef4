"""``lava-intsnn run``: a network inside Lava's simulator, compared with the engine."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import EXIT_DIFFERENT, Console, percent, rate, table
from lava_intsnn.cli.samples import samples
from lava_intsnn.cli.subject import fields, file_of, run_of

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.training.training_run import Training

HELP = "run a network inside Lava's simulator and compare it with the engine"
DESCRIPTION = """Without --learning it classifies test samples; with it, it learns training
samples, a checkpoint from its state (the file does not change), a preset from the start. The
exit status is 1 if a bit differs."""
EXAMPLES = [
    ("classify 1,000 test samples in Lava", "run digits.npz --backend lava"),
    ("continue learning, one sample per update", "run digits.npz --learning --batch 1"),
    ("learn convolution in Lava from the start", "run mnist-csnn --learning"),
    ("your own data", "run mine-trained.npz --test mine-test.npz --samples 100"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_source(parser)
    parser.add_argument("--backend", choices=("lava",), default="lava")
    parser.add_argument("--learning", action="store_true", help="learn training samples")
    options.add(parser, "--batch")
    parser.add_argument("--samples", type=options.positive, default=1000, metavar="N")
    options.add_data(parser)
    options.add(parser, "--threads", "--json")


def run(args: argparse.Namespace) -> int:
    """Run in Lava."""
    training = run_of(args)
    split, limit = ("train", None) if args.learning else ("test", args.samples)
    data = samples(args, training, split, limit=limit)
    identical = (_learn if args.learning else _infer)(Console(args), args, training, data)
    return 0 if identical else EXIT_DIFFERENT


def _infer(console: Console, args: argparse.Namespace, training: Training, data: Dataset) -> bool:
    from lava_intsnn.random_keys import eval_keys
    from lava_intsnn.training.evaluation import infer_all
    from lava_intsnn.training.executors import executor

    network = replace(training.network, batch=args.batch or training.network.batch)
    keys = eval_keys(training.state.seed, len(data))
    began = time.perf_counter()
    with executor(network, training.state, backend="lava", learning=False) as lava:
        started = time.perf_counter()
        found = infer_all(lava, data.images, keys, progress=True)
        seconds = time.perf_counter() - started
    with executor(network, training.state, threads=args.threads, learning=False) as engine:
        expected = engine.infer_batch(data.images, keys)
    identical = all(
        bool((getattr(found, what) == getattr(expected, what)).all())
        for what in ("predictions", "counts", "v")
    )
    accuracy = 100 * float((found.predictions == data.labels).mean())
    rows = [
        ("network", f"{network.name} {network.precision}, {training.epoch} epochs"),
        ("Lava", f"{len(data):,} test samples, {network.batch} at a time"),
        ("started in", f"{started - began:.1f} s"),
        ("speed", f"{rate(len(data), seconds):,.0f} samples/s"),
        ("test accuracy", percent(accuracy)),
        ("the engine's bits", "identical" if identical else "DIFFERENT"),
    ]
    console.say(table(rows))
    console.result(
        **fields(training, args.batch),
        backend="lava",
        samples=len(data),
        test_accuracy=accuracy,
        samples_per_second=rate(len(data), seconds),
        identical=identical,
        file=file_of(args),
        learning=False,
        start_seconds=round(started - began, 3),
    )
    return identical


def _learn(console: Console, args: argparse.Namespace, training: Training, data: Dataset) -> bool:
    from lava_intsnn.cli.continued import continue_both

    both = continue_both(
        training, data, samples=args.samples, batch=args.batch, threads=args.threads
    )
    network = training.network
    batch = args.batch or network.batch
    rows = [
        ("network", f"{network.name} {network.precision}, {training.epoch} epochs"),
        ("Lava", f"learned {both.samples:,} training samples, {batch} an update"),
        ("started in", f"{both.start_seconds:.1f} s"),
        ("speed", f"{rate(both.samples, both.in_lava.seconds):,.0f} samples/s"),
        ("the engine's", f"{rate(both.samples, both.in_engine.seconds):,.0f} samples/s"),
        ("train accuracy", percent(both.in_lava.accuracy)),
        ("identical", f"{both.weights_identical:,} of {both.weights:,} weights"),
    ]
    console.say(table(rows))
    console.result(
        **fields(training, args.batch),
        backend="lava",
        samples=both.samples,
        train_accuracy=both.in_lava.accuracy,
        train_seconds=round(both.in_lava.seconds, 3),
        samples_per_second=rate(both.samples, both.in_lava.seconds),
        identical=both.identical,
        file=file_of(args),
        learning=True,
        start_seconds=round(both.start_seconds, 3),
        weights=both.weights,
        weights_identical=both.weights_identical,
        engine_samples_per_second=rate(both.samples, both.in_engine.seconds),
    )
    return both.identical
