"""SHD, made anew: our network beside float peers of the same size, on the same frames.

The recordings are those of the Spiking Heidelberg Digits, but the spikes were made anew: results
are not results on the official files. All lines see the same frames, in the same batches, with the
same shifts of channels, for as many epochs. Two of the twelve speakers occur in the test set only:
the accuracy on them stands apart. Peers use backpropagation through time and tricks of their own,
chosen with ``--folds``, which never reads the test set: it trains without one of the training
speakers and tests on that one. Each run is kept in a file of its own, so that the same command
goes on after it was killed; ``--table`` prints what is there.

    python benchmarks/shd_peers.py --out runs/shd                     # three seeds of everything
    python benchmarks/shd_peers.py --out runs/shd --only dcls --seeds 1
    python benchmarks/shd_peers.py --out runs/folds --folds 0,6 --only snntorch --set decay=0.9
    python benchmarks/shd_peers.py --out runs/shd --table
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from peers import result_files
from peers.frame_peers import PEERS, FramePeer
from peers.frame_training import Trained, rate
from peers.result_table import tables
from peers.speakers import by_speakers, percent, speakers

import lava_intsnn as ls
from lava_intsnn.data import Dataset
from lava_intsnn.data.binning import N_CHANNELS
from lava_intsnn.data.editions import edition
from lava_intsnn.recipe import Recipe
from lava_intsnn.training.epochs import epochs_of
from lava_intsnn.training.training_run import start

OURS = "shd-best"
#: Where no preset of ours says otherwise: 25 frames of 140 channels, 256 hidden neurons.
FRAMES, GROUP, HIDDEN, BATCH, EPOCHS, SHIFT = 25, 5, 256, 128, 40, 8

Run = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the table: ``fit(train, seed)`` trains; ``run`` says all that its result needs."""

    run: Run
    fit: Callable[[Dataset, int], Trained]
    seeded: bool = True

    @property
    def data(self) -> tuple[int, int]:
        """Frames and channels summed to an input."""
        return self.run["frames"], self.run["group"]


def ours(name: str, args: argparse.Namespace) -> Line:
    """Return the line of ``PRESET`` or ``PRESET:PRECISION``, with the preset's own recipe."""
    name, _, precision = name.partition(":")
    preset = ls.presets.preset(name)
    network = preset.network(precision or None)
    recipe = preset.recipe_of(network)
    recipe = replace(recipe, epochs=args.own_epochs or recipe.epochs)

    def fit(train: Dataset, seed: int) -> Trained:
        training = start(network, recipe, data=train.fingerprint(), seed=seed, preset=name)
        last, seconds, began = training, [], time.process_time()
        for after in epochs_of(training, train, threads=args.threads, progress=False):
            last = after
            seconds.append(time.process_time() - began)
            began = time.process_time()
        wall = [each.seconds for each in last.history]

        def predict(data: Dataset) -> np.ndarray:
            return ls.evaluate(network, last.state, data, threads=args.threads).predictions

        return Trained(predict=predict, wall=wall, cpu=seconds)

    run = {
        "peer": name,
        "about": "ours, online, " + ("fp32" if network.precision.floating else "integers"),
        "frames": network.steps,
        "group": N_CHANNELS // network.layers[0].n_in,
        "hidden": network.layers[0].n_out,
        "batch": network.batch,
        "precision": str(network.precision),
        "recipe": asdict(recipe),
        "network": json.loads(network.to_json()),
        "threads": args.threads,
        "versions": {"lava_intsnn": ls.__version__},
    }
    return Line(run=run, fit=fit)


def peer_line(peer: FramePeer, args: argparse.Namespace) -> Line:
    """Return the line of a float peer."""
    settings = peer.settings.changed(args.set)
    recipe = replace(args.recipe, epochs=args.epochs, augment=args.shift)

    def fit(train: Dataset, seed: int) -> Trained:
        return peer.fit(
            train,
            settings=settings,
            recipe=recipe,
            batch=args.batch,
            hidden=args.hidden,
            seed=seed,
            threads=args.threads,
        )

    run = {
        "peer": peer.name,
        "about": peer.about,
        "frames": args.frames,
        "group": args.group,
        "hidden": args.hidden if peer.spikes else None,
        "batch": args.batch,
        "recipe": asdict(recipe) if peer.seeded else None,
        "settings": asdict(settings),
        "threads": args.threads,
        "versions": peer.versions(),
    }
    return Line(run=run, fit=fit, seeded=peer.seeded)


def lines(args: argparse.Namespace) -> list[Line]:
    """Return the lines that are asked for."""
    wanted = args.only.split(",") if args.only else None
    if unknown := set(wanted or ()) - {peer.name for peer in PEERS} - {"ours"}:
        raise ValueError(
            f"--only {','.join(sorted(unknown))}: known are ours, "
            + ", ".join(peer.name for peer in PEERS)
        )
    found = [peer_line(peer, args) for peer in PEERS if not wanted or peer.name in wanted]
    if not wanted or "ours" in wanted:
        found += [ours(name, args) for name in args.ours.split(",")]
    return found


def measure(line: Line, train: Dataset, test: Dataset, seed: int) -> dict[str, Any]:
    """Train and test once."""
    began = time.perf_counter()
    trained = line.fit(train, seed)
    seconds = time.perf_counter() - began
    right = trained.predict(test) == test.labels
    held_out = test.split == "validation"
    found: dict[str, Any] = {
        "accuracy": {"test": percent(right)} if held_out else by_speakers(right, test, train),
        "seconds": seconds,
        "train_samples": len(train),
    }
    if trained.cpu:
        found["samples_per_s"] = rate(len(train), trained.cpu)
        found["samples_per_wall_s"] = rate(len(train), trained.wall)
    return found


def runs_of(line: Line, args: argparse.Namespace, load: Callable[..., Dataset]) -> None:
    """Make the runs of a line that are not on file."""
    frames, group = line.data
    whole = load("train", frames=frames, group=group)
    train = whole.head(args.limit) if args.limit else whole
    for seed in range(args.seeds if line.seeded else 1):
        for part in args.folds or ["test"]:
            run = {**line.run, "data": edition(whole), "seed": seed, "part": str(part)}
            if args.limit:
                run["limit"] = args.limit
            found = result_files.known(args.out, run)
            if found is None:
                if part == "test":
                    pair = train, load("test", frames=frames, group=group)
                else:
                    pair = train.hold_out_speakers([part])
                found = measure(line, *pair, seed)
                result_files.keep(args.out, run, found)
            print(f"{run['peer']}, {part}, seed {seed}: {_said(found)}", flush=True)


def _said(found: dict[str, Any]) -> str:
    parts = [f"{name} {value:.1f} %" for name, value in found["accuracy"].items()]
    if "samples_per_s" in found:
        parts.append(f"{found['samples_per_s']:,.0f} samples/s")
    return ", ".join([*parts, f"{found['seconds'] / 60:.1f} minutes"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--table", action="store_true", help="print what is there, and stop")
    names = ", ".join(peer.name for peer in PEERS)
    parser.add_argument("--only", default="", help=f"some of ours, {names}")
    parser.add_argument(
        "--ours", default=OURS, help=f"presets, each with :PRECISION or without (default: {OURS})"
    )
    parser.add_argument("--seeds", type=int, default=3, help="0, 1, .. (default: three)")
    parser.add_argument("--folds", help="hold out these training speakers, one at a time, or all")
    parser.add_argument("--frames", type=int, help="T (default: our preset's)")
    parser.add_argument("--group", type=int, help="channels of 700 summed to an input")
    parser.add_argument("--hidden", type=int, help="neurons (default: our preset's)")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--epochs", type=int, help="of all (default: our recipe's)")
    parser.add_argument("--shift", type=int, help="of channels (default: our recipe's)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the peers"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=int, help="train on the first N, to try it out")
    parser.add_argument("--data-dir", help="where SHD lies (default: LAVA_INTSNN_DATA)")
    return parser


def complete(args: argparse.Namespace) -> None:
    """Fill in what our first preset says: frames, channels, size, and the whole augmentation."""
    own = dict(frames=FRAMES, group=GROUP, hidden=HIDDEN)
    recipe = Recipe(epochs=EPOCHS, augment=SHIFT)
    name, _, precision = args.ours.split(",")[0].partition(":")
    if name in ls.presets.PRESETS:
        preset = ls.presets.preset(name)
        network = preset.network(precision or None)
        recipe = preset.recipe_of(network)
        first = network.layers[0]
        own = dict(frames=network.steps, group=N_CHANNELS // first.n_in, hidden=first.n_out)
    # schedules of learning shifts are ours alone
    args.recipe = replace(recipe, lr_drops=(), error_drops=())
    args.own_epochs, args.epochs = args.epochs, args.epochs or recipe.epochs
    own["shift"] = recipe.augment
    for option, value in own.items():
        if getattr(args, option) is None:
            setattr(args, option, value)


def main(argv: list[str] | None = None) -> None:
    """Train what is not on file, and print the table."""
    parser = _parser()
    args = parser.parse_args(argv)
    if args.seeds < 1:
        parser.error(f"--seeds {args.seeds}: at least 1")
    load = functools.cache(functools.partial(ls.data.load, "shd", data_dir=args.data_dir))
    if not args.table:
        complete(args)
        if args.folds == "all":
            whole = load("train", frames=args.frames, group=args.group)
            args.folds = np.unique(speakers(whole)).tolist()
        elif args.folds:
            args.folds = [int(each) for each in args.folds.split(",")]
        try:
            chosen = lines(args)
        except ValueError as error:
            parser.error(str(error))
        for line in chosen:
            try:
                runs_of(line, args, load)
            except ImportError as error:
                print(f"left out: {line.run['peer']} ({error})", file=sys.stderr)
        print()
    print(tables(result_files.everything(args.out)))


if __name__ == "__main__":
    main()
