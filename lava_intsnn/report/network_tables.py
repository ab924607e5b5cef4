"""A network as tables of text: its settings, layers and widths."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lava_intsnn.network import Conv, Layer, Network
    from lava_intsnn.network.bounds import Bounds
    from lava_intsnn.recipe import Recipe


def settings_rows(
    network: Network, recipe: Recipe, bounds: Bounds | None, *, data: str
) -> list[tuple[str, str]]:
    """Return name and value of what belongs to all layers; ``bounds`` is None for fp32."""
    floating = network.precision.floating
    return [
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


def layer_rows(network: Network) -> list[list[str]]:
    """Return a header and a row for each layer."""
    rows = [
        ["layer", "in", "out", "vth", "window", "decay >>", "lr >>", "clip", "weights", "synapses"]
    ]
    for index, layer in enumerate(network.layers):
        neuron = layer.neuron
        cells = [index, layer.n_in, layer.n_out, neuron.vth, neuron.window, neuron.decay_shift]
        cells += [layer.lr_shift, layer.clip, prod(layer.weight_shape)]
        rows.append([f"{cell:,}" for cell in cells] + [_synapses(layer)])
    return rows


def width_rows(bounds: Bounds) -> list[list[str]]:
    """Return a header and a row for each state of each layer."""
    rows = [["layer", "state", "bits", "beyond", "bound", "container"]]
    for width in bounds.table:
        policy = "cannot happen" if width.policy == "proven" else f"{width.policy}s"
        cells = width.layer, width.state, width.bits, policy, f"{width.bound:,}", width.container
        rows.append([str(cell) for cell in cells])
    return rows


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
    parts = [] if layer.plastic else ["frozen"]
    parts += [_GEOMETRY[layer.kind](layer) if layer.kind in _GEOMETRY else layer.kind]
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
