"""Operations that the algorithm performs, section by section.

This differs from tables B.3 and B.4 in the following:

- The eligibility trace, ``delta`` and the error voltage are products per synapse and sample,
  ``B·H·I``, ``B·H·I`` and ``B·H·O``; the paper counts ``B·H``, ``B·H`` and ``H·O``.
- A product with a spike or a gate is a selection: B-MUL, and free in the energy report.
- Every product is added to the potential or to a sum: as many additions as products.
- Recurrent input is 0 at a sample's first step.
- Integers saturate and clip (CMP, two per value), and round and shift as the network says. Fixed
  recurrent weights are not updated.
"""

from __future__ import annotations

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.costs.activity import Activity, LayerActivity
from lava_intsnn.costs.element import layer_names
from lava_intsnn.costs.ledger import Ledger, Operation
from lava_intsnn.costs.memory_exact import keeps_trains, spikes_are_traces
from lava_intsnn.network import FrameEncoder, Network
from lava_intsnn.network.recurrence import B16_BITS


def lines(network: Network, activity: Activity, floating: bool) -> list[Operation]:
    """Return every operation of a training iteration."""
    names = layer_names(network)
    found: list[Operation] = []
    for index, name in enumerate(names):
        found += _forward(
            network,
            activity.layers[index],
            index,
            Ledger(section=f"{name} forward", floating=floating),
        )
    found += _error(network, Ledger(section="error", floating=floating))
    for index in range(len(names) - 1, -1, -1):
        found += _update(
            network, activity, index, Ledger(section=f"{names[index]} update", floating=floating)
        )
    return found


def _forward(network: Network, a: LayerActivity, index: int, to: Ledger) -> list[Operation]:
    layer, t, b, n = (
        network.layers[index],
        network.steps,
        network.batch,
        network.layers[index].n_out,
    )
    bound, v_bits = network.check().layers[index], layer.neuron.v_bits
    w_bits, encoder = network.precision.w_bits, network.encoder
    graded = index == 0 and isinstance(encoder, FrameEncoder)
    x_bits = (
        encoder.max_count.bit_length() if index == 0 and isinstance(encoder, FrameEncoder) else 1
    )
    products = a.weights * a.inputs * b * n * layer.fan_in
    a_bits = bound.a.bit_length() + 1
    to.add(
        "synaptic sum",
        "MUL" if graded else "B-MUL",
        "A_W·A_I·B·H·I",
        products,
        w_bits,
        x_bits,
        times=t,
    )
    to.add("synaptic sum", "ADD", "A_W·A_I·B·H·I", products, a_bits, times=t)
    recurrence = layer.recurrence
    if recurrence:
        voltage = recurrence.source == "voltage"
        r_bits = (n * bound.w * recurrence.u_max).bit_length() + 1
        loops = a.recurrent_weights * a.recurrent * b * n * n
        u_bits = B16_BITS if voltage else 1
        kind = "MUL" if voltage else "B-MUL"
        to.add(
            "recurrent sum",
            kind,
            "A_recW·A_rec·B·H·H",
            loops,
            w_bits,
            u_bits,
            times=t - 1,
            per="(T-1)",
        )
        to.add(
            "recurrent sum", "ADD", "A_recW·A_rec·B·H·H", loops, r_bits, times=t - 1, per="(T-1)"
        )
        if recurrence.shift:
            to.scale("recurrent sum", "B·H", b * n, r_bits, times=t - 1, per="(T-1)")
        if voltage:
            to.scale("B16 of the voltage", "B·H", b * n, v_bits, times=t - 1, per="(T-1)")
            if not to.floating:
                to.add(
                    "B16 of the voltage",
                    "CMP",
                    "2·B·H",
                    2 * b * n,
                    v_bits,
                    times=t - 1,
                    per="(T-1)",
                )
    if layer.neuron.decay_shift:
        to.scale("potential, decay", "B·H", b * n, v_bits, times=t)
    to.add("potential, reset", "B-MUL", "B·H", b * n, v_bits, times=t)
    if not to.floating:
        to.add("potential, saturation", "CMP", "2·B·H", 2 * b * n, v_bits, times=t)
    to.add("spike", "CMP", "B·H", b * n, v_bits, times=t)
    for kind in ("ADD", "ABS", "CMP"):
        to.add("surrogate gate", kind, "B·H", b * n, v_bits, times=t)
    if not spikes_are_traces(network, index):
        bits = bound.t_pre.bit_length()
        if layer.trace_shift:
            to.scale("presynaptic trace", "B·I", b * layer.n_in, bits, times=t)
        to.add("presynaptic trace", "ADD", "A_I·B·I", a.inputs * b * layer.n_in, bits, times=t)
    if not keeps_trains(network, index):
        traced = a.gates * _traces(network, a, index) * b * n * layer.fan_in
        bits = bound.t_corr.bit_length()
        to.add("eligibility trace", "B-MUL", "A_g·A_tr·B·H·I", traced, bits, times=t)
        to.add("eligibility trace", "ADD", "A_g·A_tr·B·H·I", traced, bits, times=t)
    if index == len(network.layers) - 1:
        to.add("count", "ADD", "A_S·B·O", a.spikes * b * n, t.bit_length(), times=t)
    return to.lines


def _traces(network: Network, a: LayerActivity, index: int) -> float:
    return a.inputs if spikes_are_traces(network, index) else a.traces


def _error(network: Network, to: Ledger) -> list[Operation]:
    outputs, b, feedback = network.batch * network.n_classes, network.batch, network.feedback
    gradual = feedback.propagation == "feedback"
    times = network.steps - feedback.soft_start if gradual else 1
    bits = network.loss.err_bits
    if to.floating:
        to.add("softmax", "EXP", "B·O", outputs * times)
        to.add("softmax", "ADD", "B·(O-1)", (outputs - b) * times, 32)
        to.add("softmax", "MUL", "B·O", outputs * times, 32, 32)
    else:
        count = network.steps.bit_length()
        to.add("loss", "MUL", "B·O", outputs * times, count, network.loss.alpha.bit_length())
        to.add("loss", "SHIFT", "B·O", outputs * times, bits)
        to.add("loss, saturation", "CMP", "2·B·O", 2 * outputs * times, bits)
    to.add("loss, label", "ADD", "B", b * times, bits)
    if feedback.propagation != "direct":
        to.add("error neurons", "ADD", "6·B·O", 6 * outputs * times, bits)
        to.add("error neurons", "CMP", "2·B·O", 2 * outputs * times, bits)
        to.add("error neurons", "B-MUL", "2·B·O", 2 * outputs * times, bits)
    return to.lines


def _update(network: Network, activity: Activity, index: int, to: Ledger) -> list[Operation]:
    layer, b, t = network.layers[index], network.batch, network.steps
    bound, a = network.check().layers[index], activity.layers[index]
    v_fb, delta = bound.v_fb.bit_length() + 1, bound.delta.bit_length() + 1
    gated = keeps_trains(network, index)
    if index < len(network.layers) - 1:
        above = network.layers[index + 1]
        gates = activity.layers[index + 1].gates if gated else 1.0
        fan_out, times = gates * b * above.n_out * above.fan_in, t if gated else 1
        err = network.check().layers[index + 1].v_fb.bit_length() + 1
        total = bound.v_fb_sum.bit_length() + 1
        to.add(
            "v_fb",
            "MUL",
            "A_g·B·H·O" if gated else "B·H·O",
            fan_out,
            network.precision.w_bits,
            err,
            times=times,
        )
        to.add("v_fb", "ADD", "A_g·B·H·O" if gated else "B·H·O", fan_out, total, times=times)
        if layer.fb_shift:
            to.scale("v_fb", "B·H", b * layer.n_out, total, times=times)
    recurrence = layer.recurrence
    learned = layer.n_out**2 if recurrence and recurrence.learned else 0
    synapses = layer.n_out * layer.fan_in + learned
    if gated:
        active = a.gates * _traces(network, a, index) * b * synapses
        binary = spikes_are_traces(network, index) and not learned
        trace = 1 if binary else bound.t_pre.bit_length()
        kind = "B-MUL" if binary else "MUL"
        to.add("delta", kind, "A_g·A_tr·B·H·I", active, v_fb, trace, times=t)
        to.add("delta", "ADD", "A_g·A_tr·B·H·I", active, delta, times=t)
    else:
        to.add("delta", "MUL", "B·H·I", b * synapses, v_fb, bound.t_corr.bit_length())
        to.add("delta", "ADD", "B·H·I", b * synapses, delta)
    weights, shadow = layer.weight_shape[0] * layer.fan_in + learned, network.precision.storage_bits
    to.scale("learning rate", "H·I", weights, delta)
    if not to.floating:
        if network.rounding == Rounding.STOCHASTIC:
            to.add("rounding", "ADD", "H·I", weights, delta)
        to.add("clip", "CMP", "2·H·I", 2 * weights, delta)
    if layer.weight_decay_shift is not None:
        to.scale("weight decay", "H·I", weights, shadow)
        to.add("weight decay", "ADD", "H·I", weights, shadow)
    to.add("weight update", "ADD", "H·I", weights, shadow)
    if not to.floating:
        to.add("saturation", "CMP", "2·H·I", 2 * weights, shadow)
        to.add("inference weights", "SHIFT", "A_W·H·I", a.weights * weights, shadow)
    return to.lines
