"""Training throughput: the engine against the literal step and against torch peers.

The same network (784-100-10, or the convolutional one), T = 20, batch and threads for all, in one
process, taking turns.
A training step goes from pixels to updated weights: the engine encodes with its counter-based
code, a peer with ``torch.rand(T, B, I) < pixels``, as its tutorials do. Each peer is also measured
with its spikes given for free, and the literal step always gets them so. Peers that are not
installed are left out and named.

    python benchmarks/training_throughput.py --threads 1
    python benchmarks/training_throughput.py --network mnist-csnn
    python benchmarks/training_throughput.py --threads 2 --json result.json
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from timing import samples_per_second, table

from lava_intsnn import data, presets
from lava_intsnn.arithmetic import Rounding
from lava_intsnn.engine import Engine
from lava_intsnn.network import Feedback
from lava_intsnn.random_keys import epoch_order, train_keys
from lava_intsnn.reference import encode, train_batch
from lava_intsnn.state import initial_state

PEERS = ("snntorch_bptt", "spikingjelly_bptt", "slayer_bptt")
NETWORKS = ("mnist-snn", "mnist-csnn")
LITERAL = "literal step"
#: Bits beyond the shadow width in which the check's updates must fit, fan-ins in mind.
CHECK_HEADROOM = 10


def engine_step(network, state, images, labels, *, threads):
    """Return the engine's step over successive batches, and the engine."""
    engine = Engine(network, state, threads=threads)
    order = epoch_order(0, 0, len(images))
    keys = train_keys(0, 0, order)
    position = 0

    def step():
        nonlocal position
        part = slice(position, position + network.batch)
        position = part.stop if part.stop + network.batch <= len(images) else 0
        batch = order[part]
        engine.train_batch(images[batch], labels[batch], keys[part])
        return network.batch

    return step, engine


def literal_step(network, state, images, labels, spikes):
    """Return the literal step in torch, or one sample of the numpy reference without torch."""
    try:
        import torch
        from peers.literal_torch import make_literal
    except ImportError:
        keys = train_keys(0, 0, np.arange(4))
        return lambda: (train_batch(network, state, images[:4], labels[:4], keys), 4)[1]
    step = make_literal(network, state.weights)
    s, y = torch.from_numpy(spikes), torch.from_numpy(labels[: network.batch].astype(np.int64))
    check_literal(step(s, y), network, state, images, labels)
    return lambda: (step(s, y), network.batch)[1]


def check_literal(deltas, network, state, images, labels):
    """Make sure that the literal step and the engine compute the same update.

    The engine takes one step as large as its weights can hold: updates that are larger are compared
    without their last bits.
    """
    precision = replace(network.precision, headroom_bits=CHECK_HEADROOM)
    deltas = [delta.numpy() for delta in deltas]
    room = precision.storage_bits - 2
    shifts = [max(0, int(np.abs(delta).max()).bit_length() - room) for delta in deltas]
    layers = tuple(
        replace(layer, lr_shift=shift, clip=1 << room)
        for layer, shift in zip(network.layers, shifts)
    )
    plain = replace(network, layers=layers, precision=precision, rounding=Rounding.FLOOR)
    keys = train_keys(0, 0, np.arange(network.batch))
    with Engine(plain, state, threads=1) as engine:
        engine.train_batch(images[: network.batch], labels[: network.batch], keys)
        after = engine.state()
    for old, new, delta, shift in zip(state.weights, after.weights, deltas, shifts):
        assert np.array_equal(old - new, delta >> shift), "literal step and engine disagree"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--network", choices=NETWORKS, default=NETWORKS[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seconds", type=float, default=2.0, help="per step and round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data-dir", help="where MNIST lies (default: LAVA_INTSNN_DATA)")
    parser.add_argument("--json", help="also write the figures to this file")
    args = parser.parse_args()

    if args.network not in presets.PRESETS:
        print(f"left out: there is no preset {args.network} here yet", file=sys.stderr)
        return
    mnist = data.load("mnist", "train", data_dir=args.data_dir)
    images, labels = mnist.images, mnist.labels
    network = replace(presets.preset(args.network).network(), batch=args.batch)
    ungated = replace(network, feedback=Feedback(time_gated=False))
    state = initial_state(network)
    keys = train_keys(0, 0, np.arange(args.batch))
    spikes = np.stack(
        [
            encode(network.encoder, image, key=key, steps=network.steps)
            for image, key in zip(images[: args.batch], keys)
        ],
        axis=1,
    ).astype(np.float32)

    steps = {LITERAL: literal_step(ungated, state, images, labels, spikes)}
    ours = f"engine, {network.name}"
    steps[ours], gated_engine = engine_step(network, state, images, labels, threads=args.threads)
    steps["engine, feedback not time-gated"], ungated_engine = engine_step(
        ungated, state, images, labels, threads=args.threads
    )
    for name in PEERS:
        try:
            import torch

            torch.set_num_threads(args.threads)
            make = importlib.import_module(f"peers.{name}").make
            step = make(network)
        except ImportError as error:
            print(f"left out: {name} ({error})", file=sys.stderr)
            continue
        s, y = torch.from_numpy(spikes), torch.from_numpy(labels[: args.batch].astype(np.int64))
        pixels = torch.from_numpy(images[: args.batch].astype(np.float32) / 255)
        shape = (network.steps, *pixels.shape)
        label = name.removesuffix("_bptt") + ", BPTT"

        def from_pixels(step=step, pixels=pixels, shape=shape, y=y):
            step((torch.rand(shape) < pixels).float(), y)
            return args.batch

        def from_spikes(step=step, s=s, y=y):
            step(s, y)
            return args.batch

        steps[label] = from_pixels
        steps[label + ", spikes given"] = from_spikes

    rates = samples_per_second(steps, seconds=args.seconds, rounds=args.rounds)
    gated_engine.close()
    ungated_engine.close()
    sizes = "-".join(str(size) for size in network.shape)
    print(f"{sizes}, T = {network.steps}, batch {args.batch}, {args.threads} thread(s)\n")
    print(table(rates, base=LITERAL))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    engine = medians[ours]
    print(f"\nengine / literal step: {engine / medians[LITERAL]:.0f}x")
    for given in ("BPTT", "BPTT, spikes given"):
        peers = {name: rate for name, rate in medians.items() if name.endswith(given)}
        if peers:
            fastest = max(peers, key=lambda name: peers[name])
            print(f"engine / fastest peer ({fastest}): {engine / peers[fastest]:.1f}x")
    if args.json:
        Path(args.json).write_text(
            json.dumps({"network": network.name, "threads": args.threads, "rates": rates}, indent=1)
        )


if __name__ == "__main__":
    main()
