"""Operations as tables B.3 and B.4 count them, for any network."""

from __future__ import annotations

from lava_intsnn.costs.activity import Activity
from lava_intsnn.costs.ledger import Ledger
from lava_intsnn.costs.memory_paper import (
    COUNT_BITS,
    ERROR_VOLTAGE_BITS,
    GRADED_TRACES,
    activation_bits,
)
from lava_intsnn.network import Network


def forward(network: Network, activity: Activity, index: int, to: Ledger) -> None:
    """Note what a layer does in all steps of a batch."""
    layer, a, b = network.layers[index], activity.layers[index], network.batch
    n, m, w_bits = layer.n_out, layer.n_in, network.precision.w_bits
    synapses, act = n * layer.fan_in, activation_bits(network)
    x_bits = GRADED_TRACES[0] if index == 0 and network.graded else 1
    recurrent = layer.recurrence is not None
    loops = a.recurrent if recurrent else 0.0
    active, looped = a.weights * a.inputs * b, a.recurrent_weights * loops * b * n
    to = to.in_steps(network.steps)
    to.add("forward activation", "MUL", "A_W·A_I·B·H·I", active * synapses, w_bits, x_bits)
    to.add("forward activation", "ADD", "A_W·A_I·B·H·(I-1)", active * (synapses - n), act)
    if recurrent:
        name = "recurrent activation"
        to.add(name, "MUL", "A_recW·A_rec·B·H·H", looped * n, w_bits, act)
        to.add(name, "ADD", "A_recW·A_rec·B·H·(H-1)", looped * (n - 1), act)
        if not to.floating:
            to.add(f"shift of {name}", "SHIFT", "A_recW·A_rec·B·H", looped, act)
    if not to.floating:
        to.add("shift of activation", "SHIFT", "A_W·A_I·B·H", active * n, act)
    volt = act + recurrent
    to.scale("voltage", "B·H", b * n, volt)
    to.add("voltage", "B-MUL", "B·H", b * n, volt)
    summed = a.weights * b * n * (a.inputs + loops)
    to.add("voltage", "ADD", "A_W·B·H·(A_I+A_rec)", summed, volt)
    to.add("spike output", "CMP", "B·H", b * n, volt)
    for kind in ("ADD", "ABS", "CMP"):
        to.add("pseudo-gradient", kind, "B·H", b * n, volt)
    if not to.floating:
        to.add("presynaptic trace", "SHIFT", "B·I", b * m, x_bits)
    to.add("presynaptic trace", "ADD", "A_I·B·I", a.inputs * b * m, x_bits)
    to.add("weight trace", "B-MUL", "B·H", b * n, GRADED_TRACES[1])
    to.add("weight trace", "ADD", "B·H", b * n, GRADED_TRACES[1])
    if index == len(network.layers) - 1:
        to.add("network output", "ADD", "A_S·B·O", a.spikes * b * n, COUNT_BITS)


def error(network: Network, activity: Activity, to: Ledger) -> None:
    """Note what the output's error takes."""
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


def update(network: Network, activity: Activity, index: int, to: Ledger) -> None:
    """Note what an update of a layer's weights takes."""
    layer, b, n = network.layers[index], network.batch, network.layers[index].n_out
    weights = layer.weight_shape[0] * layer.fan_in
    bits, shadow = layer.clip.bit_length(), network.precision.storage_bits
    error_bits = COUNT_BITS
    if index < len(network.layers) - 1:
        above = network.layers[index + 1]
        fan_out = above.n_out * above.fan_in
        error_bits = ERROR_VOLTAGE_BITS
        to.add("error voltage", "MUL", "H·O", fan_out, network.precision.w_bits, COUNT_BITS)
        to.add("error voltage", "ADD", "H·(O-1)", fan_out - n, error_bits)
    to.add("delta", "MUL", "B·H", b * n, error_bits, GRADED_TRACES[1])
    to.add("delta", "ADD", "(B-1)·H", (b - 1) * n, bits)
    to.scale("learning rate", "H·I", weights, bits)
    to.scale("weight decay", "H·I", weights, shadow)
    to.add("weight update", "ADD", "2·H·I", 2 * weights, shadow)
    if not to.floating:
        active = activity.layers[index].weights * weights
        to.add("inference weights", "SHIFT", "A_W·H·I", active, shadow)
