"""``lava-intsnn verify``: train a few batches on every backend and compare all state."""

from __future__ import annotations

import argparse

from lava_intsnn.cli import options
from lava_intsnn.cli.console import EXIT_DIFFERENT, Console, table
from lava_intsnn.cli.samples import samples
from lava_intsnn.cli.subject import fields, file_of, run_of

#: What the result says of each backend.
_COMPARED = ("name", "identical", "weights", "weights_identical", "outputs", "outputs_identical")

HELP = "train a few batches on every backend and compare all state with the reference"
DESCRIPTION = "Exit status 1 and the first differing element if anything differs."
EXAMPLES = [
    ("reference, engine and Lava", "verify digits-snn"),
    ("one sample an update, 4-bit weights", "verify digits-snn --batch 1 --precision 8-4"),
    ("from where a run has come to", "verify digits.npz --samples 64"),
    ("convolution", "verify mnist-csnn --samples 32 --batch 16"),
    ("one sample an update, as Loihi learns", "verify digits-snn-loihi --samples 200"),
    (
        "every way a network can learn that Loihi can train",
        "verify digits-snn-loihi --samples 200 --backends engine lava microcode lava-microcode "
        "learning-engine",
    ),
    ("without Lava", "verify mnist-snn --backends engine"),
    ("a network and data of your own", "verify mine.json --data mine.npz"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_source(parser)
    learned = "training samples to learn (default 256)"
    options.add_count(parser, "--samples", "N", learned, default=256)
    options.add(parser, "--batch")
    options.add(parser, "--seed", help="default 0; a file has its own")
    backends = (
        "engine, lava (default: both) and, for networks Loihi can train, microcode (virtual "
        "cores), lava-microcode (its programs inside Lava), learning-engine (LearningDense)"
    )
    parser.add_argument(
        "--backends", nargs="+", default=("engine", "lava"), metavar="NAME", help=backends
    )
    options.add_data(parser)
    options.add(parser, "--json")


def run(args: argparse.Namespace) -> int:
    """Verify."""
    from lava_intsnn.verification import verify

    console = Console(args)
    training = run_of(args)
    data = samples(args, training, "train")
    report = verify(
        training.current_network,
        data,
        samples=args.samples,
        batch=args.batch,
        state=training.state,
        epoch=training.epoch,
        backends=tuple(dict.fromkeys(args.backends)),
        progress=True,
    )
    network = report.network
    updates = f"{report.batches:,} update{'s' * (report.batches != 1)}"
    console.say(
        f"{network.name} {network.precision}: {report.samples:,} samples in {updates} "
        f"of up to {network.batch}, compared with the reference\n"
    )
    rows = [["backend", "", "weights identical", "outputs identical"]]
    for b in report.backends:
        same = "identical" if b.identical else "DIFFERENT"
        weights = f"{b.weights_identical:,} of {b.weights:,}"
        rows.append([b.name, same, weights, f"{b.outputs_identical:,} of {b.outputs:,}"])
    console.say(table(rows))
    for b in report.backends:
        if b.difference is not None:
            console.say(f"\nfirst difference: {b.difference}")
    console.result(
        **fields(training, args.batch),
        samples=report.samples,
        identical=report.identical,
        first_difference=str(report.difference) if report.difference else None,
        backends=[
            {name: getattr(backend, name) for name in _COMPARED} for backend in report.backends
        ],
        file=file_of(args),
    )
    return 0 if report.identical else EXIT_DIFFERENT
