"""``lava-intsnn info``: presets, layers, the width table and the proven bounds."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING

from lava_intsnn.cli import data_info, options
from lava_intsnn.cli.console import Console, table
from lava_intsnn.cli.subject import preset_of, run_of
from lava_intsnn.presets import PRESETS, Preset, preset

if TYPE_CHECKING:
    from lava_intsnn.network import Conv, Layer, Network
    from lava_intsnn.network.bounds import Bounds
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
    elif args.subject in PRESETS:
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
    settings = [
        ("layers", "-".join(map(str, network.shape))),
        ("steps, batch", f"{network.steps}, {network.batch}"),
        ("encoder", network.encoder.kind),
        ("loss", f"{network.loss.kind}, alpha {network.loss.alpha}"),
        ("feedback", _feedback(network)),
        ("rounding", "that of float32" if floating else network.rounding.name.lower()),
        ("engine's form", _form(bounds)),
        ("data", data),
        ("recipe", _recipe(recipe, frames=network.graded)),
    ]
    console.say(table(settings))
    rows = [
        ["layer", "in", "out", "vth", "window", "decay >>", "lr >>", "clip", "weights", "synapses"]
    ]
    for index, layer in enumerate(network.layers):
        neuron = layer.neuron
        cells = [index, layer.n_in, layer.n_out, neuron.vth, neuron.window, neuron.decay_shift]
        cells += [layer.lr_shift, layer.clip, prod(layer.weight_shape)]
        rows.append([f"{cell:,}" for cell in cells] + [_synapses(layer)])
    console.say("\nLayers")
    console.say(table(rows))
    if bounds is None:
        console.say("\nNo widths: every state is a float32, nothing is rounded to integers or cut")
    else:
        console.say("\nWidths: what each state holds, and the proven bound before its policy acts")
        console.say(_widths(bounds))
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


def _form(bounds: Bounds | None) -> str:
    if bounds is None:
        return "float32"
    return "popcount" if bounds.popcount else "general"


def _feedback(network: Network) -> str:
    feedback = network.feedback
    text: str = feedback.propagation
    if text != "direct":
        text += f", error neurons with a threshold of {feedback.err_vth}"
    return f"{text}, {'' if feedback.time_gated else 'not '}time-gated"


def _synapses(layer: Layer) -> str:
    """Describe the synapses of a layer."""
    parts = [_GEOMETRY[layer.kind](layer) if layer.kind in _GEOMETRY else layer.kind]
    if layer.max_delay:
        parts.append(f"delays 0..{layer.max_delay}")
    if layer.recurrence:
        learned = "learned" if layer.recurrence.learned else "fixed"
        parts.append(f"{learned} recurrence on {layer.recurrence.source}")
    return ", ".join(parts)


def _conv(layer: Conv) -> str:
    shape = "x".join(map(str, layer.out_shape))
    padding = f", padding {layer.padding}" if layer.padding else ""
    return f"conv {layer.kernel}x{layer.kernel}, stride {layer.stride}{padding}, to {shape}"


#: Kind of layer -> its kind with what else there is to say.
_GEOMETRY: dict[str, Callable[..., str]] = {"conv": _conv}


def _recipe(recipe: Recipe, *, frames: bool) -> str:
    text = f"{recipe.epochs} epochs"
    if recipe.lr_drops:
        drops = ", ".join(f"{drop} %" for drop in recipe.lr_drops)
        text += f", learning rate halved after {drops}"
    if recipe.augment:
        text += f", shifts of up to {recipe.augment} {'channels' if frames else 'pixels'}"
    return text


def _widths(bounds: Bounds) -> str:
    rows = [["layer", "state", "bits", "beyond", "bound", "container"]]
    for width in bounds.table:
        policy = "cannot happen" if width.policy == "proven" else f"{width.policy}s"
        cells = width.layer, width.state, width.bits, policy, f"{width.bound:,}", width.container
        rows.append([str(cell) for cell in cells])
    return table(rows)
