"""``lava-intsnn convert certify``: compare the spiking network with the one that was trained."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lava_intsnn.cli import options
from lava_intsnn.cli.console import EXIT_DIFFERENT, Console
from lava_intsnn.cli.convert.conversion_source import (
    SYNAPSES,
    add_conversion,
    add_file,
    add_synapses,
)
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
    ("every spike of 100 images on virtual cores", "convert certify digits.npz --virtual 100"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_file(parser, spiking=False)
    options.add(parser, "--steps", help="stop after N steps (default: when every image is quiet)")
    options.add(parser, "--limit", help="use the first N test images")
    lava = "also run the first N images in Lava and compare it with the engine spike by spike"
    options.add_count(parser, "--lava", "N", lava)
    virtual = "also run the first N images in microcode on virtual cores, and compare in this way"
    options.add_count(parser, "--virtual", "N", virtual)
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
    steps = args.steps or certificate.settled_at + 1
    others: dict[str, dict[str, Any] | None] = {"lava": None, "microcode": None}
    for backend, count in (("lava", args.lava), ("microcode", args.virtual)):
        if not count:
            continue
        compared = others[backend] = compare_with_engine(
            found.network,
            data.head(count).maps,
            backend=backend,
            steps=steps,
            synapses=args.synapses or SYNAPSES,
        )
        differ = ", ".join(compared["differ"])
        logits = f"NOT the same: {differ}" if differ else "the same in the engine"
        where = "Lava" if backend == "lava" else "Virtual cores"
        console.say(
            f"{where}, {compared['images']} images of {compared['steps']} steps in "
            f"{compared['seconds']:.1f} s: {compared['spikes']:,} spikes of "
            f"{compared['neurons']:,} neurons, each step's logits: {logits}"
        )
    same = certificate.ok and not any(each and each["differ"] for each in others.values())
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
        **others,
    )
    return 0 if same else EXIT_DIFFERENT


def compare_with_engine(
    network: SpikingNetwork,
    images: npt.NDArray[np.uint8],
    *,
    backend: str,
    steps: int,
    synapses: str,
) -> dict[str, Any]:
    """Run images (N, H, W, C) elsewhere and in the engine; say what was compared, what differs."""
    from lava_intsnn.conversion.spiking_engine import infer

    wanted = infer(network, images, steps=steps, record=True)
    begin = time.perf_counter()
    if backend == "lava":
        from lava_intsnn.systems.converted_system import run_in_lava

        found = run_in_lava(
            network, images, steps=steps, record=True, progress=True, synapses=synapses
        )
    else:
        from lava_intsnn.loihi import run_on_chip

        found = run_on_chip(network, images, steps=steps, record=True, progress=True)
    return {
        "images": len(images),
        "steps": steps,
        "spikes": int(wanted.events.sum()),
        "neurons": sum(counts[0].size for counts in wanted.counts),
        "differ": found.differences(wanted),
        "seconds": time.perf_counter() - begin,
    }
