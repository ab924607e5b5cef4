"""Checkpoints of `lava-intsnn convert train` as spiking networks: what conversion keeps and costs.

For each: accuracy of the quantised network and of the spiking one after every step, when it
settles, whether every neuron's count is equal, and spikes, retractions and synaptic operations
beside the quantised network's multiply-accumulates. On the whole test set unless told otherwise;
every image runs until nothing spikes.

    python benchmarks/conversion_accuracy.py lenet.npz lenet-k1.npz
    python benchmarks/conversion_accuracy.py vgg.npz --images 1000 --json vgg.json
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lava_intsnn import conversion, data
from lava_intsnn.conversion.spiking_engine import infer_batches


@dataclass(frozen=True)
class Layer:
    """Means over the images, of the whole run."""

    name: str
    neurons: int
    spikes: float
    retractions: float
    synops: float


@dataclass(frozen=True)
class Step:
    """After so many steps: percent right, and operations per image up to here."""

    steps: int
    accuracy: float
    synops: float


@dataclass(frozen=True)
class Settling:
    """Steps until no neuron spikes, and until the class is the final one, over the images."""

    mean: float
    most: int
    unsettled: int
    class_mean: float
    class_most: int


@dataclass(frozen=True)
class Line:
    """What one checkpoint showed."""

    file: str
    network: str
    stack: str
    level: int
    ends: str
    weight_bits: int
    epochs: int
    data: str
    images: int
    ann_accuracy: float
    snn_accuracy: float
    steps: tuple[Step, ...]
    settling: Settling
    certificate: dict[str, Any]
    layers: tuple[Layer, ...]
    synops: float
    encoder_macs: int
    ann_macs: int
    seconds: float


class Tally:
    """Adds up results whose batches may have taken different numbers of steps."""

    def __init__(self, labels: np.ndarray) -> None:
        self._labels = labels
        self._classes: list[np.ndarray] = []
        self._quiet: list[np.ndarray] = []
        self._sums: list[np.ndarray] = []

    def add(self, result: conversion.Result) -> None:
        """Add the next batch."""
        self._classes.append(result.predictions)
        self._quiet.append(result.quiet_at)
        counted = (result.events, result.retractions, result.synops)
        self._sums.append(np.stack([a.sum(axis=0, dtype=np.int64) for a in counted]))

    def classes(self) -> np.ndarray:
        """Return (T, N); a batch that was quiet earlier keeps its last classes."""
        steps = max(map(len, self._classes))
        return np.concatenate(
            [np.pad(c, ((0, steps - len(c)), (0, 0)), mode="edge") for c in self._classes], axis=1
        )

    def sums(self) -> np.ndarray:
        """Return events, retractions and synaptic operations, (3, L, T)."""
        steps = max(part.shape[2] for part in self._sums)
        return sum(np.pad(p, ((0, 0), (0, 0), (0, steps - p.shape[2]))) for p in self._sums)

    def steps(self) -> tuple[Step, ...]:
        """Return what each step showed."""
        accuracy = 100 * (self.classes() == self._labels).mean(axis=1)
        synops = self.sums()[2].sum(axis=0).cumsum() / len(self._labels)
        return tuple(
            Step(t + 1, float(a), float(s)) for t, (a, s) in enumerate(zip(accuracy, synops))
        )

    def settling(self) -> Settling:
        """Return when nothing changed any more."""
        classes = self.classes()
        quiet = np.concatenate(self._quiet)
        loud = np.concatenate([q == len(c) for q, c in zip(self._quiet, self._classes)])
        # steps needed: one more than the last step after which the class is not yet the final one
        wrong = classes != classes[-1]
        needed = np.where(wrong.any(axis=0), len(wrong) - wrong[::-1].argmax(axis=0) + 1, 1)
        return Settling(
            mean=float(quiet.mean()),
            most=int(quiet.max()),
            unsettled=int(loud.sum()),
            class_mean=float(needed.mean()),
            class_most=int(needed.max()),
        )

    def layers(self, network: conversion.SpikingNetwork) -> tuple[Layer, ...]:
        """Return the means of each layer."""
        spikes, retractions, synops = self.sums().sum(axis=2) / len(self._labels)
        return tuple(
            Layer(
                name="encoder" if index == 0 else f"layer {index}",
                neurons=int(np.prod(shape)),
                spikes=float(spikes[index]),
                retractions=float(retractions[index]),
                synops=float(synops[index]),
            )
            for index, shape in enumerate(network.shapes)
        )


def measure(path: str, args: argparse.Namespace) -> Line:
    """Convert a checkpoint and compare both networks on test images."""
    began = time.perf_counter()
    file = conversion.load_ann_file(path)
    network = conversion.convert(file.network, levels=args.levels)
    name = conversion.preset(file.preset).data
    test = data.load(name, "test", data_dir=args.data_dir)
    if args.images:
        test = test.head(args.images)
    certificate = conversion.certify(file.network, network, test.maps, batch=args.batch)
    tally = Tally(test.labels)
    for result in infer_batches(network, test.maps, batch=args.batch, threads=args.threads):
        tally.add(result)
    steps, layers = tally.steps(), tally.layers(network)
    return Line(
        file=path,
        network=file.spec.name,
        stack=file.spec.stack.notation,
        level=file.spec.level,
        ends=file.spec.ends,
        weight_bits=file.spec.weight_bits,
        epochs=file.epochs,
        data=test.name,
        images=len(test),
        ann_accuracy=file.network.accuracy(test.maps, test.labels, batch=args.batch),
        snn_accuracy=steps[-1].accuracy,
        steps=steps,
        settling=tally.settling(),
        certificate=certificate.to_dict(),
        layers=layers,
        synops=sum(layer.synops for layer in layers),
        encoder_macs=file.spec.stack.blocks[0].macs,
        ann_macs=file.spec.stack.macs,
        seconds=time.perf_counter() - began,
    )


def show(line: Line) -> None:
    """Print one checkpoint's tables."""
    weights = "ternary" if line.weight_bits == 2 else f"{line.weight_bits}-bit"
    print(
        f"\n## {line.file}: {line.network}, {line.stack}, k = {line.level}, {weights}, "
        f"{line.ends} ends, {line.epochs} epochs\n"
    )
    settling, certificate = line.settling, line.certificate
    mismatches = sum(row["mismatches"] for row in certificate["layers"])
    neurons = sum(row["neurons"] for row in certificate["layers"])
    verdict = "equal" if certificate["ok"] else "NOT equal"
    print(f"{line.images:,} test images of {line.data}, {line.seconds:.0f} s\n")
    print("| | |")
    print("|---|---|")
    print(f"| ANN accuracy | **{line.ann_accuracy:.2f} %** |")
    print(f"| SNN accuracy, last step | **{line.snn_accuracy:.2f} %** |")
    print(f"| certificate | {verdict}: {mismatches:,} of {neurons:,} counts differ |")
    print(f"| quiet after | {settling.mean:.1f} steps, at most {settling.most} |")
    beyond = sum(row["beyond"] for row in certificate["layers"])
    if beyond:
        print(f"| beyond the thresholds | {beyond:,} counts: give more --levels |")
    if settling.unsettled:
        print(f"| not quiet | {settling.unsettled:,} images: give more --levels |")
    print(f"| class final after | {settling.class_mean:.2f} steps, at most {settling.class_most} |")
    print(
        f"| synaptic operations per image | {line.synops:,.0f}, and "
        f"{line.encoder_macs:,} multiply-accumulates in the encoder |"
    )
    print(f"| ANN's multiply-accumulates per image | {line.ann_macs:,} |")
    print("\n| steps | accuracy % | synaptic operations per image |")
    print("|---|---|---|")
    for step in line.steps:
        print(f"| {step.steps} | {step.accuracy:.2f} | {step.synops:,.0f} |")
    print("\n| per image | neurons | spikes | of them retractions | synaptic operations |")
    print("|---|---|---|---|---|")
    for layer in line.layers:
        share = 100 * layer.retractions / layer.spikes if layer.spikes else 0.0
        print(
            f"| {layer.name} | {layer.neurons:,} | {layer.spikes:,.1f} | "
            f"{layer.retractions:,.1f} ({share:.1f} %) | {layer.synops:,.0f} |",
            flush=True,
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="from `convert train --out`")
    parser.add_argument("--data-dir", help="where the images lie (default: LAVA_INTSNN_DATA)")
    parser.add_argument("--images", type=int, metavar="N", help="the first N test images only")
    parser.add_argument(
        "--levels", type=int, default=64, help="thresholds of a channel, and so most steps"
    )
    parser.add_argument("--batch", type=int, default=100, help="images at a time: bounds memory")
    parser.add_argument("--threads", type=int, help="all usable cores by default")
    parser.add_argument("--json", help="also write the figures to this file")
    args = parser.parse_args()
    lines = []
    for path in args.files:
        lines.append(measure(path, args))
        show(lines[-1])
    if args.json:
        Path(args.json).write_text(json.dumps([asdict(line) for line in lines], indent=1))


if __name__ == "__main__":
    main()
