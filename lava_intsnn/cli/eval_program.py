"""Evaluation of a compiled program on the test set, for `eval` with a file of `compile`."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

from lava_intsnn.cli.console import Console, percent, rate, table
from lava_intsnn.cli.samples import samples
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.presets import recipe_for

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset
    from lava_intsnn.formats.program_file import Compiled
    from lava_intsnn.loihi.microcode.virtual_core import CoreCounts

#: Counters of the virtual core and their names in the output.
COUNTED = ("instructions", "synaptic_ops", "spikes", "state_reads", "state_writes", "synapse_reads")


def run_program(args: argparse.Namespace) -> int:
    """Classify the test set on the virtual core, without learning, and print the operations."""
    from lava_intsnn.formats.program_file import load_program
    from lava_intsnn.loihi import VirtualChip
    from lava_intsnn.training.evaluation import classify
    from lava_intsnn.training.training_run import start

    compiled = load_program(args.subject)
    network = compiled.network
    for option in ("guarded", "hold_out_speakers"):
        if getattr(args, option) not in (None, False):
            name = option.replace("_", "-")
            raise ValueError(f"--{name}: {args.subject} is a program already; leave it out")
    if args.backend not in (None, "microcode"):
        raise ValueError(
            f"--backend {args.backend}: {args.subject} is a program, which runs in microcode; give "
            "the checkpoint it was compiled from"
        )
    console = Console(args)
    if isinstance(network, SpikingNetwork):
        return _run_converted(console, args, compiled, network)
    run = start(network, recipe_for(network), data="", seed=compiled.seed, classes=compiled.classes)
    data = samples(args, run, "test", limit=args.limit)
    chip = VirtualChip(
        compiled.image, network=network, seed=compiled.seed, updates=compiled.updates
    )
    began = time.perf_counter()
    found = classify(chip, data.images, data.labels, seed=compiled.seed, progress=True)
    seconds = time.perf_counter() - began
    counts = _counts(chip.counters.total, len(data))
    speed = rate(len(data), seconds)
    console.say(table(_rows(compiled, data, seconds, counts, found.accuracy)))
    console.result(
        preset=network.name,
        precision=str(network.precision),
        backend="microcode",
        seed=compiled.seed,
        batch=network.batch,
        samples=len(data),
        test_accuracy=found.accuracy,
        samples_per_second=speed,
        counts=counts,
        file=args.subject,
    )
    return 0


def _run_converted(
    console: Console, args: argparse.Namespace, compiled: Compiled, network: SpikingNetwork
) -> int:
    """Classify the test set of a converted network on the virtual core."""
    from lava_intsnn.cli.convert.conversion_source import Subject, test_set
    from lava_intsnn.loihi import ConvertedChip

    subject = Subject(path=args.subject, network=network, origin=dict(compiled.origin))
    data = test_set(subject, data_dir=args.data_dir, limit=args.limit)
    steps = compiled.converted_steps
    chip = ConvertedChip(compiled.image, network=network, steps=steps)
    began = time.perf_counter()
    found = chip.infer(data.maps, record=False, progress=True)
    seconds = time.perf_counter() - began
    accuracy = 100 * float((found.predictions[-1] == data.labels).mean())
    counts = _counts(chip.counters.total, len(data))
    console.say(table(_rows(compiled, data, seconds, counts, accuracy)))
    console.result(
        preset=compiled.origin["preset"],
        backend="microcode",
        samples=len(data),
        steps=steps,
        test_accuracy=accuracy,
        samples_per_second=rate(len(data), seconds),
        counts=counts,
        file=args.subject,
    )
    return 0


def _counts(total: CoreCounts, samples: int) -> dict[str, float]:
    return {name: getattr(total, name) / samples for name in COUNTED}


def _rows(
    compiled: Compiled, data: Dataset, seconds: float, counts: dict[str, float], accuracy: float
) -> list[tuple[str, str]]:
    named = {f"{name.replace('_', ' ')} a sample": value for name, value in counts.items()}
    return [
        ("program", f"{compiled.image.program.name} for {compiled.target}"),
        ("backend", "microcode"),
        ("samples", f"{len(data):,} of {data.name} in {seconds:.1f} s"),
        *((what, f"{value:,.0f}") for what, value in named.items()),
        ("test accuracy", percent(accuracy)),
    ]
