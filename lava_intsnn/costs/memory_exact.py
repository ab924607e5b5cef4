"""Memory that an implementation needs: the states that exist, in the widths the bounds prove.

This differs from tables B.1 and B.2 in the following:

- Inference weights are the top bits of the shadow weights and need no memory of their own; a
  float32 network has one set of weights anyway. Fixed recurrent weights need no shadow.
- A presynaptic trace belongs to an input, ``(B, I)``, not to a synapse; with binary input that
  decays it is the spike itself.
- Time-gated feedback needs each hidden neuron's gate and each input's train step by step; the
  eligibility trace, a sum over the steps, is not used there.
- A frozen layer has inference weights alone: no traces, no ``delta``, and gates and feedback only
  where feedback passes through it to a layer that learns.
- ``delta`` is held before the learning-rate shift, in the width its sum over the batch needs. The
  amount subtracted from a weight (step, decay) is never stored for all weights at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from lava_intsnn.costs.element import FLOAT_BITS, MemoryItem, input_bits
from lava_intsnn.network import CUBA, Layer, LayerBounds, Network, Neuron
from lava_intsnn.network.cuba import numbers
from lava_intsnn.network.recurrence import B16_BITS


def spikes_are_traces(network: Network, index: int) -> bool:
    """Whether the presynaptic trace of a layer is the same as its input."""
    layer = network.layers[index]
    return not (index == 0 and network.graded) and layer.trace.spike_is_trace and not layer.pool


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
    vth = numbers(neuron.vth)
    yield MemoryItem("vth", (len(vth),), (max(vth) << neuron.guard_bits).bit_length())
    if needs_gates(network, index):
        bits = (neuron.window << neuron.guard_bits).bit_length()
        yield MemoryItem("window", (1,), max(1, bits))


def parameters(network: Network, names: list[str]) -> Iterator[MemoryItem]:
    """Yield the shifts and other constants."""
    constants: dict[str, int | tuple[int, ...] | None] = {"alpha": network.loss.alpha}
    if network.feedback.propagation != "direct":
        constants["err_vth"] = network.feedback.err_vth
    for index, (name, layer) in enumerate(zip(names, network.layers)):
        own = ("lr_shift", "clip", "weight_decay_shift", *_trace(layer))
        known = _constants(layer.neuron)
        if layer.plastic:
            known |= {name: getattr(layer, name) for name in own}
        if layer.learns_delays:
            known |= {name: getattr(layer, name) for name in ("delay_lr_shift", "delay_clip")}
        if index >= network.first_plastic:
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


def _constants(neuron: Neuron | CUBA) -> dict[str, Any]:
    """Return the neuron's shifts and growths: its fields but for widths and what stands apart."""
    apart = ("vth", "window", "guarded", "reset")
    every = ((field.name, getattr(neuron, field.name)) for field in fields(neuron))
    return {name: n for name, n in every if name not in apart and not name.endswith("_bits")}


def forward(network: Network, index: int) -> Iterator[MemoryItem]:
    """Yield what a layer holds while it runs a batch."""
    layer, bound, b = network.layers[index], network.check().layers[index], network.batch
    x_bits = input_bits(network, index)
    x_floats = FLOAT_BITS if index == 0 and network.graded else 1
    inputs, neurons = (b, layer.n_in), (b, layer.n_out)
    steps = (b, network.steps, layer.n_out)
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
    yield MemoryItem("s", neurons, 1, 1)
    if needs_gates(network, index):
        yield MemoryItem("g", neurons, 1, 1)
    if voltage:
        yield MemoryItem("u", neurons, B16_BITS)
    if trains:
        # presynaptic traces follow from the inputs when they are needed
        yield MemoryItem("s_in, train", (b, network.steps, layer.n_in), x_bits, x_floats)
        yield MemoryItem("g, train", steps, 1, 1)
        if layer.learns_recurrence:
            bits, floats = (B16_BITS, FLOAT_BITS) if voltage else (1, 1)
            yield MemoryItem("u, train", steps, bits, floats)
    elif layer.plastic:
        if not spikes_are_traces(network, index):
            yield MemoryItem("t_pre", seen, bound.t_pre.bit_length())
            if past:
                yield MemoryItem("t_pre of past steps", history, bound.t_pre.bit_length())
        yield MemoryItem("t_corr", (b, layer.n_out, layer.fan_in), bound.t_corr.bit_length())
        if layer.learns_delays:
            slopes = (2 * bound.t_corr).bit_length() + 1
            yield MemoryItem("t_corr of slopes", (b, layer.n_out, layer.fan_in), slopes)
        if layer.learns_recurrence:
            yield from _recurrent_traces(network, layer, bound)
    if gates_feedback(network, index) and not trains:
        yield MemoryItem("g, train", steps, 1, 1)
    if last:
        yield MemoryItem("count", neurons, network.steps.bit_length())


def _recurrent_traces(network: Network, layer: Layer, bound: LayerBounds) -> Iterator[MemoryItem]:
    assert layer.recurrence is not None
    b, n = network.batch, layer.n_out
    signed = layer.recurrence.source == "voltage"
    if signed or not layer.trace.spike_is_trace:
        yield MemoryItem("t_pre, recurrent", (b, n), bound.t_pre_recurrent.bit_length() + signed)
    yield MemoryItem("t_corr, recurrent", (b, n, n), bound.t_corr_recurrent.bit_length() + signed)


def error(network: Network) -> Iterator[MemoryItem]:
    """Yield the error of the output and its error neurons."""
    shape, feedback = (network.batch, network.n_classes), network.feedback
    scaled = (network.steps * network.loss.alpha >> network.count_shift) + network.loss.alpha
    err = min(scaled.bit_length() + 1, network.loss.err_bits)
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
