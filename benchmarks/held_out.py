"""Training data with what a benchmark tests on: the test set, or training samples held out."""

from __future__ import annotations

import argparse

import lava_intsnn as ls
from lava_intsnn.data import Dataset


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--data-dir`` and ``--validate``."""
    parser.add_argument("--data-dir")
    what = "test on the last N training samples instead, and do not read the test set"
    parser.add_argument("--validate", type=int, metavar="N", help=what)


def train_and_test(name: str, args: argparse.Namespace, **options) -> tuple[Dataset, Dataset]:
    """Return both parts of a data set, as the options say; ``options`` are those of ``load``."""
    options |= {"data_dir": args.data_dir}
    train = ls.data.load(name, "train", **options)
    if args.validate:
        return train.split_validation(args.validate)
    return train, ls.data.load(name, "test", **options)
