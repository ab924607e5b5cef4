"""Layout of a network for the kernels: rows of ``BLOCK`` integers, one array for all layers.

Channels are padded with silent ones to whole blocks. Rows of thresholds are ``m, block`` with m
from 0 to M + 1. Rows of neurons are ``y, x, block``. Rows of weights, times the amplitude of the
incoming spikes, are ``input channel, row of the kernel, column, block``, with rows and columns in
:func:`~.reach.spike_order`.

A threshold that no potential reaches at the end of a step may be replaced by one just beyond all
potentials. Potentials may have any width that holds both; intermediate sums may wrap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.spiking_engine.reach import spike_order
from lava_intsnn.conversion.spiking_network import SpikingNetwork
from lava_intsnn.engine.vector import BLOCK
from lava_intsnn.field_checks import short_repr

#: Number of steps from which int16 lanes are tried before int32; most images are quiet by then.
WORTHWHILE = 8

#: A layer's geometry, and where its rows and numbers begin. Of weights, thresholds and neurons the
#: encoder has none here: its arrays are its own.
_FIELDS = (
    "height width positions channels blocks kernel stride padding in_height in_width in_channels "
    "weights_at thresholds_at neurons_at counts_at positions_at"
)
LAYER = np.dtype([(name, np.int64) for name in _FIELDS.split()])


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

    __repr__ = short_repr


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
    records["positions"] = records["height"] * records["width"]
    levels = np.array([layer.levels for layer in network.layers])
    rows = {
        "weights_at": records["kernel"] ** 2 * records["in_channels"] * records["blocks"],
        "thresholds_at": (levels + 2) * records["blocks"],
        "neurons_at": records["positions"] * records["blocks"],
    }
    for name, sizes in rows.items():
        records[name][2:] = np.cumsum(sizes[1:-1])
    records["counts_at"][1:] = np.cumsum(records["positions"] * records["channels"])[:-1]
    records["positions_at"][1:] = np.cumsum(records["positions"])[:-1]
    return records


def hidden_of(network: SpikingNetwork, steps: int) -> list[Hidden]:
    """Return the hidden layers in the lanes to try, narrow ones first.

    The last lanes hold all ``steps``; narrower ones before them, if worthwhile, hold fewer.
    """
    weights = [
        layer.weights
        if before.amplitude == 1
        else layer.weights.astype(np.int64) * before.amplitude
        for before, layer in zip(network.layers, network.layers[1:])
    ]
    small = all(max(int(w.max()), -int(w.min())) <= np.iinfo(np.int8).max for w in weights)
    dtype = np.dtype(np.int8 if small else np.int32)
    none = np.zeros((0, BLOCK), dtype)  # an encoder alone has no hidden layers
    strides = [layer.stride for layer in network.layers[1:]]
    rows = np.concatenate([none, *(weight_rows(w, s, dtype) for w, s in zip(weights, strides))])

    strengths = [network.strength(index) for index in range(1, len(network.layers))]
    levels = [layer.levels for layer in network.layers[:-1]]
    most = np.iinfo(np.int16).max - 1
    fitting = [most // s for s, m in zip(strengths, levels) if s * min(m, steps) > most]
    few = min([steps, *fitting])
    lanes: list[tuple[int, npt.DTypeLike]] = []
    if small and few >= min(steps, WORTHWHILE):
        lanes.append((few, np.int16))
    if few < steps or not lanes:
        lanes.append((steps, np.int32))
    return [
        _hidden(network, n, lane, rows, [s * min(m, n) for s, m in zip(strengths, levels)])
        for n, lane in lanes
    ]


def _hidden(
    network: SpikingNetwork,
    steps: int,
    lane: npt.DTypeLike,
    weights: npt.NDArray,
    bounds: list[int],
) -> Hidden:
    none = np.zeros((0, BLOCK), lane)
    tables, upper, lower = [none], [none], [none]
    for layer, (height, width, _), bound in zip(network.layers[1:], network.shapes[1:], bounds):
        table = threshold_table(layer.thresholds, bound, lane)
        tables.append(table.reshape(-1, BLOCK))
        upper.append(np.tile(table[1], (height * width, 1)))
        lower.append(np.tile(table[0], (height * width, 1)))
    return Hidden(steps, weights, *map(np.concatenate, (tables, upper, lower)))


def weight_rows(w: npt.NDArray, stride: int, dtype: npt.DTypeLike) -> npt.NDArray:
    """Return the rows of weights (O, kernel, kernel, I) in the order that spikes need."""
    order = spike_order(w.shape[1], stride)
    rows = w.astype(dtype)[:, order][:, :, order].transpose(3, 1, 2, 0).reshape(-1, len(w))
    return _padded(rows, 0).reshape(-1, BLOCK)


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
    """Return weights and thresholds of the encoder.

    Rows of weights are ``row of the kernel, column, input channel, block``, of thresholds ``m,
    block`` with m from 1 to M.

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
    rows = _padded(layer.weights.reshape(layer.channels, -1).T.astype(lane), 0)
    return rows.reshape(-1, BLOCK), np.ascontiguousarray(table).reshape(-1, BLOCK)


def _padded(rows: npt.NDArray, value: int) -> npt.NDArray:
    """Return rows (N, O), O filled up to whole blocks, one after the other in memory."""
    width = -rows.shape[1] % BLOCK
    padded = np.pad(rows, ((0, 0), (0, width)), constant_values=value)
    return np.ascontiguousarray(padded)
