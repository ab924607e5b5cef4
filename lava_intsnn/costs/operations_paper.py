"""Operations as tables B.3 and B.4 count them, for any network."""

from __future__ import annotations

from lava_intsnn.costs.activity import Activity
from lava_intsnn.costs.element import layer_names
from lava_intsnn.costs.ledger import Ledger, Operation
from lava_intsnn.costs.memory_paper import (
    COUNT_BITS,
    ERROR_VOLTAGE_BITS,
    GRADED_TRACES,
    activation_bits,
)
from lava_intsnn.network import Network


def lines(network: Network, activity: Activity, floating: bool) -> list[Operation]:
    """Return the lines of tables B.3 and B.4."""
    names = layer_names(network)
    found: list[Operation] = []
    for index, name in enumerate(names):
        found += _forward(
            network, activity, index, Ledger(section=f"{name} forward", floating=floating)
        )
    found += _error(network, activity, Ledger(section="error", floating=floating))
    for index in range(len(names) - 1, -1, -1):
        found += _update(
            network, activity, index, Ledger(section=f"{names[index]} update", floating=floating)
        )
    return found


def _forward(network: Network, activity: Activity, index: int, to: Ledger) -> list[Operation]:
    layer, a, t, b = network.layers[index], activity.layers[index], network.steps, network.batch
    n, m = layer.n_out, layer.n_in
    synapses, w_bits = n * layer.fan_in, network.precision.w_bits
    act = activation_bits(network)
    x_bits = GRADED_TRACES[0] if index == 0 and network.graded else 1
    recurrent = layer.recurrence is not None
    loops = a.recurrent if recurrent else 0.0
    active = a.weights * a.inputs
    to.add(
        "forward activation", "MUL", "A_W·A_I·B·H·I", active * b * synapses, w_bits, x_bits, times=t
    )
    to.add(
        "forward activation", "ADD", "A_W·A_I·B·H·(I-1)", active * b * (synapses - n), act, times=t
    )
    if recurrent:
        looped = a.recurrent_weights * loops
        to.add(
            "recurrent activation",
            "MUL",
            "A_recW·A_rec·B·H·H",
            looped * b * n * n,
            w_bits,
            act,
            times=t,
        )
        to.add(
            "recurrent activation",
            "ADD",
            "A_recW·A_rec·B·H·(H-1)",
            looped * b * n * (n - 1),
            act,
            times=t,
        )
        if not to.floating:
            to.add(
                "shift of recurrent activation",
                "SHIFT",
                "A_recW·A_rec·B·H",
                looped * b * n,
                act,
                times=t,
            )
    if not to.floating:
        to.add("shift of activation", "SHIFT", "A_W·A_I·B·H", active * b * n, act, times=t)
    volt = act + recurrent
    to.scale("voltage", "B·H", b * n, volt, times=t)
    to.add("voltage", "B-MUL", "B·H", b * n, volt, times=t)
    to.add(
        "voltage",
        "ADD",
        "A_W·B·H·(A_I+A_rec)",
        a.weights * b * n * (a.inputs + loops),
        volt,
        times=t,
    )
    to.add("spike output", "CMP", "B·H", b * n, volt, times=t)
    for kind in ("ADD", "ABS", "CMP"):
        to.add("pseudo-gradient", kind, "B·H", b * n, volt, times=t)
    if not to.floating:
        to.add("presynaptic trace", "SHIFT", "B·I", b * m, x_bits, times=t)
    to.add("presynaptic trace", "ADD", "A_I·B·I", a.inputs * b * m, x_bits, times=t)
    to.add("weight trace", "B-MUL", "B·H", b * n, 16, times=t)
    to.add("weight trace", "ADD", "B·H", b * n, 16, times=t)
    if index == len(network.layers) - 1:
        to.add("network output", "ADD", "A_S·B·O", a.spikes * b * n, COUNT_BITS, times=t)
    return to.lines


def _error(network: Network, activity: Activity, to: Ledger) -> list[Operation]:
    outputs = network.batch * network.n_classes
    active = activity.layers[-1].spikes * outputs
    if to.floating:
        to.add("softmax", "EXP", "A_S·B·O", active)
        to.add("softmax", "ADD", "B·O", outputs)
        to.add("softmax", "MUL", "B·O", outputs, 32, 32)
    else:
        to.add("loss", "MUL", "A_S·B·O", active, COUNT_BITS, COUNT_BITS)
        to.add("loss", "SHIFT", "B·O", outputs, COUNT_BITS)
    to.add("subtraction", "ADD", "B", network.batch, COUNT_BITS)
    return to.lines


def _update(network: Network, activity: Activity, index: int, to: Ledger) -> list[Operation]:
    layer, b, n = network.layers[index], network.batch, network.layers[index].n_out
    weights = layer.weight_shape[0] * layer.fan_in
    bits, shadow = layer.clip.bit_length(), network.precision.storage_bits
    error = COUNT_BITS
    if index < len(network.layers) - 1:
        above = network.layers[index + 1]
        fan_out = above.n_out * above.fan_in
        error = ERROR_VOLTAGE_BITS
        to.add("error voltage", "MUL", "H·O", fan_out, network.precision.w_bits, COUNT_BITS)
        to.add("error voltage", "ADD", "H·(O-1)", fan_out - n, error)
    to.add("delta", "MUL", "B·H", b * n, error, GRADED_TRACES[1])
    to.add("delta", "ADD", "(B-1)·H", (b - 1) * n, bits)
    to.scale("learning rate", "H·I", weights, bits)
    to.scale("weight decay", "H·I", weights, shadow)
    to.add("weight update", "ADD", "2·H·I", 2 * weights, shadow)
    if not to.floating:
        active = activity.layers[index].weights * weights
        to.add("inference weights", "SHIFT", "A_W·H·I", active, shadow)
    return to.lines
