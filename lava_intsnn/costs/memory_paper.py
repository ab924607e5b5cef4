"""Memory as tables B.1 and B.2 count it, for any network.

The paper gives widths for one network, the recurrent one on spoken digits in 16-8. For other
networks the widths of weights follow from the precision, those of traces from whether the input
is graded, and those of updates from the clip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lava_intsnn.costs.element import LayerPart, MemoryItem
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


def weights(network: Network, index: int) -> Iterator[MemoryItem]:
    """Yield shadow and inference weights, threshold and window."""
    layer, precision = network.layers[index], network.precision
    blocks = {"W": (layer.weight_shape[0], layer.fan_in)}
    if layer.recurrence:
        blocks["W_rec"] = (layer.n_out, layer.n_out)
    for block, shape in blocks.items():
        yield MemoryItem(f"{block} shadow", shape, precision.storage_bits)
        yield MemoryItem(f"{block} low precision", shape, precision.w_bits)
    yield MemoryItem("voltage threshold", (1,), STATE_BITS)
    yield MemoryItem("gradient window", (1,), STATE_BITS)


def parameters(parts: Sequence[LayerPart]) -> Iterator[MemoryItem]:
    """Yield the constants of the learning rule."""
    layers = {part.name: part.network.layers[part.index] for part in parts}
    yield MemoryItem("loss precision", (1,), COUNT_BITS, 0)
    yield MemoryItem("T", (1,), STEPS_BITS, 0)
    largest_clip = max(layer.clip.bit_length() for layer in layers.values())
    yield MemoryItem("gradient clip", (1,), largest_clip)
    for name, layer in layers.items():
        yield MemoryItem(f"learning rate, {name}", (1,), max(3, layer.lr_shift + 1))
    for name, layer in layers.items():
        yield MemoryItem(f"weight decay, {name}", (1,), layer.weight_decay_shift or 12)


def forward(network: Network, index: int) -> Iterator[MemoryItem]:
    """Yield what a layer holds while it runs a batch."""
    layer, b = network.layers[index], network.batch
    graded = index == 0 and network.graded
    x_floats = 32 if graded else 1
    t_pre, t_corr = GRADED_TRACES if graded else BINARY_TRACES
    neurons, synapses = (b, layer.n_out), (b, layer.n_out, layer.fan_in)
    yield MemoryItem("spike input", (b, layer.n_in), t_pre, x_floats)
    yield MemoryItem("voltage", neurons, activation_bits(network) + (layer.recurrence is not None))
    yield MemoryItem("pseudo-gradient", neurons, 1, 1)
    yield MemoryItem("presynaptic trace", synapses, t_pre, x_floats)
    yield MemoryItem("weight trace", synapses, t_corr)
    if index == len(network.layers) - 1:
        yield MemoryItem("network output", neurons, COUNT_BITS)
    else:
        yield MemoryItem("spike output", neurons, 1, 1)


def error(network: Network) -> Iterator[MemoryItem]:
    """Yield the error of the output."""
    yield MemoryItem("error", (network.batch, network.n_classes), COUNT_BITS)


def update(network: Network, index: int) -> Iterator[MemoryItem]:
    """Yield what a layer holds while its weights change."""
    layer = network.layers[index]
    shape, bits = (layer.weight_shape[0], layer.fan_in), layer.clip.bit_length()
    if index < len(network.layers) - 1:
        yield MemoryItem("error voltage", (network.batch, layer.n_out), ERROR_VOLTAGE_BITS)
    yield MemoryItem("delta", shape, bits)
    yield MemoryItem("weight decay term", shape, bits)
