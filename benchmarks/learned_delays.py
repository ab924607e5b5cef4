"""Spiking Heidelberg Digits: delays that learn beside delays that stay, on folds.

The network and recipe are those of ``fsdd-delay`` with 20 outputs. Each fold sets two training
speakers aside, trains on the others and tests on these two; the test set is never read. A line
trains the same networks, from the same weights and delays, with another rate of the delays.

    python benchmarks/learned_delays.py --rates fixed 24 --folds 0 1
    python benchmarks/learned_delays.py --rates fixed 22 24 --bits 8 --clip 64 --json rates.json
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import lava_intsnn as ls
from lava_intsnn.data import Dataset
from lava_intsnn.network import Network
from lava_intsnn.state import State
from lava_intsnn.training.epochs import epochs_of
from lava_intsnn.training.training_run import start

CLASSES = 20


def network_of(args: argparse.Namespace, rate: int | None) -> Network:
    """Return the network with fixed delays, or delays that learn with a shift of ``rate``."""
    given = ls.presets.preset("fsdd-delay").network(args.precision)
    hidden, output = given.layers
    learned = {}
    if rate is not None:
        learned = {"delay_lr_shift": rate, "delay_bits": args.bits, "delay_clip": args.clip}
    hidden = replace(
        hidden,
        n_out=args.hidden,
        max_delay=args.max_delay,
        delay_source="state",
        **learned,
    )
    output = replace(output, n_in=args.hidden, n_out=CLASSES)
    return replace(given, name="learned-delays", layers=(hidden, output), steps=args.frames)


def fold(args: argparse.Namespace, data: Dataset, pair: int, rate: int | None) -> dict[str, Any]:
    """Train without a pair of speakers and return how well they are understood."""
    speakers = np.unique(data.speakers)
    held = speakers[2 * pair : 2 * pair + 2].tolist()
    train, test = data.hold_out_speakers(held)
    network = network_of(args, rate)
    recipe = replace(ls.presets.preset("fsdd-delay").recipe, epochs=args.epochs)
    began = time.perf_counter()
    run = start(network, recipe, data=train.fingerprint(), seed=args.seed)
    first = run.state
    for after in epochs_of(run, train, threads=args.threads, progress=False):
        run = after
        if args.every and run.epoch % args.every == 0:
            found = ls.evaluate(network, run.state, test, threads=args.threads).accuracy
            print(f"    epoch {run.epoch}: {found:.2f}", flush=True)
    moved = _moved(network, first, run.state)
    accuracy = ls.evaluate(network, run.state, test, threads=args.threads).accuracy
    return {
        "rate": "fixed" if rate is None else rate,
        "speakers": held,
        "accuracy": accuracy,
        "train": run.history[-1].train_accuracy,
        "seconds": round(time.perf_counter() - began, 1),
        **moved,
    }


def _moved(network: Network, first: State, last: State) -> dict[str, float]:
    """Return how far delays in use have moved, in steps, and the share that has."""
    layer = network.layers[0]
    steps = layer.delays(last.delays[0]) - layer.delays(first.delays[0])
    return {"moved": float(np.abs(steps).mean()), "share": float((steps != 0).mean())}


def main() -> None:
    """Train every line on every fold and print the means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rates", nargs="+", default=["fixed", "24"], metavar="SHIFT")
    parser.add_argument("--folds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--max-delay", type=int, default=19)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--bits", type=int, default=8)
    parser.add_argument("--clip", type=int, default=64)
    parser.add_argument("--precision", default="16-8")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--every", type=int, default=0, help="evaluate each so many epochs")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    data = ls.data.shd("train", frames=args.frames)
    lines = []
    for rate in args.rates:
        found = []
        for pair in args.folds:
            found.append(fold(args, data, pair, None if rate == "fixed" else int(rate)))
            print(json.dumps(found[-1]), flush=True)
            lines.append(found[-1])
            if args.json:
                args.json.write_text(json.dumps({"args": vars(args), "lines": lines}, default=str))
        mean = np.mean([each["accuracy"] for each in found])
        print(f"{rate:>6}: mean of {len(found)} folds {mean:.2f} %", flush=True)


if __name__ == "__main__":
    main()
