"""A network as the kernels read it: rows of ``BLOCK`` integers, one array for all layers.

Channels are padded with silent ones to whole blocks. Row ``((ky * kernel + kx) * I + c) * blocks +
block`` of a layer's weights holds one input's weights to a block of its channels, times the
amplitude of the spikes that come in; row ``m * blocks + block`` of its thresholds holds Theta_m,
m from 0 to M + 1. Blocks of neurons are in the order of positions ``y, x``.

No potential at the end of a step lies beyond :func:`reach`, so a threshold beyond it may be
replaced by the next integer, and potentials kept in any width that holds these: sums in between may
wrap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.network import SpikingNetwork
from lava_intsnn.engine.vector import BLOCK

#: Where a layer's numbers lie, and its geometry. Of the encoder, ``weights_at`` and
#: ``thresholds_at`` mean nothing: its arrays are its own.
LAYER = np.dtype(
    [
        (name, np.int64)
        for name in (
            "height",
            "width",
            "channels",
            "blocks",
            "kernel",
            "stride",
            "padding",
            "in_height",
            "in_width",
            "in_channels",
            "weights_at",
            "thresholds_at",
            "neurons_at",
            "counts_at",
            "positions_at",
        )
    ]
)


@dataclass(frozen=True, eq=False)
class Hidden:
    """The hidden layers in lanes of one width.

    Parameters
    ----------
    steps : int
        For which no potential outgrows the lanes.
    weights : (rows, BLOCK) int8 or int32 array
    thresholds : (rows, BLOCK) int16 or int32 array
    upper, lower : (blocks of all neurons, BLOCK) int16 or int32 array
        Theta_1 and Theta_0 of every neuron.
    """

    steps: int
    weights: npt.NDArray
    thresholds: npt.NDArray
    upper: npt.NDArray
    lower: npt.NDArray


def layers_of(network: SpikingNetwork) -> npt.NDArray:
    """Return the (L,) records of :data:`LAYER`."""
    records = np.zeros(len(network.layers), LAYER)
    in_shape = network.in_shape
    for index, (layer, record) in enumerate(zip(network.layers, records)):
        record["height"], record["width"], record["channels"] = network.shapes[index]
        record["in_height"], record["in_width"], record["in_channels"] = in_shape
        record["blocks"] = -(-layer.channels // BLOCK)
        record["kernel"], record["stride"] = layer.kernel, layer.stride
        record["padding"] = layer.padding
        in_shape = network.shapes[index]
    positions = records["height"] * records["width"]
    rows = records["kernel"] ** 2 * records["in_channels"] * records["blocks"]
    rows[0] = 0
    tables = np.array([layer.levels + 2 for layer in network.layers]) * records["blocks"]
    tables[0] = 0
    for name, sizes in (
        ("weights_at", rows),
        ("thresholds_at", tables),
        ("neurons_at", positions * records["blocks"]),
        ("counts_at", positions * records["channels"]),
        ("positions_at", positions),
    ):
        records[name][1:] = np.cumsum(sizes)[:-1]
    return records


def reach(network: SpikingNetwork, index: int, steps: int) -> int:
    """Return the largest magnitude of v in hidden layer ``index`` after at most ``steps``.

    Counts are neither negative nor above the levels or the steps, so that weights of one sign add
    up at most.
    """
    w = network.layers[index].weights.astype(np.int64)
    before = network.layers[index - 1]
    one_sign = max(int(part.clip(0).sum(axis=(1, 2, 3)).max()) for part in (w, -w))
    return one_sign * min(before.levels, steps) * before.amplitude


def hidden_of(network: SpikingNetwork, steps: int) -> list[Hidden]:
    """Return the hidden layers in the lanes to try, narrow ones first.

    The last hold all ``steps``; those before as many as they can.
    """
    weights = [
        layer.weights.astype(np.int64) * before.amplitude
        for before, layer in zip(network.layers, network.layers[1:])
    ]
    small = all(np.abs(w).max(initial=0) <= np.iinfo(np.int8).max for w in weights)
    wide = _hidden(network, steps, np.dtype(np.int32), weights, np.int8 if small else np.int32)
    return [wide]


def _hidden(
    network: SpikingNetwork,
    steps: int,
    lane: np.dtype,
    weights: list[npt.NDArray[np.int64]],
    weight_dtype: npt.DTypeLike,
) -> Hidden:
    tables, upper, lower = [], [np.zeros((_blocks(network, 0), BLOCK), lane)], []
    lower.append(upper[0])
    for index, layer in enumerate(network.layers[1:], start=1):
        bound = reach(network, index, steps)
        table = threshold_table(layer.thresholds, bound, lane)
        tables.append(table.reshape(-1, BLOCK))
        for parts, row in ((lower, table[0]), (upper, table[1])):
            height, width, _ = network.shapes[index]
            parts.append(np.tile(row, (height * width, 1, 1)).reshape(-1, BLOCK))
    rows = [weight_rows(w, weight_dtype) for w in weights]
    empty = np.zeros((0, BLOCK))
    return Hidden(
        steps=steps,
        weights=np.concatenate([empty.astype(weight_dtype), *rows]),
        thresholds=np.concatenate([empty.astype(lane), *tables]),
        upper=np.concatenate(upper),
        lower=np.concatenate(lower),
    )


def _blocks(network: SpikingNetwork, index: int) -> int:
    height, width, channels = network.shapes[index]
    return height * width * -(-channels // BLOCK)


def weight_rows(w: npt.NDArray, dtype: npt.DTypeLike) -> npt.NDArray:
    """Return the rows (kernel^2 I blocks, BLOCK) of weights (O, kernel, kernel, I)."""
    rows = w.reshape(len(w), -1).T
    return np.ascontiguousarray(_padded(rows, 0)).astype(dtype).reshape(-1, BLOCK)


def threshold_table(
    thresholds: npt.NDArray[np.int64], bound: int, dtype: npt.DTypeLike
) -> npt.NDArray:
    """Return Theta_0..Theta_{M + 1} as (M + 2, blocks, BLOCK), for |v| <= bound."""
    levels = thresholds.shape[1]
    table = np.empty((levels + 2, len(thresholds)), np.int64)
    table[0], table[-1] = -bound, bound + 1
    table[1:-1] = thresholds.T.clip(-bound, bound + 1)
    padded = _padded(table, bound + 1)
    padded[0] = -bound
    return padded.astype(dtype).reshape(levels + 2, -1, BLOCK)


def encoder_arrays(network: SpikingNetwork, largest: int) -> tuple[npt.NDArray, npt.NDArray]:
    """Return weights (rows, BLOCK) and thresholds (M blocks, BLOCK) of the encoder.

    Parameters
    ----------
    network : SpikingNetwork
    largest : int
        Magnitude of the pixels.

    Raises
    ------
    ConversionError
        If a potential could leave 64 bits.
    """
    layer = network.layers[0]
    sums = np.abs(layer.weights.astype(np.int64)).sum(axis=(1, 2, 3))
    bound = int(sums.max()) * largest
    lane = next((d for d in (np.int32, np.int64) if bound < np.iinfo(d).max), None)
    if lane is None:
        raise ConversionError(
            f"pixels up to {largest} and the encoder's weights add up to {bound}, beyond 2^63: "
            "give the weights fewer bits"
        )
    table = threshold_table(layer.thresholds, bound, lane)[1:-1]
    return weight_rows(layer.weights, lane), np.ascontiguousarray(table).reshape(-1, BLOCK)


def _padded(rows: npt.NDArray, value: int) -> npt.NDArray[np.int64]:
    """Return rows (N, O) with O filled up to whole blocks."""
    width = -rows.shape[1] % BLOCK
    return np.pad(rows.astype(np.int64), ((0, 0), (0, width)), constant_values=value)
