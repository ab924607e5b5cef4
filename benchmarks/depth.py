"""Depth on MNIST: three hidden layers of 256 beside one, with the same epochs and augmentation.

Both have the settings of `mnist-snn-deep`, chosen on held-out training images. The legal form has
batch 1, 8-bit weights, fixed random feedback and local errors.

    python benchmarks/depth.py                      # three seeds, test set: about 10 minutes
    python benchmarks/depth.py --validate 10000     # does not read the test set
    python benchmarks/depth.py --legal --epochs 12
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import held_out

import lava_intsnn as ls
from lava_intsnn.network import Precision
from lava_intsnn.presets.deep_presets import dense_mnist
from lava_intsnn.presets.loihi_presets import legal

WIDTH = 256
#: Of the legal form: those of `mnist-snn-loihi`, the hidden ones once for each layer.
LEGAL_VTH, LEGAL_WINDOW = (700, 1000), (700, 2000)


def network_of(depth: int, precision: Precision, *, in_limits: bool) -> ls.Network:
    """Return the network with ``depth`` hidden layers."""
    name = f"{depth} x {WIDTH}"
    if not in_limits:
        return dense_mnist(precision, name, hidden=(WIDTH,) * depth)
    return legal(
        Precision.parse("8-8"),
        name=name,
        shape=(784, *(WIDTH,) * depth, 10),
        vth=(LEGAL_VTH[0],) * depth + LEGAL_VTH[1:],
        window=(LEGAL_WINDOW[0],) * depth + LEGAL_WINDOW[1:],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--depths", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="by default those of the presets")
    parser.add_argument("--precision", default="16-8")
    parser.add_argument("--legal", action="store_true", help="as Loihi can learn")
    parser.add_argument("--threads", type=int)
    held_out.add_options(parser)
    args = parser.parse_args()

    train, test = held_out.train_and_test("mnist", args)
    recipe = ls.presets.preset("mnist-snn-loihi" if args.legal else "mnist-snn-deep").recipe
    if args.epochs:
        recipe = replace(recipe, epochs=args.epochs)
    found: dict[str, list[float]] = {}
    for depth in args.depths:
        network = network_of(depth, Precision.parse(args.precision), in_limits=args.legal)
        for seed in range(args.seeds):
            state = ls.train(
                network, train, recipe=recipe, seed=seed, threads=args.threads, progress=False
            )
            accuracy = ls.evaluate(network, state, test, threads=args.threads).accuracy
            found.setdefault(network.name, []).append(accuracy)
            print(f"{network.name}, seed {seed}: {accuracy:.2f} %", flush=True)
    print(f"\n{recipe.epochs} epochs, {len(train)} images\n\n| hidden | accuracy |\n|---|---|")
    for name, values in found.items():
        print(f"| {name} | {np.mean(values):.2f} ± {np.std(values):.2f} |")


if __name__ == "__main__":
    main()
