"""``lava-intsnn info``: presets, layers, the width table and the proven bounds."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING

from lava_intsnn.cli import data_info, options
from lava_intsnn.cli.console import Console, table
from lava_intsnn.cli.subject import preset_of, run_of
from lava_intsnn.presets import PRESETS, Preset, preset
from lava_intsnn.report import network_tables

if TYPE_CHECKING:
    from lava_intsnn.network import Network
    from lava_intsnn.recipe import Recipe

HELP = "list the presets, or show a network (layers, widths, proven bounds) or data"
EXAMPLES = [
    ("what there is", "info"),
    ("every state's width, and what happens beyond it", "info mnist-snn"),
    ("the same with 4-bit inference weights", "info mnist-snn --precision 8-4"),
    ("a network of your own, and whether it fits your data", "info mine.json --data mine.npz"),
    ("what is in a file", "info --data mine.npz --read value_range=0:1"),
]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    options.add_subject(parser, nargs="?")
    options.add(parser, "--precision")
    options.add_data(parser)
    options.add(parser, "--json")


def run(args: argparse.Namespace) -> int:
    """Show presets, a network, or data."""
    console = Console(args)
    if args.data or args.test:
        return data_info.run(console, args)
    if args.subject is None:
        _all(console, list(PRESETS.values()), args.precision)
    elif args.subject in PRESETS and not args.pretrained:
        chosen = preset(args.subject)
        network = chosen.network(args.precision)
        _one(console, network, chosen.recipe_of(network), chosen.about, chosen.data)
    else:
        training = run_of(args)
        known = preset_of(training)
        data = f"{training.own_data} ({training.data})" if training.own_data else ""
        data = data or (known.data if known else "not known")
        about = f"{training.epoch} epochs of {training.recipe.epochs} trained"
        _one(console, training.network, training.recipe, about, data)
    return 0


def _all(console: Console, presets: list[Preset], precision: str | None) -> None:
    rows = [["preset", "layers", "steps", "batch", "epochs", "data"]]
    networks = [(p, p.network(precision)) for p in presets]
    for p, network in networks:
        shape = "-".join(map(str, network.shape))
        cells = p.name, shape, network.steps, network.batch, p.recipe.epochs, p.data
        rows.append([str(cell) for cell in cells])
    console.say(table(rows, indent=0))
    console.say()
    for p in presets:
        console.say(f"{p.name}: {p.about}")
    console.say("\nMore about one: lava-intsnn info PRESET [--precision 16-4]")
    console.result(
        presets=[
            {
                "name": p.name,
                "about": p.about,
                "data": p.data,
                "shape": network.shape,
                "precision": str(network.precision),
            }
            for p, network in networks
        ],
    )


def _one(console: Console, network: Network, recipe: Recipe, about: str, data: str) -> None:
    floating = network.precision.floating
    bounds = None if floating else network.check()
    console.say(f"{network.name} {network.precision}: {about}\n")
    console.say(table(network_tables.settings_rows(network, recipe, bounds, data=data)))
    console.say("\nLayers")
    console.say(table(network_tables.layer_rows(network)))
    if bounds is None:
        console.say("\nNo widths: every state is a float32, nothing is rounded to integers or cut")
    else:
        console.say("\nWidths: what each state holds, and the proven bound before its policy acts")
        console.say(table(network_tables.width_rows(bounds)))
    console.result(
        preset=network.name,
        precision=str(network.precision),
        epochs=recipe.epochs,
        batch=network.batch,
        about=about,
        popcount=bounds is not None and bounds.popcount,
        network=dataclasses.asdict(network),
        widths=[dataclasses.asdict(width) for width in bounds.table] if bounds else [],
        bounds=[dataclasses.asdict(layer) for layer in bounds.layers] if bounds else [],
    )
