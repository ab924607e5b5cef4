"""Test accuracy of the presets over seeds: the figures the README states.

All settings were chosen on a validation split of the training images; this trains on all 60,000 and
looks at the test set once per run.

    python benchmarks/accuracy.py                      # every line below, about an hour
    python benchmarks/accuracy.py --only 16-4 --seeds 1
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import lava_intsnn as ls
from lava_intsnn.arithmetic import limit


@dataclass(frozen=True)
class Line:
    """A line of the table: what to train, and what it should reach."""

    preset: str
    precision: str
    epochs: int
    augment: int
    seeds: int
    aim: str


LINES = (
    Line("mnist-snn", "16-8", 12, 0, 3, ">= 97.6"),
    Line("mnist-snn", "16-4", 12, 0, 3, ">= 97.2"),
    Line("mnist-snn", "8-4", 12, 0, 3, ">= 96.9"),
    Line("mnist-snn", "8-8", 12, 0, 3, ""),
    Line("mnist-snn", "16-16", 12, 0, 3, ""),
    Line("mnist-snn", "16-12", 12, 0, 3, ""),
    Line("mnist-snn", "16-8", 30, 1, 3, ">= 98.0"),
    Line("mnist-snn-paper", "16-8-unbounded", 50, 0, 3, "97.5 +- 0.2"),
    Line("mnist-snn-paper", "16-8", 50, 0, 3, ""),
    Line("mnist-csnn", "16-8", 30, 1, 3, ">= 98.8"),
    Line("mnist-csnn", "16-8", 12, 0, 3, ">= 98.5"),
    Line("mnist-csnn", "16-4", 12, 0, 3, ">= 98.0"),
    Line("mnist-csnn", "8-4", 12, 0, 3, ">= 97.3"),
    Line("mnist-csnn-paper", "16-8", 50, 0, 1, ""),
)


def accuracy(
    line: Line, seed: int, train: ls.data.Dataset, test: ls.data.Dataset, threads: int | None
) -> float:
    """Train, check the widths, and return the test accuracy in percent."""
    preset = ls.presets.preset(line.preset)
    network = preset.network(line.precision)
    recipe = replace(preset.recipe, epochs=line.epochs, augment=line.augment)
    state = ls.train(network, train, recipe=recipe, seed=seed, threads=threads)
    precision = network.precision
    assert max(np.abs(w).max() for w in state.weights) <= limit(precision.storage_bits)
    half = 1 << (precision.w_bits - 1)
    assert all(-half <= state.w(network, k).min() for k in range(len(network.layers)))
    assert all(state.w(network, k).max() < half for k in range(len(network.layers)))
    return ls.evaluate(network, state, test).accuracy


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="lines whose preset or precision contains this")
    parser.add_argument("--threads", type=int, help="all usable cores by default")
    parser.add_argument("--seeds", type=int, help="instead of each line's own number")
    parser.add_argument("--data-dir", help="where MNIST lies (default: LAVA_INTSNN_DATA)")
    parser.add_argument("--json", help="also write the figures to this file")
    args = parser.parse_args()
    train, test = (ls.data.load("mnist", s, data_dir=args.data_dir) for s in ("train", "test"))
    results = []
    print("| preset | precision | epochs | augmented | mean | seeds | aim | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    for line in LINES:
        if args.only and args.only not in f"{line.preset} {line.precision}":
            continue
        began = time.perf_counter()
        found = [
            accuracy(line, k, train, test, args.threads) for k in range(args.seeds or line.seeds)
        ]
        spent = time.perf_counter() - began
        each = ", ".join(f"{value:.2f}" for value in found)
        print(
            f"| {line.preset} | {line.precision} | {line.epochs} | {line.augment or ''} "
            f"| **{np.mean(found):.2f}** | {each} | {line.aim} | {spent:.0f} |",
            flush=True,
        )
        results.append({"line": line.__dict__, "accuracies": found})
    if args.json:
        Path(args.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
