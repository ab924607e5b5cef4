"""What is in files of data, for ``info --data``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli.console import Console, table
from lava_intsnn.cli.samples import numbered, own_samples, require_fit
from lava_intsnn.cli.subject import run_of

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset

#: Classes listed with their number of samples.
SHOWN = 20


def run(console: Console, args: argparse.Namespace) -> int:
    """Show the parts of ``--data`` and ``--test``, and check that the subject takes them."""
    from lava_intsnn.data import open_data

    training = run_of(args) if args.subject else None
    network, names = (training.network, training.classes) if training else (None, ())
    parts = ["train"] if args.data else []
    if args.test or open_data(args.data).has("test"):
        parts.append("test")
    told = {}
    for split in parts:
        data = own_samples(args, network, split)
        assert data is not None  # one of the options is given
        data = numbered(data, names)
        names = data.classes or ()
        if network is not None:
            require_fit(data, network)
        told[split] = _told(data)
        console.say(f"{split}: {args.test if split == 'test' and args.test else args.data}\n")
        console.say(table([(what, str(value)) for what, value in _rows(data)]) + "\n")
    if network is not None:
        console.say(f"{network.name} takes these data")
    console.result(data=told, samples=sum(part["samples"] for part in told.values()))
    return 0


def _rows(data: Dataset) -> list[tuple[str, Any]]:
    counts = [int((data.labels == label).sum()) for label in range(data.n_classes)]
    names = data.classes or tuple(map(str, range(data.n_classes)))
    listed = ", ".join(f"{name}: {n:,}" for name, n in zip(names[:SHOWN], counts))
    empty = [name for name, n in zip(names, counts) if n == 0]
    rows = [
        ("samples", f"{len(data):,}"),
        ("shape", "x".join(map(str, data.image_shape))),
        ("frames", data.frames or "none: still images"),
        ("values", f"{data.images.min()}..{data.images.max()}, mean {data.images.mean():.1f}"),
        ("classes", data.n_classes),
        ("samples of each", listed + (", ..." if len(counts) > SHOWN else "")),
        ("fingerprint", data.fingerprint()),
    ]
    if empty:
        hint = "; if labels begin at 1, --read first_label=1" if empty == ["0"] else ""
        rows.append(("without samples", ", ".join(empty[:SHOWN]) + hint))
    return rows


def _told(data: Dataset) -> dict[str, Any]:
    return {
        "name": data.name,
        "samples": len(data),
        "image_shape": data.image_shape,
        "frames": data.frames,
        "classes": data.classes,
        "n_classes": data.n_classes,
        "fingerprint": data.fingerprint(),
    }
