"""Inference throughput of a converted network: the engine, its ANN in torch, literal simulations.

The same images for all, in one process, taking turns, from bytes to classes. The engine runs every
image until nothing spikes (or for ``--steps``), the literal simulation the steps that the slowest
image needs; both are checked against each other first, and every neuron against the ANN.
Speed depends on activity: give the checkpoint of a trained network. Without one, random weights
with batch norms fitted to the images stand in. The ANN is left out where torch is missing.

    python benchmarks/conversion_throughput.py --checkpoint lenet.npz
    python benchmarks/conversion_throughput.py --preset lenet-mnist --images 200 --steps 4
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from peers.conversion_numpy import LiteralSimulation
from timing import samples_per_second, table

from lava_intsnn import conversion, data
from lava_intsnn.conversion.quantised import ENCODER_COUNT
from lava_intsnn.conversion.spiking_engine import Runner
from lava_intsnn.cores import usable_cores

LITERAL = "literal numpy"
#: Images the literal simulation and the reference take at a time.
LITERAL_IMAGES, REFERENCE_IMAGES = 50, 1


def random_network(name, images):
    """Return the network of a preset with random ternary weights, its batch norms fitted."""
    spec = conversion.preset(name).spec()
    rng = np.random.default_rng(0)
    x, layers = spec.pixels.integers(images), []
    for index, block in enumerate(spec.stack.blocks):
        first = index == 0
        most = 127 if first else 1
        channels = block.out_shape[2]
        layer = conversion.QuantisedLayer(
            weights=rng.integers(-most, most + 1, block.weight_shape).astype(np.int8),
            unit=1.0,
            gamma=np.ones(channels),
            beta=np.zeros(channels),
            mean=np.zeros(channels),
            var=np.ones(channels),
            stride=block.stride,
            padding=block.padding,
            max_count=ENCODER_COUNT if first else None,
        )
        v = layer.potential(x).reshape(-1, channels)
        layer = replace(layer, mean=v.mean(axis=0), var=v.var(axis=0))
        layers.append(layer)
        x = layer.count(layer.potential(x))
    shape = (spec.stack.n_classes, spec.stack.n_features)
    readout = rng.integers(-127, 128, shape).astype(np.int8)
    return conversion.QuantisedNetwork(
        f"{name}, random weights", spec.stack.in_shape, spec.pixels, tuple(layers), readout
    )


def batches(images, size):
    """Return a function that gives the next ``size`` images, over and over."""
    first = 0

    def following():
        nonlocal first
        part = images[first : first + size]
        first = first + size if first + 2 * size <= len(images) else 0
        return part

    return following


def executors(ann, network, images, *, steps, literal_steps):
    """Return what to measure: name -> function that runs some images and returns how many."""
    cores = usable_cores()
    found = {}
    for threads in sorted({1, cores}):
        runner = Runner(network, steps=steps, threads=threads)
        found[f"engine, {threads} thread(s)"] = lambda runner=runner: (
            len(runner.infer(images).predictions[-1]) and len(images)
        )
    try:
        import torch
        from peers.conversion_torch import make
    except ImportError as error:
        print(f"left out: the ANN in torch ({error})", file=sys.stderr)
    else:
        predict = make(ann)
        agree = (predict(images) == ann.predict(images)).mean()
        print(f"ANN in torch (float32): {agree:.2%} of its classes are those of the exact ANN")

        def in_torch(threads):
            torch.set_num_threads(threads)
            predict(images)
            return len(images)

        for threads in sorted({1, cores}):
            found[f"ANN in torch, {threads} thread(s)"] = lambda n=threads: in_torch(n)
    simulation = LiteralSimulation(network)
    some, one = batches(images, LITERAL_IMAGES), batches(images, REFERENCE_IMAGES)

    def literally():
        part = some()
        simulation.logits(part, steps=literal_steps).argmax(axis=2)
        return len(part)

    def in_reference():
        part = one()
        for image in part:
            conversion.infer_image(network, image, steps=literal_steps)
        return len(part)

    found[LITERAL] = literally
    found["reference"] = in_reference
    return found


def check(ann, network, images, *, steps):
    """Make sure that all compute the same, say what that is, and return the steps it takes."""
    result = Runner(network, steps=steps).infer(images)
    counts = ann.counts(images)
    different = sum(int((a != b).sum()) for a, b in zip(counts, result.counts))
    neurons = sum(count.size for count in counts)
    print(f"{network.name}: {different:,} of {neurons:,} counts differ from the ANN's")
    taken = len(result.logits)
    few = slice(0, LITERAL_IMAGES)
    simulation = LiteralSimulation(network)
    if simulation.exact:
        logits = simulation.logits(images[few], steps=taken)
        assert np.array_equal(logits, result.logits[:, few]), "literal and engine disagree"
    macs = sum(
        h * w * layer.weights.size for (h, w, _), layer in zip(network.shapes, network.layers)
    )
    print(
        f"an image takes {result.quiet_at.mean():.1f} steps on average and {taken} at most, "
        f"{result.events.sum() / len(images):,.0f} spikes and "
        f"{result.synops.sum() / len(images):,.0f} synaptic operations; the ANN "
        f"{macs + network.readout.size:,} multiply-accumulates"
    )
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", help="of `lava-intsnn convert train`")
    parser.add_argument("--preset", default="lenet-mnist", help="where there is no checkpoint")
    parser.add_argument("--images", type=int, default=200, help="of the test set")
    parser.add_argument("--steps", type=int, help="default: until nothing spikes")
    parser.add_argument("--seconds", type=float, default=2.0, help="per executor and round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data-dir", help="where data lie (default: LAVA_INTSNN_DATA)")
    parser.add_argument("--json", help="also write the figures to this file")
    args = parser.parse_args()
    if args.images < LITERAL_IMAGES:
        parser.error(f"--images {args.images}: must be at least {LITERAL_IMAGES}")

    checkpoint = conversion.load_ann_file(args.checkpoint) if args.checkpoint else None
    name = checkpoint.preset if checkpoint else args.preset
    dataset = data.load(conversion.preset(name).data, "test", data_dir=args.data_dir)
    images = dataset.head(args.images).maps
    if checkpoint:
        ann = checkpoint.network
    else:
        print("RANDOM WEIGHTS: speed depends on activity, so a trained network's differs")
        ann = random_network(args.preset, images)
    network = conversion.convert(ann)
    taken = check(ann, network, images, steps=args.steps)
    steps = executors(ann, network, images, steps=args.steps, literal_steps=taken)
    rates = samples_per_second(steps, seconds=args.seconds, rounds=args.rounds)
    print(f"\n{network.name}, {len(images)} images, up to {taken} steps\n")
    print(table(rates, base=LITERAL, unit="images/s"))
    if args.json:
        figures = {
            "network": network.name,
            "images": len(images),
            "steps": taken,
            "medians": {who: statistics.median(values) for who, values in rates.items()},
            "rates": rates,
        }
        Path(args.json).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
