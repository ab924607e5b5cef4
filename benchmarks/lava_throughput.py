"""Throughput inside Lava's simulator: our Processes against Lava's own of the same size.

784-100-10, T = 20 steps a sample, tag fixed_pt, all in one process run, taking turns. Lava's Dense
and LearningDense take one sample at a time; ours take a batch side by side in one message. The
LearningDense network learns by pairwise STDP (two factors), which is less work than our rule; it
stands for what an epoch of Lava's learning costs.

    python benchmarks/lava_throughput.py
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

import lava_networks
import numpy as np
from timing import samples_per_second, table

import lava_intsnn as ls
from lava_intsnn.random_keys import train_keys
from lava_intsnn.reference import encode

BASE = "Lava Dense + LIF, inference"


def our_step(run, images, labels, batch, count, *, learning):
    """Return a step that takes ``count`` batches through a running session."""
    n = batch * count
    keys = train_keys(0, 0, np.arange(n))

    def step():
        if learning:
            for k in range(0, n, batch):
                part = slice(k, k + batch)
                run.train_batch(images[part], labels[part], keys[part])
        else:
            run.infer_batch(images[:n], keys)
        return n

    return step


def fit_step(run, images, labels):
    """Return a step that learns ``images`` by :meth:`fit`, as a user would."""

    def step():
        run.fit(images, labels, progress=False)
        return len(images)

    return step


def lava_step(run, steps, samples):
    """Return a step that runs a stock network for ``samples`` samples."""

    def step():
        run.run(samples * steps)
        return samples

    return step


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="per network and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--data-dir", help="where MNIST lies (default: LAVA_INTSNN_DATA)")
    parser.add_argument("--json", help="also write the figures to this file")
    args = parser.parse_args()

    mnist = ls.data.load("mnist", "train", data_dir=args.data_dir)
    images, labels = mnist.images[:1280], mnist.labels[:1280]
    network = ls.presets.mnist_snn()
    state = ls.initial_state(network)
    weights = [state.w(network, k) for k in range(2)]
    spikes = encode(network.encoder, images[0], key=train_keys(0, 0, np.array([0]))[0], steps=20).T

    rates: dict[str, list[float]] = {}
    cases = {
        BASE: lambda: (lava_networks.inference(spikes, weights, 500), None),
        "Lava LearningDense + LIF, STDP": lambda: (
            lava_networks.learning(spikes, weights, 500),
            None,
        ),
        "ours, batch 1, inference": lambda: (ls.build(network, state, batch=1), "infer"),
        "ours, batch 1, learning": lambda: (ls.build(network, state, batch=1), "learn"),
        "ours, batch 128, inference": lambda: (
            ls.build(network, state, capacity=1280),
            "infer",
        ),
        "ours, batch 128, learning": lambda: (ls.build(network, state, capacity=1280), "fit"),
    }
    for _ in range(args.rounds):  # one network at a time: each has a process per Process
        for name, make in cases.items():
            system, mode = make()
            with ls.session(system) as run:
                if mode is None:
                    step = lava_step(run, network.steps, 5)
                elif mode == "fit":
                    step = fit_step(run, images, labels)
                else:
                    batch = system.network.batch
                    count = 10 if batch > 1 else 20
                    step = our_step(run, images, labels, batch, count, learning=mode == "learn")
                result = samples_per_second({name: step}, seconds=args.seconds, rounds=1)
                rates.setdefault(name, []).extend(result[name])

    print(f"784-100-10, T = {network.steps}, inside Lava's simulator\n")
    print(table(rates, base=BASE))
    learn = statistics.median(rates["ours, batch 128, learning"])
    stdp = statistics.median(rates["Lava LearningDense + LIF, STDP"])
    print(f"\nlearning, batch 128, against LearningDense: {learn / stdp:.0f}x")
    if args.json:
        Path(args.json).write_text(json.dumps(rates, indent=1))


if __name__ == "__main__":
    main()
