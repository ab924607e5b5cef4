"""Spoken digits (FSDD): our presets in integers and floats, beside float networks and a softmax.

Every line trains on all training data and looks at the test set once per seed. Two of the six
speakers occur in the test set only: the accuracy on them stands apart. Choices are made with
``--folds``, which never reads the test set: it trains without one of the training speakers at a
time and tests on that one.

    python benchmarks/spoken_digits.py
    python benchmarks/spoken_digits.py --only rsnn --seeds 1
    python benchmarks/spoken_digits.py --folds --json folds.json
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from peers import frames
from peers.speakers import by_speakers, percent, shown, speakers, spread

import lava_intsnn as ls
from lava_intsnn.data import Dataset

PRESETS = ("fsdd-snn", "fsdd-rsnn", "fsdd-delay")
PRECISIONS = ("16-8", "16-12", "fp32")
FRAMES, EPOCHS_BPTT = 10, 30
OVERALL = {False: "test", True: "mean of folds"}

Predict = Callable[[Dataset], np.ndarray]


class LeftOut(Exception):
    """Something a line needs is not here."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one training is given."""

    train: Dataset
    seed: int
    epochs: int | None
    threads: int


@dataclass(frozen=True)
class Line:
    """A line of the table: ``fit`` trains and returns what classifies; ``frames`` are its T."""

    name: str
    fit: Callable[[Run], Predict]
    seeded: bool = True
    frames: int = FRAMES


def ours(name: str, precision: str) -> Line:
    """Return the line of a preset."""

    def fit(run: Run) -> Predict:
        preset = ls.presets.preset(name)
        network = preset.network(precision)
        recipe = preset.recipe_of(network)
        recipe = replace(recipe, epochs=run.epochs or recipe.epochs)
        state = ls.train(
            network, run.train, recipe=recipe, seed=run.seed, threads=run.threads, progress=False
        )
        return lambda data: ls.evaluate(network, state, data, threads=run.threads).predictions

    steps = ls.presets.preset(name).network(precision).steps
    return Line(f"{name}, {precision}", fit, frames=steps)


def bptt(library: str, *, recurrent: bool) -> Line:
    """Return the line of a float network trained by backpropagation through time."""

    def fit(run: Run) -> Predict:
        try:
            predict = frames.bptt(
                library,
                roots(run.train),
                run.train.labels,
                recurrent=recurrent,
                n_classes=run.train.n_classes,
                epochs=run.epochs or EPOCHS_BPTT,
                seed=run.seed,
                threads=run.threads,
            )
        except ImportError as error:
            raise LeftOut(str(error)) from error
        return lambda data: predict(roots(data))

    return Line(f"{library} BPTT, {'rsnn' if recurrent else 'snn'}", fit)


def _fit_softmax(run: Run) -> Predict:
    predict = frames.softmax(roots(run.train), run.train.labels)
    return lambda data: predict(roots(data))


LINES = (
    Line("linear softmax", _fit_softmax, seeded=False),
    *(bptt(library, recurrent=r) for r in (False, True) for library in frames.LIBRARIES),
    *(ours(name, precision) for name in PRESETS for precision in PRECISIONS),
)


def roots(data: Dataset) -> np.ndarray:
    """Return the square roots of the counts, float32 ``(N, T, C)``: what the float peers see."""
    return np.sqrt(data.images.reshape(-1, *data.image_shape), dtype=np.float32)


def on_test(line: Line, run: Run, test: Dataset) -> dict[str, float]:
    """Train on everything; return the accuracy on the test set and its two kinds of speakers."""
    return by_speakers(line.fit(run)(test) == test.labels, test, run.train)


def on_folds(line: Line, run: Run) -> dict[str, float]:
    """Train once without each training speaker; return the accuracies on that one."""
    found = {}
    for speaker in np.unique(speakers(run.train)).tolist():
        train, validation = run.train.hold_out_speakers([speaker])
        right = line.fit(replace(run, train=train))(validation) == validation.labels
        found[f"speaker {speaker}"] = percent(right)
    return {OVERALL[True]: float(np.mean(list(found.values()))), **found}


def differences(results: dict[str, dict[str, list[float]]], column: str) -> list[str]:
    """Return what the presets' lines say of integers, recurrence and delays."""
    *whole, real = PRECISIONS
    plain = f"{PRESETS[0]}, {whole[0]}"
    pairs = [(f"{name}, {bits}", f"{name}, {real}") for name in PRESETS for bits in whole]
    pairs += [(f"{name}, {whole[0]}", plain) for name in PRESETS[1:]]
    return [
        f"{a} minus {b}: {np.mean(results[a][column]) - np.mean(results[b][column]):+.1f} "
        f"(standard error {np.hypot(spread(results[a][column]), spread(results[b][column])):.1f})"
        for a, b in pairs
        if a in results and b in results
    ]


def asked(about: str | None, data: str) -> argparse.Namespace:
    """Return the options of a benchmark that is described by ``about`` and reads ``data``."""
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="lines whose name contains this")
    parser.add_argument("--seeds", type=int, default=3, help="0, 1, .. (default: three)")
    parser.add_argument("--folds", action="store_true", help="held-out training speakers instead")
    parser.add_argument("--epochs", type=int, help="instead of each line's own number")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data-dir", help=f"where {data} lies (default: LAVA_INTSNN_DATA)")
    parser.add_argument("--json", help="also write the figures to this file")
    args = parser.parse_args()
    if args.seeds < 1:
        parser.error(f"--seeds {args.seeds}: at least 1")
    return args


def main() -> None:
    """Train and print."""
    args = asked(__doc__, "FSDD")
    load = functools.cache(functools.partial(ls.data.load, "fsdd", data_dir=args.data_dir))

    results: dict[str, dict[str, list[float]]] = {}
    for line in LINES:
        if args.only not in line.name:
            continue
        train = load("train", frames=line.frames)
        test = None if args.folds else load("test", frames=line.frames)
        began, found = time.perf_counter(), []
        try:
            for seed in range(args.seeds if line.seeded else 1):
                run = Run(train=train, seed=seed, epochs=args.epochs, threads=args.threads)
                found.append(on_folds(line, run) if test is None else on_test(line, run, test))
        except LeftOut as error:
            print(f"left out: {line.name} ({error})", file=sys.stderr)
            continue
        if not results:
            print("| |", " | ".join(found[0]), "| seconds a seed |")
            print("|---" * (len(found[0]) + 2) + "|")
        columns = {name: [each[name] for each in found] for name in found[0]}
        seconds = (time.perf_counter() - began) / len(found)
        cells = " | ".join(shown(values) for values in columns.values())
        print(f"| {line.name} | {cells} | {seconds:.0f} |", flush=True)
        results[line.name] = columns
    for text in differences(results, OVERALL[args.folds]):
        print(f"\n{text}")
    if args.json:
        Path(args.json).write_text(json.dumps({"folds": args.folds, "results": results}, indent=1))


if __name__ == "__main__":
    main()
