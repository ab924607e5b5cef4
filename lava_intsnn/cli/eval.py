"""``lava-intsnn eval``: a checkpoint on the test set, on any executor."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console, percent, rate, table
from lava_intsnn.cli.samples import samples
from lava_intsnn.cli.subject import fields, file_of, run_of, untrained_note
from lava_intsnn.training.executors import backends

if TYPE_CHECKING:
    import numpy as np

    from lava_intsnn.data import Dataset
    from lava_intsnn.training.training_run import Training

HELP = "evaluate a checkpoint on the test set"
DESCRIPTION = "All backends give the same predictions; the engine is the fastest."
EXAMPLES = [
    ("a network that comes with the package", "eval mnist-snn --pretrained"),
    ("the whole test set", "eval digits.npz"),
    ("a hundred samples in Lava's simulator", "eval digits.npz --backend lava --limit 100"),
    ("compiled to microcode, on the virtual core", "eval mnist.npz --backend microcode"),
    ("the same, compiled before", "eval mnist-snn-loihi2/program.npz"),
    ("training speakers the run held out", "eval spoken.npz --hold-out-speakers 0,1"),
    ("your own data", "eval mine-trained.npz --test mine-test.npz"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    subject = (
        "written by `train --out FILE`, or a program of `compile`; a preset or a network as JSON "
        "is evaluated with the weights it begins with"
    )
    options.add_subject(parser, help=subject)
    backend = "default: engine; microcode: compiled, on virtual cores (programs always run there)"
    parser.add_argument("--backend", choices=backends(), help=backend)
    options.add(parser, "--guarded")
    options.add(parser, "--limit", help="use the first N test samples")
    speakers = "evaluate on these training speakers instead of the test set"
    options.add(parser, "--hold-out-speakers", help=speakers)
    options.add_data(parser)
    options.add(parser, "--threads", "--json")


def run(args: argparse.Namespace) -> int:
    """Evaluate."""
    from lava_intsnn.training.evaluation import evaluate

    if _is_program(args.subject):
        from lava_intsnn.cli.eval_program import run_program

        return run_program(args)
    console = Console(args)
    training = run_of(args)
    if args.guarded:
        from lava_intsnn.network.guarded import inference_network

        training = replace(training, network=inference_network(training.network))
    data, result = _data(training, args)
    backend, network = args.backend or "engine", training.network
    if backend == "reference" and network.precision.floating:
        raise ValueError(
            "--backend reference: it computes in integers, and this run is in fp32; "
            "use engine or lava"
        )
    began = time.perf_counter()
    found = evaluate(
        network, training.state, data, backend=backend, threads=args.threads, progress=True
    )
    seconds = time.perf_counter() - began
    by_speaker = _by_speaker(found.predictions, data)
    rows = [
        ("network", f"{network.name} {network.precision}, {training.epoch} epochs"),
        ("backend", backend),
        ("samples", f"{len(data):,} of {data.name} in {seconds:.1f} s"),
        (result, percent(found.accuracy)),
        *((who, percent(value)) for who, value in by_speaker.items()),
    ]
    console.say(untrained_note(args) + table(rows))
    console.result(
        **fields(training),
        backend=backend,
        samples=len(data),
        **{result.replace(" ", "_"): found.accuracy},
        **({"speakers": by_speaker} if by_speaker else {}),
        samples_per_second=rate(len(data), seconds),
        file=file_of(args),
    )
    return 0


def _is_program(path: str) -> bool:
    from lava_intsnn.cli.subject import is_description
    from lava_intsnn.storage.container import peek

    return os.path.exists(path) and not is_description(path) and peek(path)[0] == "program"


def _data(training: Training, args: argparse.Namespace) -> tuple[Dataset, str]:
    """Return the data to classify, and the name of their accuracy."""
    if args.hold_out_speakers is None:
        return samples(args, training, "test", limit=args.limit), "test accuracy"
    _, held_out = samples(args, training, "train").hold_out_speakers(args.hold_out_speakers)
    return held_out if args.limit is None else held_out.head(args.limit), "validation accuracy"


def _by_speaker(predictions: np.ndarray, data: Dataset) -> dict[str, float]:
    """Return the accuracy of each speaker, if the data name them."""
    if data.speakers is None:
        return {}
    right = predictions == data.labels
    return {
        f"speaker {speaker}": 100 * float(right[data.speakers == speaker].mean())
        for speaker in sorted(set(data.speakers.tolist()))
    }
