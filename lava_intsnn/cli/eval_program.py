"""Evaluation of a compiled program on the test set, for `eval` with a file of `compile`."""

from __future__ import annotations

import argparse
import time

from lava_intsnn.cli.console import Console, percent, rate, table
from lava_intsnn.cli.samples import samples
from lava_intsnn.presets import recipe_for

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
    run = start(network, recipe_for(network), data="", seed=compiled.seed, classes=compiled.classes)
    data = samples(args, run, "test", limit=args.limit)
    chip = VirtualChip(
        compiled.image, network=network, seed=compiled.seed, updates=compiled.updates
    )
    began = time.perf_counter()
    found = classify(chip, data.images, data.labels, seed=compiled.seed, progress=True)
    seconds = time.perf_counter() - began
    total = chip.counters.total
    counts = {name: getattr(total, name) / len(data) for name in COUNTED}
    named = {f"{name.replace('_', ' ')} a sample": value for name, value in counts.items()}
    rows = [
        ("program", f"{compiled.image.program.name} for {compiled.target}"),
        ("backend", "microcode"),
        ("samples", f"{len(data):,} of {data.name} in {seconds:.1f} s"),
        *((what, f"{value:,.0f}") for what, value in named.items()),
        ("test accuracy", percent(found.accuracy)),
    ]
    console.say(table(rows))
    console.result(
        preset=network.name,
        precision=str(network.precision),
        backend="microcode",
        seed=compiled.seed,
        batch=network.batch,
        samples=len(data),
        test_accuracy=found.accuracy,
        samples_per_second=rate(len(data), seconds),
        counts=counts,
        file=args.subject,
    )
    return 0
