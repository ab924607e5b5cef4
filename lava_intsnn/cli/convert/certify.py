"""``lava-intsnn convert certify``: the spiking network is the one that was trained, or is not."""

from __future__ import annotations

import argparse

from lava_intsnn.cli import options
from lava_intsnn.cli.console import EXIT_DIFFERENT, Console
from lava_intsnn.cli.convert.source import add_conversion


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand."""
    parser = options.command(
        actions,
        "certify",
        run,
        help="compare every neuron of the ANN and the spiking network on the test set",
        description="Exit status 1 and the first neurons that differ if any does.",
        examples=[
            ("the whole test set", "convert certify digits.npz"),
            ("a hundred images", "convert certify digits.npz --limit 100"),
            (
                "the authors' own rounding, which is not exact",
                "convert certify digits.npz --thresholds use-int",
            ),
            ("too few steps to settle", "convert certify digits.npz --steps 3"),
        ],
    )
    parser.add_argument("file", metavar="FILE", help="a checkpoint of `convert train --out FILE`")
    parser.add_argument(
        "--steps",
        type=options.positive,
        metavar="T",
        help="stop after so many (default: when every image is quiet)",
    )
    parser.add_argument(
        "--limit", type=options.positive, metavar="N", help="use the first N test images"
    )
    add_conversion(parser)
    options.add_data(parser)
    options.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Certify."""
    from tqdm.auto import tqdm

    from lava_intsnn.cli.convert import rounding
    from lava_intsnn.cli.convert.backends import BATCH
    from lava_intsnn.cli.convert.source import test_set, trained
    from lava_intsnn.conversion.certificate import certify
    from lava_intsnn.conversion.thresholds import AUTHORS_SCALE

    console = Console(args)
    ann, found = trained(args)
    data = test_set(found, data_dir=args.data_dir, limit=args.limit)
    with tqdm(total=len(data), unit="image", leave=False, disable=None) as bar:
        certificate = certify(
            ann,
            found.network,
            data.maps,
            steps=args.steps,
            batch=BATCH,
            progress=lambda done, _: bar.update(done - bar.n),
        )
    rounded = rounding.roundings(ann, found.network, scale=args.scale or AUTHORS_SCALE)
    console.say(certificate.text())
    for line in rounding.verdict(rounded):
        console.say(line)
    console.result(
        action="certify",
        preset=found.origin["preset"],
        samples=len(data),
        identical=certificate.ok,
        file=args.file,
        data=data.name,
        k=found.network.level,
        thresholds=found.origin["thresholds"],
        certificate=certificate.to_dict(),
        compact=rounding.as_data(rounded),
    )
    return 0 if certificate.ok else EXIT_DIFFERENT
