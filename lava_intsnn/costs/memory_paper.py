"""Memory as tables B.1 and B.2 count it, for any network.

The paper gives widths for one network, the recurrent one on spoken digits in 16-8. For other
networks the widths of weights follow from the precision, those of traces from whether the input
is graded, and those of updates from the clip.
"""

from __future__ import annotations

from lava_intsnn.costs.element import Element, dynamic, static
from lava_intsnn.network import Network

#: Width of thresholds, windows, and of potentials up to 8 inference bits.
STATE_BITS = 16
#: Widths that are the same for every network: spike counts and error, T, error voltage.
COUNT_BITS, STEPS_BITS, ERROR_VOLTAGE_BITS = 8, 6, 18
#: Traces: (presynaptic, eligibility) of graded and of binary input.
GRADED_TRACES, BINARY_TRACES = (8, 16), (1, 8)


def activation_bits(network: Network) -> int:
    """Return the width activations are cut to: 16, 24 or 32 as inference weights grow."""
    return STATE_BITS + max(0, 2 * (network.precision.inference_bits - 8))


def weights(network: Network, index: int, section: str) -> list[Element]:
    """Return shadow and inference weights, threshold and window."""
    layer, precision = network.layers[index], network.precision
    blocks = {"W": (layer.weight_shape[0], layer.fan_in)}
    if layer.recurrence:
        blocks["W_rec"] = (layer.n_out, layer.n_out)
    lines: list[tuple[str, tuple[int, ...], int]] = [
        (f"{block} {what}", shape, bits)
        for block, shape in blocks.items()
        for what, bits in (
            ("shadow", precision.storage_bits),
            ("low precision", precision.w_bits),
        )
    ]
    lines += [("voltage threshold", (1,), STATE_BITS), ("gradient window", (1,), STATE_BITS)]
    return [static(section, line, shape, bits) for line, shape, bits in lines]


def parameters(network: Network, names: list[str]) -> list[Element]:
    """Return the constants of the learning rule."""
    clip = max(_clip_bits(network, k) for k in range(len(names)))
    lines = [
        ("loss precision", COUNT_BITS, 0),
        ("T", STEPS_BITS, 0),
        ("gradient clip", clip, 32),
    ]
    for name, layer in zip(names, network.layers):
        lines.append((f"learning rate, {name}", max(3, layer.lr_shift + 1), 32))
    for name, layer in zip(names, network.layers):
        lines.append((f"weight decay, {name}", layer.weight_decay_shift or 12, 32))
    return [static("parameters", line, (1,), bits, floats) for line, bits, floats in lines]


def _clip_bits(network: Network, index: int) -> int:
    return network.layers[index].clip.bit_length()


def forward(network: Network, index: int, section: str) -> list[Element]:
    """Return what a layer holds while it runs a batch."""
    layer, b = network.layers[index], network.batch
    graded = index == 0 and network.graded
    last = index == len(network.layers) - 1
    recurrent = layer.recurrence is not None
    t_pre, t_corr = GRADED_TRACES if graded else BINARY_TRACES
    neurons, synapses = (b, layer.n_out), (b, layer.n_out, layer.fan_in)
    lines = [
        dynamic(section, "spike input", (b, layer.n_in), t_pre, 32 if graded else 1),
        dynamic(section, "voltage", neurons, activation_bits(network) + recurrent),
        dynamic(section, "pseudo-gradient", neurons, 1, 1),
        dynamic(section, "presynaptic trace", synapses, t_pre, 32 if graded else 1),
        dynamic(section, "weight trace", synapses, t_corr),
    ]
    if last:
        return [*lines, dynamic(section, "network output", neurons, COUNT_BITS)]
    return [*lines, dynamic(section, "spike output", neurons, 1, 1)]


def error(network: Network) -> list[Element]:
    """Return the error of the output."""
    return [dynamic("error", "error", (network.batch, network.n_classes), COUNT_BITS)]


def update(network: Network, index: int, section: str) -> list[Element]:
    """Return what a layer holds while its weights change."""
    layer = network.layers[index]
    shape = (layer.weight_shape[0], layer.fan_in)
    bits = _clip_bits(network, index)
    lines = [
        dynamic(section, "delta", shape, bits),
        dynamic(section, "weight decay term", shape, bits),
    ]
    if index < len(network.layers) - 1:
        voltage = (network.batch, layer.n_out)
        lines.insert(0, dynamic(section, "error voltage", voltage, ERROR_VOLTAGE_BITS))
    return lines
