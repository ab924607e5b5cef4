"""Networks whose integers are chosen by rule, beside the tuned presets, on held-out training data.

The lines of a data set train on the same samples for as many epochs. No test set is looked at. Of
spoken digits (fsdd), each seed holds out another of the four training speakers.

    python benchmarks/networks_by_rule.py                          # every line, about half an hour
    python benchmarks/networks_by_rule.py --only mnist --samples 15000 --epochs 3 --seeds 1
    python benchmarks/networks_by_rule.py --only change            # one integer at a time

The tables of `docs/tuning.md` are from here.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

import lava_intsnn as ls

Make = Callable[[ls.Dataset], ls.Network]
#: Share of the training data that is held out: one sample in so many.
HELD_OUT = 6


@dataclass(frozen=True)
class Line:
    """A line of the table: what to train, on which data, with which recipe."""

    name: str
    data: str
    make: Make
    recipe: ls.Recipe
    samples: int | None = None


def dense(*hidden: int) -> Make:
    """Return what makes a dense network with these hidden layers for a data set."""

    def make(data: ls.Dataset) -> ls.Network:
        n_in = data.images.shape[1] // (data.frames or 1)
        return ls.networks.dense((n_in, *hidden, data.n_classes), data=data)

    return make


def conv(*filters: str, hidden: tuple[int, ...] = ()) -> Make:
    """Return what makes a convolutional network for a data set."""

    def make(data: ls.Dataset) -> ls.Network:
        shape = data.image_shape[1:] if data.frames else data.image_shape
        return ls.networks.conv(shape, filters, data.n_classes, hidden=hidden, data=data)

    return make


def changed(make: Make, layer: int, **by: int) -> Make:
    """Return what makes a network like ``make``, with fields of one layer raised by so much."""

    def make_changed(data: ls.Dataset) -> ls.Network:
        network = make(data)
        layers, found = list(network.layers), network.layers[layer]
        vth = found.neuron.vth + by.get("vth", 0)
        layers[layer] = replace(
            found,
            lr_shift=found.lr_shift + by.get("lr_shift", 0),
            fb_shift=max(0, found.fb_shift + by.get("fb_shift", 0)),
            neuron=replace(found.neuron, vth=vth, window=2 * vth),
        )
        return replace(network, layers=tuple(layers))

    return make_changed


def changes() -> Iterator[Line]:
    """Yield the lines in which one integer of a network by rule is changed."""
    recipe, one, deep = ls.Recipe(epochs=3), dense(100), dense(100, 100, 100)
    for layer, what in ((0, "hidden"), (1, "output")):
        for by in (-1, 0, 1):
            make = changed(one, layer, lr_shift=by)
            yield Line(f"change, {what} lr_shift {by:+}", "mnist", make, recipe, 15_000)
    for layer, what, steps in ((0, "hidden", (-150, 150)), (1, "output", (-150, 250))):
        for by in steps:
            make = changed(one, layer, vth=by)
            yield Line(f"change, {what} vth {by:+}", "mnist", make, recipe, 15_000)
    for by in (-9, -4, 0, 3):
        make = changed(changed(deep, 0, fb_shift=by), 1, fb_shift=by)
        yield Line(f"change, lower fb_shift {by:+}", "mnist", make, recipe, 15_000)


def preset(name: str) -> Make:
    """Return what makes a tuned preset."""
    return lambda _: ls.presets.preset(name).network()


def lines() -> Iterator[Line]:
    """Yield the lines: of each data set the tuned preset first, where there is one."""
    digits, mnist = ls.Recipe(epochs=30), ls.Recipe(epochs=12)
    for data, recipe in (("digits", digits), ("mnist", mnist)):
        yield Line(f"{data}-snn, tuned", data, preset(f"{data}-snn"), recipe)
        for hidden in ((100,), (100, 100), (100, 100, 100)):
            name = "-".join(map(str, hidden))
            yield Line(f"by rule, {name}", data, dense(*hidden), recipe)
    yield Line("mnist-csnn, tuned", "mnist", preset("mnist-csnn"), mnist)
    yield Line("by rule, 32x5s2", "mnist", conv("32x5s2"), mnist)
    for filters in (("32x5s2", "32x3s2"), ("32x5s2", "32x3", "32x3s2")):
        yield Line(f"by rule, {' '.join(filters)}", "mnist", conv(*filters), mnist)
    fsdd = ls.presets.preset("fsdd-snn").recipe
    yield Line("fsdd-snn, tuned", "fsdd", preset("fsdd-snn"), fsdd)
    yield Line("by rule, 256", "fsdd", dense(256), fsdd)
    yield Line("by rule, 128-128", "fsdd", dense(128, 128), fsdd)
    nmnist = ls.Recipe(epochs=20)
    yield Line("by rule, 256", "nmnist", dense(256), nmnist)
    yield Line("by rule, 16x5s2 32x3s2", "nmnist", conv("16x5s2", "32x3s2"), nmnist)
    rings = ls.Recipe(epochs=30)
    yield Line("by rule, none", "rings", dense(), rings)
    for hidden in ((100,), (100, 100), (100, 100, 100)):
        yield Line(f"by rule, {'-'.join(map(str, hidden))}", "rings", dense(*hidden), rings)
    yield from changes()


def rings(n: int = 6000) -> ls.Dataset:
    """Return points of four rings, which no linear classifier tells apart.

    A point has two coordinates and the mirror of each, so that a low value is seen, too. Each is
    given eight times: a network's inputs are many and small.
    """
    rng = np.random.default_rng(0)
    labels = np.arange(n) % 4
    angle, radius = rng.uniform(0, 2 * np.pi, n), 1.0 + labels + rng.uniform(-0.3, 0.3, n)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    points = np.repeat(np.concatenate([x, -x], axis=1), 8, axis=1)
    return ls.Dataset.from_arrays(points, labels, name="rings", value_range=(-5.0, 5.0))


@cache
def data_of(
    name: str, samples: int | None, data_dir: str | None, fold: int
) -> tuple[ls.Dataset, ls.Dataset]:
    """Return training and held-out samples."""
    found = rings() if name == "rings" else ls.data.load(name, "train", data_dir=data_dir)
    if name == "fsdd":  # a speaker who is not heard in training
        speakers = np.unique(found.speakers)
        return found.hold_out_speakers((int(speakers[fold % len(speakers)]),))
    train, held_out = found.split_validation(len(found) // HELD_OUT, seed=0)
    return (train if samples is None else train.head(samples)), held_out


def accuracy(line: Line, seed: int, args: argparse.Namespace) -> float:
    """Train a line and return its accuracy on held-out data, in percent."""
    fold = seed if line.data == "fsdd" else 0
    train, held_out = data_of(line.data, args.samples or line.samples, args.data_dir, fold)
    recipe = replace(line.recipe, epochs=args.epochs or line.recipe.epochs)
    network = line.make(train)
    state = ls.train(network, train, recipe=recipe, seed=seed, threads=args.threads)
    return ls.evaluate(network, state, held_out, threads=args.threads).accuracy


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="lines whose data set or name contains this")
    parser.add_argument("--samples", type=int, help="train on so many samples only")
    parser.add_argument("--epochs", type=int, help="instead of each line's own number")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, help="all usable cores by default")
    parser.add_argument("--data-dir", help="where the data lie (default: LAVA_INTSNN_DATA)")
    args = parser.parse_args()
    print("| data | network | mean | seeds | seconds |")
    print("|---|---|---|---|---|")
    for line in lines():
        if args.only not in f"{line.data} {line.name}":
            continue
        began = time.perf_counter()
        found = list(map(partial(accuracy, line, args=args), range(args.seeds)))
        each = ", ".join(f"{value:.2f}" for value in found)
        spent = time.perf_counter() - began
        print(
            f"| {line.data} | {line.name} | **{np.mean(found):.2f}** | {each} | {spent:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
