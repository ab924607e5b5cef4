"""Memory that an implementation needs: the states that exist, in the widths the bounds prove.

This differs from tables B.1 and B.2 in the following:

- Inference weights are the top bits of the shadow weights and need no memory of their own; a
  float32 network has one set of weights anyway. Fixed recurrent weights need no shadow.
- A presynaptic trace belongs to an input, ``(B, I)``, not to a synapse; with binary input that
  decays it is the spike itself. Neurons with several decays need one for each decay that differs.
- Time-gated feedback needs each hidden neuron's gate and each input's train step by step; the
  eligibility trace, a sum over the steps, is not used there.
- A frozen layer has inference weights alone: no traces, no ``delta``, and gates and feedback only
  where feedback passes through it to a layer that learns.
- ``delta`` is held before the learning-rate shift, in the width its sum over the batch needs. The
  amount subtracted from a weight (step, decay) is never stored for all weights at once. Nor is what
  a normalised update is divided by: a column's largest is found when the column is updated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, cast

from lava_intsnn.costs.element import FLOAT_BITS, LayerPart, MemoryItem, input_bits
from lava_intsnn.network import Layer, LayerBounds, Network, NeuronKind
from lava_intsnn.network.cuba import numbers
from lava_intsnn.network.error_bounds import largest_error
from lava_intsnn.network.recurrence import B16_BITS
from lava_intsnn.network.trace import TraceRule


def spikes_are_traces(network: Network, index: int) -> bool:
    """Whether the presynaptic trace of a layer is the same as its input."""
    return not kept_traces(network, index)


def kept_traces(network: Network, index: int) -> tuple[TraceRule, ...]:
    """Return the rules of the presynaptic traces that are more than a layer's input."""
    layer = network.all_layers[index]
    counts = (index == 0 and network.graded) or layer.pool is not None
    return tuple(rule for rule in layer.traces if counts or not rule.spike_is_trace)


def seen_inputs(layer: Layer) -> int:
    """Return how many numbers a layer's synapses see in a step: its inputs, or a pool's windows."""
    return layer.pool.n_out if layer.pool else layer.n_in


def keeps_trains(network: Network, index: int) -> bool:
    """Whether a layer learns from the steps of a sample one by one: hidden, time-gated."""
    hidden = network.layers[index].plastic and not is_last(network, index)
    return network.feedback.time_gated and hidden


def is_last(network: Network, index: int) -> bool:
    """Whether a layer is the output."""
    return index == len(network.layers) - 1


def gates_feedback(network: Network, index: int) -> bool:
    """Whether a layer's gates, step by step, act on the feedback to the layer below."""
    return network.feedback.time_gated and index > network.first_plastic


def needs_gates(network: Network, index: int) -> bool:
    """Whether anything learns by a layer's surrogate gates."""
    return network.layers[index].plastic or gates_feedback(network, index)


def weights(network: Network, index: int) -> Iterator[MemoryItem]:
    """Yield weights, delays, threshold and window."""
    layer, precision = network.layers[index], network.precision
    shape, neuron = (layer.weight_shape[0], layer.fan_in), layer.neuron
    if layer.plastic:
        yield MemoryItem("w_shadow", shape, precision.storage_bits)
    else:
        yield MemoryItem("w", shape, precision.w_bits)
    if layer.recurrence:
        square = (layer.n_out, layer.n_out)
        if layer.learns_recurrence:
            yield MemoryItem("w_shadow, recurrent", square, precision.storage_bits)
        else:
            yield MemoryItem("w, recurrent", square, precision.w_bits)
    if layer.max_delay:
        if layer.learns_delays:
            yield MemoryItem("d_shadow", shape, layer.d_shadow_max.bit_length())
        else:
            bits = layer.max_delay.bit_length()
            yield MemoryItem("delays", shape, bits, bits)
    if not neuron.fires:
        return
    vth = numbers(neuron.vth)
    yield MemoryItem("vth", (len(vth),), (max(vth) << neuron.guard_bits).bit_length())
    if needs_gates(network, index):
        bits = (neuron.window << neuron.guard_bits).bit_length()
        yield MemoryItem("window", (1,), max(1, bits))


def parameters(parts: Sequence[LayerPart]) -> Iterator[MemoryItem]:
    """Yield the shifts and other constants."""
    network = parts[0].network  # all branches have the same loss
    constants: dict[str, int | tuple[int, ...] | None] = {"alpha": network.loss.alpha}
    if network.feedback.propagation != "direct":
        constants["err_vth"] = network.feedback.err_vth
    if network.loss.kind == "softmax":
        constants["temperature_shift"] = network.loss.temperature_shift
    for part in parts:
        layer, name = part.network.layers[part.index], part.name
        own = ("lr_shift", "clip", "weight_decay_shift", *_trace(layer))
        known = _constants(layer.neuron)
        if layer.plastic:
            known |= {constant: getattr(layer, constant) for constant in own}
        if layer.learns_delays:
            delays = "delay_lr_shift", "delay_clip"
            known |= {constant: getattr(layer, constant) for constant in delays}
        if part.index >= part.network.first_plastic:
            known["fb_shift"] = layer.fb_shift or None
        if recurrence := layer.recurrence:
            voltage = recurrence.source == "voltage"
            known["recurrent shift"] = recurrence.shift
            known["b16_shift"] = recurrence.b16_shift if voltage else None
            known["recurrent lr_shift"] = recurrence.lr_shift if layer.learns_recurrence else None
        constants |= {f"{constant}, {name}": value for constant, value in known.items()}
    for name, value in constants.items():
        if value is not None:
            floats, each = 0 if name.startswith("clip") else FLOAT_BITS, numbers(value)
            bits = max(n.bit_length() + (n < 0) for n in each)
            yield MemoryItem(name, (len(each),), max(1, bits), floats)


def _trace(layer: Layer) -> tuple[str, ...]:
    """Return the names of the constants by which presynaptic traces decay."""
    return ("trace_shift",) if layer.trace_decay is None else ("trace_decay", "trace_bits")


def _constants(neuron: NeuronKind) -> dict[str, Any]:
    """Return the neuron's shifts and growths: its fields but for widths and what stands apart."""
    apart = ("vth", "window", "guarded", "reset", "answer")
    every = ((field.name, getattr(neuron, field.name)) for field in fields(cast(Any, neuron)))
    return {name: n for name, n in every if name not in apart and not name.endswith("_bits")}


def forward(network: Network, index: int) -> Iterator[MemoryItem]:
    """Yield what a layer holds while it runs a batch."""
    layer, bound, b = network.layers[index], network.check().layers[index], network.batch
    x_bits = input_bits(network, index)
    x_floats = FLOAT_BITS if index == 0 and network.graded else 1
    inputs, neurons = (b, layer.n_in), (b, layer.n_out)
    # a train lasts as long as the steps that an error is about
    t = network.error_points[-1].length
    steps = (b, t, layer.n_out)
    recurrence, past = layer.recurrence, layer.max_delay
    seen = (b, seen_inputs(layer))
    history = (b, past, seen[1])
    voltage = recurrence is not None and recurrence.source == "voltage"
    last = is_last(network, index)
    trains = keeps_trains(network, index)
    # the input of a later layer is the spikes of the one below
    if index == 0:
        yield MemoryItem("s_in", inputs, x_bits, x_floats)
    seen_widths = x_bits, x_floats
    if layer.pool:
        seen_widths = (((1 << x_bits) - 1) * layer.pool.size).bit_length(), FLOAT_BITS
        yield MemoryItem("windows of s_in", seen, *seen_widths)
    if past and not trains:
        yield MemoryItem("s_in of past steps", history, *seen_widths)
    for state in bound.states:
        yield MemoryItem(state.name, neurons, state.bits)
    if layer.neuron.fires:
        yield MemoryItem("s", neurons, 1, 1)
        if needs_gates(network, index):
            yield MemoryItem("g", neurons, 1, 1)
    if voltage:
        yield MemoryItem("u", neurons, B16_BITS)
    if trains:
        # presynaptic traces follow from the inputs when they are needed
        yield MemoryItem("s_in, train", (b, t, layer.n_in), x_bits, x_floats)
        yield MemoryItem("g, train", steps, 1, 1)
        if layer.learns_recurrence:
            bits, floats = (B16_BITS, FLOAT_BITS) if voltage else (1, 1)
            yield MemoryItem("u, train", steps, bits, floats)
    elif layer.plastic:
        if kept := len(kept_traces(network, index)):
            several = (kept,) if kept > 1 else ()
            yield MemoryItem("t_pre", (*several, *seen), bound.t_pre.bit_length())
            if past:
                bits = bound.t_pre.bit_length()
                yield MemoryItem("t_pre of past steps", (*several, *history), bits)
        yield MemoryItem("t_corr", (b, layer.n_out, layer.fan_in), bound.t_corr.bit_length())
        if layer.learns_delays:
            slopes = (2 * bound.t_corr).bit_length() + 1
            yield MemoryItem("t_corr of slopes", (b, layer.n_out, layer.fan_in), slopes)
        if layer.learns_recurrence:
            yield from _recurrent_traces(network, layer, bound)
    if gates_feedback(network, index) and not trains and layer.neuron.fires:
        yield MemoryItem("g, train", steps, 1, 1)
    if last:
        yield from _answer(network)


def _answer(network: Network) -> Iterator[MemoryItem]:
    """Yield what the output adds up: over the sample, and over the part that an error is about."""
    shape, readout, loss = (network.batch, network.n_classes), network.readout, network.loss
    name, bits = "count", network.steps.bit_length()
    if readout and readout.answer == "sum":
        name, bits = "v_sum", readout.sum_bits
    elif readout:
        name, bits = "v_max", readout.v_bits
    yield MemoryItem(name, shape, bits)
    if loss.points > 1 and loss.window == "segment":
        length = network.error_points[0].length
        yield MemoryItem(f"{name}, part", shape, bits if readout else length.bit_length())


def _recurrent_traces(network: Network, layer: Layer, bound: LayerBounds) -> Iterator[MemoryItem]:
    assert layer.recurrence is not None
    b, n = network.batch, layer.n_out
    signed = layer.recurrence.source == "voltage"
    kept = sum(signed or not rule.spike_is_trace for rule in layer.traces)
    if kept:
        shape, bits = (b, n), bound.t_pre_recurrent.bit_length() + signed
        yield MemoryItem("t_pre, recurrent", (kept, *shape) if kept > 1 else shape, bits)
    yield MemoryItem("t_corr, recurrent", (b, n, n), bound.t_corr_recurrent.bit_length() + signed)


def error(network: Network) -> Iterator[MemoryItem]:
    """Yield the error of the output and its error neurons."""
    shape, feedback = (network.batch, network.n_classes), network.feedback
    err = min(largest_error(network).bit_length() + 1, network.loss.err_bits)
    yield MemoryItem("err", shape, err)
    if feedback.propagation != "direct":
        steps = 1 if feedback.propagation == "final" else network.steps - feedback.soft_start
        reach = steps * ((1 << err - 1) + feedback.err_vth)
        yield MemoryItem("v_pos", shape, reach.bit_length() + 1)
        yield MemoryItem("v_neg", shape, reach.bit_length() + 1)
        yield MemoryItem("s_pos", shape, 1, 1)
        yield MemoryItem("s_neg", shape, 1, 1)
        yield MemoryItem("e", shape, network.check().layers[-1].v_fb.bit_length() + 1)


def update(network: Network, index: int) -> Iterator[MemoryItem]:
    """Yield what a layer holds while its weights change."""
    layer, bound = network.layers[index], network.check().layers[index]
    if network.first_plastic <= index and not is_last(network, index):
        yield MemoryItem("v_fb", (network.batch, layer.n_out), bound.v_fb.bit_length() + 1)
    if not layer.plastic:
        return
    bits = bound.delta.bit_length() + 1
    yield MemoryItem("delta", (layer.weight_shape[0], layer.fan_in), bits)
    if layer.learns_recurrence:
        yield MemoryItem("delta, recurrent", (layer.n_out, layer.n_out), bits)
    if layer.learns_delays:
        shape, bits = (layer.weight_shape[0], layer.fan_in), bound.slope.bit_length() + 1
        yield MemoryItem("slope", shape, bits)
