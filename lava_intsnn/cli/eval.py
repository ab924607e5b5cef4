"""``lava-intsnn eval``: a checkpoint on the test set, on any executor."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console, percent, rate, table

if TYPE_CHECKING:
    import numpy as np

    from lava_intsnn.data import Dataset
    from lava_intsnn.training import Training


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = options.command(
        commands,
        "eval",
        run,
        help="evaluate a checkpoint on the test set",
        description="All backends give the same predictions; the engine is the fastest.",
        examples=[
            ("the whole test set", "eval digits.npz"),
            ("a hundred samples in Lava's simulator", "eval digits.npz --backend lava --limit 100"),
        ],
    )
    parser.add_argument("file", metavar="FILE", help="written by `lava-intsnn train --out FILE`")
    parser.add_argument("--backend", choices=tuple(_BACKENDS), default="engine")
    parser.add_argument(
        "--limit", type=options.positive, metavar="N", help="use the first N test samples"
    )
    options.add_data(parser)
    options.add_threads(parser)
    options.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Evaluate."""
    from lava_intsnn.cli.source import checkpoint, dataset, preset_of

    console = Console(args)
    training = checkpoint(args.file)
    chosen = preset_of(training)
    data = dataset(chosen.data, "test", data_dir=args.data_dir, limit=args.limit)
    began = time.perf_counter()
    predictions = _BACKENDS[args.backend](training, data, args)
    seconds = time.perf_counter() - began
    accuracy = 100 * float((predictions == data.labels).mean())
    throughput = rate(len(data), seconds)
    network = training.network
    console.say(
        table(
            [
                ("network", f"{network.name} {network.precision}, {training.epoch} epochs"),
                ("backend", args.backend),
                ("samples", f"{len(data):,} of {data.name} in {seconds:.1f} s"),
                ("test accuracy", percent(accuracy)),
            ]
        )
    )
    console.result(
        preset=chosen.name,
        precision=str(network.precision),
        backend=args.backend,
        epochs=training.epoch,
        seed=training.state.seed,
        batch=network.batch,
        samples=len(data),
        test_accuracy=accuracy,
        samples_per_second=throughput,
        file=args.file,
    )
    return 0


def _engine(training: Training, data: Dataset, args: argparse.Namespace) -> np.ndarray:
    from lava_intsnn.engine import evaluate

    return evaluate(training.network, training.state, data, threads=args.threads).predictions


def _reference(training: Training, data: Dataset, args: argparse.Namespace) -> np.ndarray:
    import numpy as np
    from tqdm.auto import tqdm

    from lava_intsnn.reference import infer_batch
    from lava_intsnn.training import eval_keys

    keys = eval_keys(training.state.seed, len(data))
    step = training.network.batch
    return np.concatenate(
        [
            infer_batch(
                training.network, training.state, data.images[k : k + step], keys[k : k + step]
            ).predictions
            for k in tqdm(range(0, len(data), step), unit="batch", leave=False, disable=None)
        ]
    )


def _lava(training: Training, data: Dataset, args: argparse.Namespace) -> np.ndarray:
    from lava_intsnn import build, session

    with session(build(training.network, training.state, learning=False)) as lava:
        return lava.evaluate(data.images, data.labels).predictions


_BACKENDS = {"engine": _engine, "reference": _reference, "lava": _lava}
