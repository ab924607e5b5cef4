"""Memory that an implementation needs: the states that exist, in the widths the bounds prove.

This differs from tables B.1 and B.2 in the following:

- Inference weights are the top bits of the shadow weights and need no memory of their own; a
  float32 network has one set of weights anyway. Fixed recurrent weights need no shadow.
- A presynaptic trace belongs to an input, ``(B, I)``, not to a synapse; with binary input that
  decays it is the spike itself.
- Time-gated feedback needs each hidden neuron's gate and each input's train step by step; the
  eligibility trace, a sum over the steps, is not used there.
- ``delta`` is held before the learning-rate shift, in the width its sum over the batch needs. The
  amount subtracted from a weight (step, decay) is never stored for all weights at once.
"""

from __future__ import annotations

from dataclasses import fields

from lava_intsnn.costs.element import Element, dynamic, input_bits, static
from lava_intsnn.network import Layer, Network, Neuron
from lava_intsnn.network.recurrence import B16_BITS


def spikes_are_traces(network: Network, index: int) -> bool:
    """Whether the presynaptic trace of a layer is the same as its input."""
    return not (index == 0 and network.graded) and network.layers[index].trace_shift > 0


def keeps_trains(network: Network, index: int) -> bool:
    """Whether a layer learns from the steps of a sample one by one: hidden, time-gated."""
    return network.feedback.time_gated and index < len(network.layers) - 1


def weights(network: Network, index: int, section: str) -> list[Element]:
    """Return weights, delays, threshold and window."""
    layer, precision = network.layers[index], network.precision
    shape = (layer.weight_shape[0], layer.fan_in)
    lines = [static(section, "w_shadow", shape, precision.storage_bits)]
    if layer.recurrence:
        square = (layer.n_out, layer.n_out)
        if layer.recurrence.learned:
            lines.append(static(section, "w_shadow, recurrent", square, precision.storage_bits))
        else:
            lines.append(static(section, "w, recurrent", square, precision.w_bits))
    if layer.max_delay:
        bits = layer.max_delay.bit_length()
        lines.append(static(section, "delays", shape, bits, bits))
    neuron = layer.neuron
    lines.append(static(section, "vth", (1,), (neuron.vth << neuron.guard_bits).bit_length()))
    lines.append(
        static(section, "window", (1,), max(1, (neuron.window << neuron.guard_bits).bit_length()))
    )
    return lines


def parameters(network: Network, names: list[str]) -> list[Element]:
    """Return the shifts and other constants."""
    lines = [("alpha", network.loss.alpha, 32)]
    if network.feedback.propagation != "direct":
        lines.append(("err_vth", network.feedback.err_vth, 32))
    for name, layer in zip(names, network.layers):
        lines += [(f"{field}, {name}", value, 32) for field, value in _constants(layer.neuron)]
        lines.append((f"lr_shift, {name}", layer.lr_shift, 32))
        lines.append((f"clip, {name}", layer.clip, 0))
        if layer.weight_decay_shift is not None:
            lines.append((f"weight_decay_shift, {name}", layer.weight_decay_shift, 32))
        lines.append((f"trace_shift, {name}", layer.trace_shift, 32))
        if layer.fb_shift:
            lines.append((f"fb_shift, {name}", layer.fb_shift, 32))
        if layer.recurrence:
            recurrence = layer.recurrence
            lines.append((f"recurrent shift, {name}", recurrence.shift, 32))
            if recurrence.source == "voltage":
                lines.append((f"b16_shift, {name}", recurrence.b16_shift, 32))
            if recurrence.learned:
                lines.append((f"recurrent lr_shift, {name}", recurrence.lr_shift, 32))
    return [
        static("parameters", line, (1,), max(1, value.bit_length()), floats)
        for line, value, floats in lines
    ]


def _constants(neuron: Neuron) -> list[tuple[str, int]]:
    """Return the neuron's shifts and growths: its fields but for widths and what stands apart."""
    apart = ("vth", "window", "guarded")
    every = ((field.name, getattr(neuron, field.name)) for field in fields(neuron))
    return [(name, n) for name, n in every if name not in apart and not name.endswith("_bits")]


def forward(network: Network, index: int, section: str) -> list[Element]:
    """Return what a layer holds while it runs a batch."""
    layer, bound, b = network.layers[index], network.check().layers[index], network.batch
    x_bits = input_bits(network, index)
    x_floats = 32 if index == 0 and network.graded else 1
    inputs, neurons = (b, layer.n_in), (b, layer.n_out)
    recurrence = layer.recurrence
    trains = keeps_trains(network, index)
    past = layer.max_delay
    t_pre_bits, t_pre_floats = bound.t_pre.bit_length(), 32
    if spikes_are_traces(network, index):
        t_pre_bits, t_pre_floats = x_bits, x_floats
    # the input of a later layer is the spikes of the one below
    lines = [] if index else [dynamic(section, "s_in", inputs, x_bits, x_floats)]
    if past and not trains:
        history = (b, past, layer.n_in)
        lines.append(dynamic(section, "s_in of past steps", history, x_bits, x_floats))
    lines += [dynamic(section, state.name, neurons, state.bits) for state in bound.states]
    lines += [dynamic(section, "s", neurons, 1, 1), dynamic(section, "g", neurons, 1, 1)]
    if recurrence and recurrence.source == "voltage":
        lines.append(dynamic(section, "u", neurons, B16_BITS))
    if trains:
        # presynaptic traces follow from the inputs when they are needed
        train = (b, network.steps, layer.n_in)
        lines.append(dynamic(section, "s_in, train", train, x_bits, x_floats))
        lines.append(dynamic(section, "g, train", (b, network.steps, layer.n_out), 1, 1))
        if recurrence and recurrence.learned:
            voltage = recurrence.source == "voltage"
            bits, floats = (B16_BITS, 32) if voltage else (1, 1)
            steps = (b, network.steps, layer.n_out)
            lines.append(dynamic(section, "u, train", steps, bits, floats))
    else:
        if not spikes_are_traces(network, index):
            lines.append(dynamic(section, "t_pre", inputs, t_pre_bits, t_pre_floats))
            if past:
                shape = (b, past, layer.n_in)
                lines.append(dynamic(section, "t_pre of past steps", shape, t_pre_bits))
        synapses: tuple[int, ...] = (b, layer.n_out, layer.fan_in)
        lines.append(dynamic(section, "t_corr", synapses, bound.t_corr.bit_length()))
        if recurrence and recurrence.learned:
            lines += _recurrent_traces(network, layer, section)
    if network.feedback.time_gated and index == len(network.layers) - 1 and index > 0:
        lines.append(dynamic(section, "g, train", (b, network.steps, layer.n_out), 1, 1))
    if index == len(network.layers) - 1:
        lines.append(dynamic(section, "count", neurons, network.steps.bit_length()))
    return lines


def _recurrent_traces(network: Network, layer: Layer, section: str) -> list[Element]:
    from lava_intsnn.network.bounds import _traces

    assert layer.recurrence is not None
    b, n = network.batch, layer.n_out
    signed = layer.recurrence.source == "voltage"
    t_pre, t_corr = _traces(layer.recurrence.u_max, layer.trace_shift, network.steps)
    lines = []
    if signed or layer.trace_shift == 0:
        lines.append(dynamic(section, "t_pre, recurrent", (b, n), t_pre.bit_length() + signed))
    bits = t_corr.bit_length() + signed
    return [*lines, dynamic(section, "t_corr, recurrent", (b, n, n), bits)]


def error(network: Network) -> list[Element]:
    """Return the error of the output and its error neurons."""
    shape = (network.batch, network.n_classes)
    top = network.check().layers[-1].v_fb
    scaled = (network.steps * network.loss.alpha >> network.count_shift) + network.loss.alpha
    err = min(scaled.bit_length() + 1, network.loss.err_bits)
    lines = [dynamic("error", "err", shape, err)]
    if network.feedback.propagation != "direct":
        feedback = network.feedback
        steps = 1 if feedback.propagation == "final" else network.steps - feedback.soft_start
        reach = steps * ((1 << err - 1) + feedback.err_vth)
        for name in ("v_pos", "v_neg"):
            lines.append(dynamic("error", name, shape, reach.bit_length() + 1))
        lines += [dynamic("error", name, shape, 1, 1) for name in ("s_pos", "s_neg")]
        lines.append(dynamic("error", "e", shape, top.bit_length() + 1))
    return lines


def update(network: Network, index: int, section: str) -> list[Element]:
    """Return what a layer holds while its weights change."""
    layer, bound = network.layers[index], network.check().layers[index]
    lines = []
    if index < len(network.layers) - 1:
        shape = (network.batch, layer.n_out)
        lines.append(dynamic(section, "v_fb", shape, bound.v_fb.bit_length() + 1))
    bits = bound.delta.bit_length() + 1
    lines.append(dynamic(section, "delta", (layer.weight_shape[0], layer.fan_in), bits))
    if layer.recurrence and layer.recurrence.learned:
        lines.append(dynamic(section, "delta, recurrent", (layer.n_out, layer.n_out), bits))
    return lines
