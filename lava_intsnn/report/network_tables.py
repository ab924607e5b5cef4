"""A network as tables of text: its settings, layers and widths."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING

from lava_intsnn.network import CUBA, LeakyReadout, Neuron, NeuronEncoder
from lava_intsnn.network.windows import Pair, pair

if TYPE_CHECKING:
    from lava_intsnn.network import Conv, Encoder, Layer, Network, NeuronKind
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
        ("encoder", _encoder(network.encoder)),
        ("loss", _loss(network)),
        ("feedback", _feedback(network)),
        ("rounding", "that of float32" if floating else network.rounding.name.lower()),
        ("engine's form", _form(bounds)),
        ("data", data),
        ("recipe", _recipe(recipe, frames=network.graded)),
    ]


def _encoder(encoder: Encoder) -> str:
    if isinstance(encoder, NeuronEncoder):
        kind = encoder.neuron.kind
        return f"{kind} neurons, current {encoder.weight} x {encoder.bias:+d}"
    return encoder.kind


def layer_rows(network: Network) -> list[list[str]]:
    """Return a header and a row for each layer."""
    rows = [
        ["layer", "in", "out", "vth", "window", "decay >>", "lr >>", "clip", "weights", "synapses"]
    ]
    for index, layer in enumerate(network.all_layers):
        neuron = layer.neuron
        first = [index, layer.n_in, layer.n_out]
        last = [layer.lr_shift, layer.clip, prod(layer.weight_shape)]
        fires = [_span(neuron.vth), f"{neuron.window:,}"]
        own = [*(fires if neuron.fires else ("none", "none")), _decay(neuron)]
        cells = [*(f"{n:,}" for n in first), *own, *(f"{n:,}" for n in last)]
        local = f"readout of layer {network.sources[index]}, " * (index >= len(network.layers))
        rows.append([*cells, local + _synapses(layer)])
    return rows


def _span(values: int | tuple[int, ...]) -> str:
    """Return a number, or the least and the largest of some."""
    each = values if isinstance(values, tuple) else (values,)
    ends = sorted({min(each), max(each)})
    return " to ".join(f"{end:,}" for end in ends)


def _loss(network: Network) -> str:
    """Return kind and scale of the error, what it is about, and how often it comes."""
    loss, readout = network.loss, network.readout
    text = f"{loss.kind}, alpha {loss.alpha}"
    if loss.kind == "softmax" and loss.temperature_shift:
        text += f", temperature 2^{loss.temperature_shift}"
    if readout:
        text += f", of the {readout.answer} of the potentials >> {readout.answer_shift}"
    if loss.points > 1:
        since = "each part" if loss.window == "segment" else "the start"
        text += f", at {loss.points} points, since {since}"
    return text


def _decay(neuron: NeuronKind) -> str:
    """Return the shift of the potential, or what current and voltage lose a step."""
    if isinstance(neuron, CUBA):
        return f"u {_span(neuron.current_decay)}, v {_span(neuron.voltage_decay)} of 4096"
    return _span(neuron.decay_shift) if isinstance(neuron, (Neuron, LeakyReadout)) else "none"


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
    if text == "local":
        below = ", ".join(str(index) for index in network.sources[len(network.layers) :])
        text += f", readouts of layers {below}"
    elif text != "direct":
        text += f", error neurons with a threshold of {feedback.err_vth}"
    return f"{text}, {'' if feedback.time_gated else 'not '}time-gated"


def _synapses(layer: Layer) -> str:
    """Describe the synapses of a layer."""
    parts = [] if layer.plastic else ["frozen"]
    parts += [_GEOMETRY[layer.kind](layer) if layer.kind in _GEOMETRY else layer.kind]
    if pool := layer.pool:
        windows = f"{_sides(pool.kernel)}, stride {_step(pool.stride)}{_padding(pool.padding)}"
        parts.insert(-1, f"{pool.kind} of windows {windows}")
    if layer.max_delay:
        given = ", given" if layer.delays_in_state else ""
        if layer.learns_delays:
            bits, rate = layer.delay_bits, layer.delay_lr_shift
            given = f", learned, {bits} fractional bits, lr_shift {rate}"
        parts.append(f"delays 0..{layer.max_delay}{given}")
    if layer.recurrence:
        learned = "learned" if layer.recurrence.learned else "fixed"
        parts.append(f"{learned} recurrence on {layer.recurrence.source}")
    if layer.plastic and layer.normalise:
        parts.append("normalised updates")
    if layer.init_shift:
        parts.append(f"initial weights >> {layer.init_shift}")
    if layer.init_centred:
        parts.append("initial weights centred")
    return ", ".join(parts)


def _conv(layer: Conv) -> str:
    shape = "x".join(map(str, layer.out_shape))
    dilation = f", dilation {_step(layer.dilation)}" if layer.dilation != 1 else ""
    groups = f", {layer.groups} groups" if layer.groups > 1 else ""
    options = f"{_padding(layer.padding)}{dilation}{groups}"
    return f"conv {_sides(layer.kernel)}, stride {_step(layer.stride)}{options}, to {shape}"


def _sides(sides: int | Pair) -> str:
    vertical, horizontal = pair(sides)
    return f"{vertical}x{horizontal}"


def _step(sides: int | Pair) -> str:
    return str(sides) if isinstance(sides, int) else _sides(sides)


def _padding(padding: int | Pair) -> str:
    return f", padding {_step(padding)}" if padding else ""


#: Kind of layer -> its kind with what else there is to say.
_GEOMETRY: dict[str, Callable[..., str]] = {"conv": _conv}


def _recipe(recipe: Recipe, *, frames: bool) -> str:
    text = f"{recipe.epochs} epochs"
    if recipe.lr_drops:
        drops = ", ".join(f"{drop} %" for drop in recipe.lr_drops)
        text += f", learning rate halved after {drops}"
    if recipe.augment:
        text += f", {recipe.augmentation.in_words(frames=frames)}"
    return text
