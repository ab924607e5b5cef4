"""Learning in Lava's own LearningDense beside our subclass of it: accuracy, weights and speed.

Both run the preset digits-snn-loihi with the same rule, samples and order, one update a sample.
They differ in how they round: Lava draws one random number for all synapses of an update and rounds
to half a weight of ours; our subclass draws for each synapse, as the engine does. The stock network
learns and is tested inside Lava; ours runs in the engine, which has the same bits (see
tests/systems/test_learning_dense.py), because Lava would take as long again.

    python benchmarks/stock_learning_dense.py                  # 6 epochs, 15 to 30 minutes
    python benchmarks/stock_learning_dense.py --epochs 1
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

import lava_intsnn as ls
from lava_intsnn.loihi.learning_engine import LearningSession, build, session
from lava_intsnn.random_keys import epoch_order, train_keys
from lava_intsnn.state import initial_state

PRESET = "digits-snn-loihi"
#: Samples after which the two are compared for the first time.
FIRST = 400


def stretches(n: int, epochs: int) -> list[tuple[int, slice]]:
    """Return (epoch, part of its order) between two tests."""
    first_epoch = [(0, slice(0, FIRST)), (0, slice(FIRST, n))]
    return first_epoch + [(epoch, slice(0, n)) for epoch in range(1, epochs)]


def odd_share(run: LearningSession) -> float:
    """Return the share of weights in Lava's unit that are odd: halves of ours."""
    held = [run.get(layer.weights).astype(int).ravel() for layer in run.system.layers]
    return float(np.mean(np.concatenate(held) % 2))


def main() -> None:
    """Learn, test and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--third-factor", choices=("signed", "split"), default="signed")
    parser.add_argument("--json", help="also write the figures to this file")
    args = parser.parse_args()
    network = ls.presets.preset(PRESET).network()
    train, test = ls.data.digits("train"), ls.data.digits("test")
    start = initial_state(network, args.seed)
    system = build(network, start, stock=True, third_factor=args.third_factor)
    rows: list[dict[str, float]] = []
    print(f"{PRESET}: {len(train)} training, {len(test)} test samples of {system.ticks} ticks")
    print("| samples learned | stock, test % | ours, test % | odd weights in stock | ticks/s |")
    print("|---|---|---|---|---|", flush=True)
    learned = 0
    with session(system) as run, ls.executor(network, start, threads=1) as ours:
        for epoch, part in stretches(len(train), args.epochs):
            order = epoch_order(args.seed, epoch, len(train))[part]
            given = train.images[order], train.labels[order], train_keys(args.seed, epoch, order)
            began = time.perf_counter()
            run.train_online(*given)
            rate = len(order) * system.ticks / (time.perf_counter() - began)
            ours.train_online(*given)
            learned += len(order)
            row = {
                "samples": learned,
                "stock": run.evaluate(test.images, test.labels).accuracy,
                "ours": ls.evaluate(network, ours.state(), test, threads=1).accuracy,
                "odd": odd_share(run),
                "ticks_per_second": rate,
            }
            rows.append(row)
            shown = f"{row['stock']:.1f} | {row['ours']:.1f} | {100 * row['odd']:.0f} %"
            print(f"| {learned:,} | {shown} | {rate:.0f} |", flush=True)
    if args.json:
        Path(args.json).write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
