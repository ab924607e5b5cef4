"""The outputs that a spike reaches, and the order of weights that makes them contiguous."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork


def spike_order(kernel: int, stride: int) -> list[int]:
    """Return the rows (or columns) of a kernel in the order in which a spike needs them.

    The outputs that cover an input use rows of the kernel that are a stride apart, and the first
    output uses the last of them. These rows are adjacent, in falling order.
    """
    return sorted(range(kernel), key=lambda row: (row % stride, -row))


def covering(n_in: int, n_out: int, layer: SpikingLayer) -> npt.NDArray[np.int64]:
    """Return which outputs of a layer cover each of its inputs, along one axis: (n_in, 3).

    The first output, how many there are, and where the first one's row (or column) of the kernel
    lies in :func:`spike_order`; zeros where there is none.
    """
    stride, padding = layer.stride, layer.padding
    order = spike_order(layer.kernel, stride)
    table = np.zeros((n_in, 3), np.int64)
    for i in range(n_in):
        outputs = [o for o in range(n_out) if 0 <= i + padding - o * stride < layer.kernel]
        if outputs:
            row = i + padding - outputs[0] * stride
            table[i] = outputs[0], len(outputs), order.index(row)
    return table


def reach_of(network: SpikingNetwork, layers: npt.NDArray) -> npt.NDArray[np.int64]:
    """Return what the spikes of each position reach, (positions of all layers, 5).

    How many synapses; the first row of neurons, how many rows of outputs, and how many rows of
    neurons in each; the first row of weights, that of input channel 0. Of the last layer only the
    first.

    Parameters
    ----------
    network : SpikingNetwork
    layers : (L,) records of :data:`~.layout.LAYER`
    """
    tables = []
    for index, shape in enumerate(network.shapes):
        table = np.zeros((*shape[:2], 5), np.int64)
        table[..., 0] = network.fan_out(index)
        if index + 1 < len(layers):
            after, layer = layers[index + 1], network.layers[index + 1]
            out = network.shapes[index + 1]
            down, across = (covering(n_in, n_out, layer) for n_in, n_out in zip(shape[:2], out))
            y, rows, ky = down[:, None, :].transpose(2, 0, 1)
            x, columns, kx = across[None, :, :].transpose(2, 0, 1)
            blocks = after["blocks"]
            table[..., 1] = after["neurons_at"] + (y * after["width"] + x) * blocks
            table[..., 2] = rows
            table[..., 3] = columns * blocks
            table[..., 4] = after["weights_at"] + (ky * layer.kernel + kx) * blocks
        tables.append(table.reshape(-1, 5))
    return np.concatenate(tables)
