"""``lava-intsnn eval``: a checkpoint on the test set, on any executor."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from lava_intsnn.cli import options
from lava_intsnn.cli.console import Console, percent, rate, table

if TYPE_CHECKING:
    import numpy as np

    from lava_intsnn.data import Dataset
    from lava_intsnn.presets import Preset
    from lava_intsnn.training.training_run import Training


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
            ("compiled to microcode, on the virtual core", "eval mnist.npz --backend microcode"),
            ("the same, compiled before", "eval mnist-snn-loihi2/program.npz"),
            ("training speakers the run held out", "eval spoken.npz --hold-out-speakers 0,1"),
        ],
    )
    parser.add_argument(
        "file", metavar="FILE", help="written by `train --out FILE`, or a program of `compile`"
    )
    parser.add_argument(
        "--backend",
        choices=tuple(_BACKENDS),
        help="default: engine; microcode: compiled, on virtual cores, which is what a program runs "
        "on",
    )
    options.add_guarded(parser)
    parser.add_argument(
        "--limit", type=options.positive, metavar="N", help="use the first N test samples"
    )
    options.add_hold_out_speakers(
        parser, help="evaluate on these training speakers instead of the test set"
    )
    options.add_data(parser)
    options.add_threads(parser)
    options.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Evaluate."""
    from lava_intsnn.cli.source import checkpoint, preset_of

    if _is_program(args.file):
        from lava_intsnn.cli.eval_program import run_program

        return run_program(args)
    console = Console(args)
    training = checkpoint(args.file)
    chosen = preset_of(training)
    if args.guarded:
        from lava_intsnn.network.guarded import inference_network

        training = replace(training, network=inference_network(training.network))
    data, result = _data(chosen, args)
    backend = args.backend or "engine"
    began = time.perf_counter()
    predictions = _BACKENDS[backend](training, data, args)
    seconds = time.perf_counter() - began
    accuracy = 100 * float((predictions == data.labels).mean())
    by_speaker = _by_speaker(predictions, data)
    throughput = rate(len(data), seconds)
    network = training.network
    console.say(
        table(
            [
                ("network", f"{network.name} {network.precision}, {training.epoch} epochs"),
                ("backend", backend),
                ("samples", f"{len(data):,} of {data.name} in {seconds:.1f} s"),
                (result, percent(accuracy)),
                *((who, percent(value)) for who, value in by_speaker.items()),
            ]
        )
    )
    console.result(
        preset=chosen.name,
        precision=str(network.precision),
        backend=backend,
        epochs=training.epoch,
        seed=training.state.seed,
        batch=network.batch,
        samples=len(data),
        **{result.replace(" ", "_"): accuracy},
        **({"speakers": by_speaker} if by_speaker else {}),
        samples_per_second=throughput,
        file=args.file,
    )
    return 0


def _is_program(path: str) -> bool:
    from lava_intsnn.storage.container import peek

    return os.path.exists(path) and peek(path)[0] == "program"


def _data(chosen: Preset, args: argparse.Namespace) -> tuple[Dataset, str]:
    """Return the data to classify, and the name of their accuracy."""
    from lava_intsnn.cli.source import dataset

    if args.hold_out_speakers is None:
        data = dataset(chosen, "test", data_dir=args.data_dir, limit=args.limit)
        return data, "test accuracy"
    train = dataset(chosen, "train", data_dir=args.data_dir)
    _, held_out = train.hold_out_speakers(args.hold_out_speakers)
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


def _engine(training: Training, data: Dataset, args: argparse.Namespace) -> np.ndarray:
    from lava_intsnn.training.epochs import evaluate

    return evaluate(training.network, training.state, data, threads=args.threads).predictions


def _reference(training: Training, data: Dataset, args: argparse.Namespace) -> np.ndarray:
    import numpy as np
    from tqdm.auto import tqdm

    from lava_intsnn.random_keys import eval_keys
    from lava_intsnn.reference import infer_batch

    if training.network.precision.floating:
        raise ValueError(
            "--backend reference: it computes in integers, and this run is in fp32; "
            "use engine or lava"
        )
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


def _microcode(training: Training, data: Dataset, args: argparse.Namespace) -> np.ndarray:
    from lava_intsnn.loihi import VirtualChip, compile
    from lava_intsnn.random_keys import eval_keys

    network, state = training.network, training.state
    chip = VirtualChip(compile(network, state, learning=False), network=network)
    return chip.infer(data.images, eval_keys(state.seed, len(data))).predictions


_BACKENDS = {"engine": _engine, "reference": _reference, "lava": _lava, "microcode": _microcode}
