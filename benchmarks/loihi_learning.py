"""Learning as Loihi can, one sample at a time: test accuracy over seeds, and speed.

Settings were chosen on 10,000 held-out training images; this trains on all of them and looks at
the test set once per run. Speed is that of one thread, all ways of learning taking turns in one
process: the reference, which is the literal rule in numpy, the engine asked for a batch of one at a
time, and the engine taking many samples in one call.

    python benchmarks/loihi_learning.py                       # accuracies and speed
    python benchmarks/loihi_learning.py --only digits --seeds 1
    python benchmarks/loihi_learning.py --no-accuracy
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from timing import samples_per_second, table

import lava_intsnn as ls
from lava_intsnn import reference
from lava_intsnn.engine import Engine
from lava_intsnn.random_keys import epoch_order, train_keys
from lava_intsnn.state import State, initial_state
from lava_intsnn.training.epochs import saturated

PRESETS = ("mnist-snn-loihi", "mnist-snn-loihi-400", "digits-snn-loihi")
LITERAL = "literal rule, sample by sample"
#: Samples in one call, as the trainer makes it, and single updates before the clock is read.
CHUNK, FEW = 512, 20
#: Samples learned before speed is measured, so that errors are as rare as they mostly are.
LEARNED = 10_000


def accuracies(name: str, seeds: int) -> list[dict[str, object]]:
    """Train ``name`` with its recipe and evaluate, for each seed."""
    preset = ls.presets.preset(name)
    network = preset.network()
    train, test = (ls.data.load(preset.data, split) for split in ("train", "test"))
    found = []
    for seed in range(seeds):
        state = ls.train(network, train, seed=seed, threads=1)
        low, high = network.precision.w_shadow_min, network.precision.w_shadow_max
        assert all(low <= w.min() <= w.max() <= high for w in state.weights)
        accuracy = ls.evaluate(network, state, test, threads=1).accuracy
        found.append({"seed": seed, "test": accuracy, "at_limit": saturated(network, state)})
    return found


def ways(name: str) -> dict[str, Callable[[], int]]:
    """Return the ways of learning successive samples from one state, each on its own copy."""
    preset = ls.presets.preset(name)
    network = preset.network()
    data = ls.data.load(preset.data, "train")
    order = epoch_order(0, 0, len(data))
    images, labels, keys = data.images[order], data.labels[order], train_keys(0, 0, order)
    with Engine(network, initial_state(network), threads=1) as engine:
        for first in range(0, LEARNED, CHUNK):
            part = np.arange(first, first + CHUNK) % len(order)
            engine.train_online(images[part], labels[part], keys[part])
        start = engine.state()

    single, online = (Engine(network, start, threads=1) for _ in range(2))
    state = start

    def step(learn: Callable[[slice], None], size: int) -> Callable[[], int]:
        position = 0

        def once() -> int:
            nonlocal position
            first = position if position + size <= len(order) else 0
            position = first + size
            learn(slice(first, position))
            return size

        return once

    def literal(part: slice) -> None:
        nonlocal state
        state, _ = reference.train_batch(network, state, images[part], labels[part], keys[part])

    def one_by_one(part: slice) -> None:
        for k in range(part.start, part.stop):
            one = slice(k, k + 1)
            single.train_batch(images[one], labels[one], keys[one])

    def in_one_call(part: slice) -> None:
        online.train_online(images[part], labels[part], keys[part])

    check(network, start, images[:FEW], labels[:FEW], keys[:FEW])
    return {
        LITERAL: step(literal, 1),
        "engine, a batch of one at a time": step(one_by_one, FEW),
        "engine, many samples in one call": step(in_one_call, CHUNK),
    }


def check(
    network: ls.Network, start: State, images: np.ndarray, labels: np.ndarray, keys: np.ndarray
) -> None:
    """Make sure that all ways leave the same weights."""
    state = start
    for k in range(len(images)):
        one = slice(k, k + 1)
        state, _ = reference.train_batch(network, state, images[one], labels[one], keys[one])
    with Engine(network, start, threads=1) as engine:
        engine.train_online(images, labels, keys)
        assert engine.state().equals(state), "the ways disagree"


def main() -> None:
    """Train, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="presets whose name contains this")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--no-accuracy", action="store_true", help="speed only")
    parser.add_argument("--no-speed", action="store_true", help="accuracy only")
    parser.add_argument("--seconds", type=float, default=1.0, help="per way and round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", help="also write the figures to this file")
    args = parser.parse_args()
    chosen = [name for name in PRESETS if args.only in name]
    results: dict[str, dict[str, object]] = {name: {} for name in chosen}
    if not args.no_accuracy:
        print("| preset | mean | seeds | weights at their limit, hidden / output |")
        print("|---|---|---|---|")
        for name in chosen:
            found = accuracies(name, args.seeds)
            each = ", ".join(f"{run['test']:.2f}" for run in found)
            mean = statistics.fmean(float(run["test"]) for run in found)
            limits = np.mean([run["at_limit"] for run in found], axis=0)
            shares = " / ".join(f"{100 * share:.1f} %" for share in limits)
            print(f"| {name} | **{mean:.2f}** | {each} | {shares} |", flush=True)
            results[name]["accuracy"] = found
    if not args.no_speed:
        for name in chosen:
            rates = samples_per_second(ways(name), seconds=args.seconds, rounds=args.rounds)
            print(f"\n{name}, one thread\n\n{table(rates, base=LITERAL)}", flush=True)
            results[name]["rates"] = rates
    if args.json:
        Path(args.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
