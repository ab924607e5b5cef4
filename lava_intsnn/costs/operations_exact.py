"""Operations that the algorithm performs, section by section.

This differs from tables B.3 and B.4 in the following:

- The eligibility trace, ``delta`` and the error voltage are products per synapse and sample,
  ``B·H·I``, ``B·H·I`` and ``B·H·O``; the paper counts ``B·H``, ``B·H`` and ``H·O``.
- A product with a spike or a gate is a selection: B-MUL, and free in the energy report.
- Every product is added to the potential or to a sum: as many additions as products.
- Recurrent input is 0 at a sample's first step.
- Integers saturate and clip (CMP, two per value), and round and shift as the network says. Fixed
  recurrent weights are not updated.
- An update that is normalised takes its magnitudes, their maximum in each column, and a division
  for each weight. Of division, which the tables lack, the quotient has 16 bits: 16 shifts and
  subtractions of a remainder. In float32 it is a product with the reciprocal of the maximum.
- Frozen layers have no traces and no update; their gates and feedback count only where feedback
  passes through them to a layer that learns.
- Delays that learn take the slope of each trace, a second eligibility of as many products as the
  first, a product with each weight, and an update like that of weights.
"""

from __future__ import annotations

from lava_intsnn.arithmetic import DECAY_BITS, NORMALISED_BITS, Rounding
from lava_intsnn.costs.activity import Activity, LayerActivity
from lava_intsnn.costs.element import input_bits
from lava_intsnn.costs.ledger import Ledger
from lava_intsnn.costs.memory_exact import (
    is_last,
    keeps_trains,
    kept_traces,
    needs_gates,
    seen_inputs,
    spikes_are_traces,
)
from lava_intsnn.costs.neuron_operations import add_neurons
from lava_intsnn.network import Network
from lava_intsnn.network.recurrence import B16_BITS
from lava_intsnn.network.softmax_table import EXP_BITS


def forward(network: Network, activity: Activity, index: int, to: Ledger) -> None:
    """Note what a layer does in all steps of a batch."""
    layer, a, t, b = network.layers[index], activity.layers[index], network.steps, network.batch
    n, bound, w_bits = layer.n_out, network.check().layers[index], network.precision.w_bits
    step, later = to.in_steps(t), to.in_steps(t - 1, "(T-1)")
    kind = "MUL" if (index == 0 and network.graded) or layer.pool else "B-MUL"
    x_bits, share = input_bits(network, index), a.inputs
    if pool := layer.pool:  # a window has activity at most where one of its neurons has
        x_bits, share = (((1 << x_bits) - 1) * pool.size).bit_length(), min(1.0, share * pool.size)
        step.add("pool", "ADD", "A_I·B·I·windows", a.inputs * b * pool.n_out * pool.size, x_bits)
        if pool.shift:
            step.scale("average", "B·H", b * n, bound.a.bit_length() + 1)
    products = a.weights * share * b * n * layer.fan_in
    step.add("synaptic sum", kind, "A_W·A_I·B·H·I", products, w_bits, x_bits)
    step.add("synaptic sum", "ADD", "A_W·A_I·B·H·I", products, bound.a.bit_length() + 1)
    if recurrence := layer.recurrence:
        voltage = recurrence.source == "voltage"
        r_bits = (n * bound.w * recurrence.u_max).bit_length() + 1
        loops = a.recurrent_weights * a.recurrent * b * n * n
        kind, u_bits = ("MUL", B16_BITS) if voltage else ("B-MUL", 1)
        later.add("recurrent sum", kind, "A_recW·A_rec·B·H·H", loops, w_bits, u_bits)
        later.add("recurrent sum", "ADD", "A_recW·A_rec·B·H·H", loops, r_bits)
        if recurrence.shift:
            later.scale("recurrent sum", "B·H", b * n, r_bits)
        if voltage:
            later.scale("B16 of the voltage", "B·H", b * n, layer.neuron.v_bits)
            later.saturate("B16 of the voltage", "B·H", b * n, layer.neuron.v_bits)
    add_neurons(step, layer.neuron, b * n, gates=needs_gates(network, index))
    for rule in kept_traces(network, index) if layer.plastic else ():
        bits, seen = bound.t_pre.bit_length(), seen_inputs(layer)
        if rule.keep > 1:
            step.add("presynaptic trace", "MUL", "B·I", b * seen, bits, DECAY_BITS)
        if rule.shift:
            step.scale("presynaptic trace", "B·I", b * seen, bits)
        step.add("presynaptic trace", "ADD", "A_I·B·I", share * b * seen, bits)
    if layer.plastic and not keeps_trains(network, index):
        traced = a.gates * _traces(network, a, index) * b * n * layer.fan_in
        for kind in ("B-MUL", "ADD"):
            bits = bound.t_corr.bit_length()
            step.add("eligibility trace", kind, "A_g·A_tr·B·H·I", traced, bits)
            if layer.learns_delays:
                slopes = (2 * bound.t_corr).bit_length() + 1
                step.add("eligibility of delays", kind, "A_g·A_tr·B·H·I", traced, slopes)
    if layer.learns_delays:
        differences = len(layer.traces) * b * seen_inputs(layer)
        step.add("slope of traces", "ADD", "B·I", differences, bound.t_pre.bit_length())
    if is_last(network, index) and layer.neuron.fires:
        step.add("count", "ADD", "A_S·B·O", a.spikes * b * n, t.bit_length())


def _traces(network: Network, a: LayerActivity, index: int) -> float:
    return a.inputs if spikes_are_traces(network, index) else a.traces


def error(network: Network, activity: Activity, to: Ledger) -> None:
    """Note what the output's error takes."""
    outputs, b, feedback = network.batch * network.n_classes, network.batch, network.feedback
    gradual = feedback.propagation == "feedback"
    times = network.steps - feedback.soft_start if gradual else network.loss.points
    bits = network.loss.err_bits
    if to.floating:
        to.add("softmax", "EXP", "B·O", outputs * times)
        to.add("softmax", "ADD", "B·(O-1)", (outputs - b) * times, 32)
        to.add("softmax", "MUL", "B·O", outputs * times, 32, 32)
    elif network.loss.kind == "softmax":
        _softmax(network, outputs * times, to)
    else:
        count = network.answer_max.bit_length()
        to.add("loss", "MUL", "B·O", outputs * times, count, network.loss.alpha.bit_length())
        to.add("loss", "SHIFT", "B·O", outputs * times, bits)
        to.saturate("loss, saturation", "B·O", outputs * times, bits)
    to.add("loss, label", "ADD", "B", b * times, bits)
    if feedback.propagation != "direct":
        to.add("error neurons", "ADD", "6·B·O", 6 * outputs * times, bits)
        to.add("error neurons", "CMP", "2·B·O", 2 * outputs * times, bits)
        to.add("error neurons", "B-MUL", "2·B·O", 2 * outputs * times, bits)


def _softmax(network: Network, outputs: int, to: Ledger) -> None:
    """Note an integer softmax: the largest, the table, the sum, and a quotient bit by bit."""
    count, alpha = network.answer_max.bit_length() + 1, network.loss.alpha
    total = EXP_BITS + network.n_classes.bit_length()
    to.add("softmax, largest", "CMP", "2·B·O", 2 * outputs, count)
    to.add("softmax, difference", "ADD", "B·O", outputs, count)
    to.add("softmax, temperature", "SHIFT", "B·O", outputs, count)
    to.add("softmax, table", "EXP", "B·O", outputs)
    to.add("softmax, sum", "ADD", "B·O", outputs, total)
    to.add("softmax, scale", "MUL", "B·O", outputs, EXP_BITS + 1, alpha.bit_length())
    for kind in ("SHIFT", "ADD"):
        quotient = outputs * alpha.bit_length()
        to.add("softmax, quotient", kind, "B·O·log2(alpha)", quotient, total + 1)


def update(network: Network, activity: Activity, index: int, to: Ledger) -> None:
    """Note what an update of a layer's weights takes."""
    layer, b, t = network.layers[index], network.batch, network.steps
    points = network.loss.points
    bound, a = network.check().layers[index], activity.layers[index]
    v_fb, delta = bound.v_fb.bit_length() + 1, bound.delta.bit_length() + 1
    if index < network.first_plastic:
        return
    gated = network.feedback.time_gated and not is_last(network, index)
    if not is_last(network, index):
        above = network.layers[index + 1]
        gates = activity.layers[index + 1].gates if gated else 1.0
        fan_out, times = gates * b * above.n_out * above.fan_in, t if gated else points
        err = network.check().layers[index + 1].v_fb.bit_length() + 1
        total = bound.v_fb_sum.bit_length() + 1
        formula = "A_g·B·H·O" if gated else "B·H·O"
        step = to.in_steps(times, "T" if gated else "points")
        step.add("v_fb", "MUL", formula, fan_out, network.precision.w_bits, err)
        step.add("v_fb", "ADD", formula, fan_out, total)
        if layer.fb_shift:
            step.scale("v_fb", "B·H", b * layer.n_out, total)
    if not layer.plastic:
        return
    learned = layer.n_out**2 if layer.learns_recurrence else 0
    synapses = layer.n_out * layer.fan_in + learned
    if gated:
        active = a.gates * _traces(network, a, index) * b * synapses
        binary = spikes_are_traces(network, index) and not learned
        trace = 1 if binary else bound.t_pre.bit_length()
        kind = "B-MUL" if binary else "MUL"
        step = to.in_steps(t)
        step.add("delta", kind, "A_g·A_tr·B·H·I", active, v_fb, trace)
        step.add("delta", "ADD", "A_g·A_tr·B·H·I", active, delta)
    else:
        each = to.in_steps(points, "points")
        each.add("delta", "MUL", "B·H·I", b * synapses, v_fb, bound.t_corr.bit_length())
        each.add("delta", "ADD", "B·H·I", b * synapses, delta)
    weights, shadow = layer.weight_shape[0] * layer.fan_in + learned, network.precision.storage_bits
    if layer.normalise:
        _normalise(to, weights, delta)
        delta = NORMALISED_BITS + 2
    to.scale("learning rate", "H·I", weights, delta)
    if network.rounding == Rounding.STOCHASTIC and not to.floating:
        to.add("rounding", "ADD", "H·I", weights, delta)
    to.saturate("clip", "H·I", weights, delta)
    if layer.weight_decay_shift is not None:
        to.scale("weight decay", "H·I", weights, shadow)
        to.add("weight decay", "ADD", "H·I", weights, shadow)
    to.add("weight update", "ADD", "H·I", weights, shadow)
    to.saturate("saturation", "H·I", weights, shadow)
    if not to.floating:
        to.add("inference weights", "SHIFT", "A_W·H·I", a.weights * weights, shadow)
    if layer.learns_delays:
        _update_delays(network, activity, index, to, gated=gated)


def _normalise(to: Ledger, weights: int, bits: int) -> None:
    """Note the division of updates of ``bits`` bits by the largest one of their column."""
    to.add("normalised update, magnitude", "ABS", "H·I", weights, bits)
    to.add("normalised update, largest", "CMP", "H·I", weights, bits)
    quotient = NORMALISED_BITS + 1
    if to.floating:
        to.add("normalised update, quotient", "MUL", "H·I", weights, 32, 32)
    else:
        for kind in ("SHIFT", "ADD"):
            count = quotient * weights
            to.add("normalised update, quotient", kind, f"{quotient}·H·I", count, bits)
    to.add("normalised update, sign", "B-MUL", "H·I", weights, quotient)


def _update_delays(
    network: Network, activity: Activity, index: int, to: Ledger, *, gated: bool
) -> None:
    """Note what an update of a layer's delays takes."""
    layer, bound, b = network.layers[index], network.check().layers[index], network.batch
    v_fb, slope, delta = (n.bit_length() + 1 for n in (bound.v_fb, bound.slope, bound.delta_d))
    synapses, shadow = layer.n_out * layer.fan_in, layer.d_shadow_max.bit_length()
    if gated:
        a = activity.layers[index]
        active = a.gates * _traces(network, a, index) * b * synapses
        step = to.in_steps(network.steps)
        step.add("slope", "MUL", "A_g·A_tr·B·H·I", active, v_fb, bound.t_pre.bit_length() + 1)
        step.add("slope", "ADD", "A_g·A_tr·B·H·I", active, slope)
    else:
        each, slopes = to.in_steps(network.loss.points, "points"), (2 * bound.t_corr).bit_length()
        each.add("slope", "MUL", "B·H·I", b * synapses, v_fb, slopes + 1)
        each.add("slope", "ADD", "B·H·I", b * synapses, slope)
    to.add("delta of delays", "MUL", "H·I", synapses, slope, network.precision.w_bits)
    to.scale("learning rate of delays", "H·I", synapses, delta)
    if network.rounding == Rounding.STOCHASTIC and not to.floating:
        to.add("rounding of delays", "ADD", "H·I", synapses, delta)
    to.saturate("clip of delays", "H·I", synapses, delta)
    to.add("delay update", "ADD", "H·I", synapses, shadow)
    to.saturate("saturation of delays", "H·I", synapses, shadow)
    if not to.floating:
        to.add("delays in use", "SHIFT", "H·I", synapses, shadow)
