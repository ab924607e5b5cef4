"""CIFAR-10: `cifar10-csnn` beside the same network in floats, with and without spikes.

The peers have the layers of the preset and see the same images, shifted and mirrored as often:
snnTorch's neurons trained by backpropagation through time on the same rate code, and a network of
rectified sums. All train for as many epochs. With fewer of them than the preset's recipe has, its
schedule is that recipe's in the shorter time.

    python benchmarks/cifar10_peers.py                              # as the preset: 1.5 hours
    python benchmarks/cifar10_peers.py --epochs 3 --validate 5000   # does not read the test set
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import held_out

import lava_intsnn as ls

PRESET = "cifar10-csnn"
NAMES = ("ours", "snntorch", "ann")


def trained(name: str, train, test, *, epochs: int, threads: int, seed: int):
    """Return the accuracy of one of NAMES on ``test``, and the seconds of training."""
    chosen = ls.presets.preset(PRESET)
    network = chosen.network()
    if name == "ours":
        recipe = replace(chosen.recipe, epochs=epochs)
        began = time.perf_counter()
        state = ls.train(network, train, recipe=recipe, seed=seed, threads=threads, progress=False)
        seconds = time.perf_counter() - began
        return ls.evaluate(network, state, test, threads=threads).accuracy, seconds

    import torch
    from peers import image_network

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    kind = image_network.Spiking if name == "snntorch" else image_network.Analogue
    net = kind(network)
    augment = chosen.recipe.augmentation
    seconds = image_network.fit(net, train, epochs=epochs, augment=augment, seed=seed)
    return image_network.accuracy(net.eval(), test, seed=seed), seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, help="by default those of the preset")
    parser.add_argument("--names", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, metavar="N", help="use the first N training images")
    held_out.add_options(parser)
    args = parser.parse_args()

    chosen = ls.presets.preset(PRESET)
    train, test = held_out.train_and_test(chosen.data, args, **chosen.data_options)
    if args.limit:
        train = train.head(args.limit)
    epochs = args.epochs or chosen.recipe.epochs
    print(f"{len(train)} images, {epochs} epochs, {args.threads} threads", flush=True)
    rows = []
    for name in args.names:
        found, seconds = trained(
            name, train, test, epochs=epochs, threads=args.threads, seed=args.seed
        )
        rows.append(f"| {name} | {found:.2f} | {epochs * len(train) / seconds:.0f} |")
        print(rows[-1], flush=True)
    print("\n| network | accuracy | images/s of training |\n|---|---|---|")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
