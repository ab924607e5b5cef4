"""``lava-intsnn convert certify``: compare the spiking network with the one that was trained."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli import options
from lava_intsnn.cli.console import EXIT_DIFFERENT, Console
from lava_intsnn.cli.convert.conversion_source import SYNAPSES, add_conversion, add_synapses
from lava_intsnn.progress_bar import progress_bar

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from lava_intsnn.conversion.spiking_network import SpikingNetwork

HELP = "compare every neuron of the ANN and the spiking network on the test set"
DESCRIPTION = "Exit status 1 and the first neurons that differ if any does."
EXAMPLES = [
    ("the whole test set", "convert certify digits.npz"),
    ("a hundred images", "convert certify digits.npz --limit 100"),
    (
        "the authors' own rounding, which is not exact",
        "convert certify digits.npz --thresholds use-int",
    ),
    ("too few steps to settle", "convert certify digits.npz --steps 3"),
    ("every spike of 20 images in Lava, too", "convert certify digits.npz --lava 20"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("file", metavar="FILE", help="a checkpoint of `convert train --out FILE`")
    options.add(parser, "--steps", help="stop after N steps (default: when every image is quiet)")
    options.add(parser, "--limit", help="use the first N test images")
    lava = "also run the first N images in Lava and compare it with the engine spike by spike"
    options.add_count(parser, "--lava", "N", lava)
    add_synapses(parser)
    add_conversion(parser)
    options.add(parser, "--data-dir", "--threads", "--json")


def run(args: argparse.Namespace) -> int:
    """Certify."""
    from lava_intsnn.cli.convert import rounding
    from lava_intsnn.cli.convert.backends import BATCH
    from lava_intsnn.cli.convert.conversion_source import test_set, trained
    from lava_intsnn.conversion.certificate import certify
    from lava_intsnn.conversion.thresholds import AUTHORS_SCALE

    if args.synapses and not args.lava:
        raise ValueError(
            f"--synapses {args.synapses}: are those of Lava; give --lava N, or leave it out"
        )
    console = Console(args)
    ann, found = trained(args)
    data = test_set(found, data_dir=args.data_dir, limit=args.limit)
    with progress_bar(len(data), unit="images") as bar:
        certificate = certify(
            ann,
            found.network,
            data.maps,
            steps=args.steps,
            batch=BATCH,
            threads=args.threads,
            progress=lambda done, _: bar.update(done - bar.n),
        )
    rounded = list(rounding.roundings(ann, found.network, scale=args.scale or AUTHORS_SCALE))
    console.say(certificate.text())
    for line in rounding.verdict(rounded):
        console.say(line)
    in_lava = None
    if args.lava:
        in_lava = compare_with_lava(
            found.network,
            data.head(args.lava).maps,
            steps=args.steps or certificate.settled_at + 1,
            synapses=args.synapses or SYNAPSES,
        )
        differ = ", ".join(in_lava["differ"])
        logits = f"NOT the same: {differ}" if differ else "the same in the engine"
        console.say(
            f"Lava, {in_lava['images']} images of {in_lava['steps']} steps in "
            f"{in_lava['seconds']:.1f} s: {in_lava['spikes']:,} spikes of {in_lava['neurons']:,} "
            f"neurons, each step's logits: {logits}"
        )
    same = certificate.ok and not (in_lava and in_lava["differ"])
    console.result(
        action="certify",
        preset=found.origin["preset"],
        samples=len(data),
        identical=same,
        file=args.file,
        data=data.name,
        k=found.network.level,
        thresholds=found.origin["thresholds"],
        certificate=certificate.to_dict(),
        compact=[asdict(row) for row in rounded],
        lava=in_lava,
    )
    return 0 if same else EXIT_DIFFERENT


def compare_with_lava(
    network: SpikingNetwork, images: npt.NDArray[np.uint8], *, steps: int, synapses: str
) -> dict[str, Any]:
    """Run images (N, H, W, C) in Lava and in the engine; say what was compared and what differs."""
    from lava_intsnn.conversion.spiking_engine import infer
    from lava_intsnn.systems.converted_system import run_in_lava

    wanted = infer(network, images, steps=steps, record=True)
    begin = time.perf_counter()
    found = run_in_lava(network, images, steps=steps, record=True, progress=True, synapses=synapses)
    return {
        "images": len(images),
        "steps": steps,
        "spikes": int(wanted.events.sum()),
        "neurons": sum(counts[0].size for counts in wanted.counts),
        "differ": found.differences(wanted),
        "seconds": time.perf_counter() - begin,
    }
