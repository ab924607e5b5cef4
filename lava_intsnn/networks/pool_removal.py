"""The same network without pools, for what has none: synapses repeat the weights of a window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network import Conv, Dense, Network, NetworkError, Pool
from lava_intsnn.network.windows import Pair
from lava_intsnn.state import State


@checks_kinds
def without_pools(network: Network, state: State) -> tuple[Network, State]:
    """Return a network and a state with the same spikes, and a synapse for each input of a window.

    A convolution behind a pool becomes one with a larger kernel and stride, a dense layer one with
    more columns. What they learn from here on differs, since a weight of a window is then several.

    Parameters
    ----------
    network : Network
        Of an integer precision; its pools are sums.
    state : State

    Raises
    ------
    NetworkError
        If a pool is an average, which rounds; or if weights of windows that overlap, borders of
        the image or delays forbid it.
    ValueError
        If the state does not fit the network.
    """
    state.validate(network)
    layers, weights, delays = list(network.all_layers), list(state.weights), list(state.delays)
    delays = delays or [None] * len(layers)
    for index, layer in enumerate(layers):
        if layer.pool is None:
            continue
        where = f"layer {index}: "
        if layer.pool.kind != "sum" or network.precision.floating:
            raise NetworkError(
                where + f"a pool of kind {layer.pool.kind!r} at precision {network.precision}: "
                "synapses add whole numbers and do not divide; give the pool kind 'sum', with a "
                "threshold for sums, and an integer precision"
            )
        w = state.w(network, index).astype(np.int64)
        if layer.kind == Conv.kind:
            layers[index], w = _conv(where, cast(Conv, layer), w)
        else:
            columns = _columns(layer.pool)
            dense, delays[index] = _dense(where, cast(Dense, layer), columns, delays[index])
            layers[index] = dense
            w = np.hstack([w[:, : layer.fan_in] @ columns, w[:, layer.fan_in :]])
        weights[index] = _shadow(where, network, w)
    held = tuple(delays) if any(delay is not None for delay in delays) else ()
    return (
        network.with_layers(layers),
        replace(state, weights=tuple(weights), delays=held),
    )


def _columns(pool: Pool) -> np.ndarray:
    """Return which inputs each window sees, int64 0 or 1 ``(windows, I)``."""
    windows = pool.windows.unfolded()
    found = np.zeros((len(windows), pool.windows.neurons + 1), np.int64)
    found[np.arange(len(windows))[:, None], windows] = 1
    return found[:, :-1]


def _dense(
    where: str, layer: Dense, columns: np.ndarray, given: np.ndarray | None
) -> tuple[Dense, np.ndarray | None]:
    plain = replace(layer, pool=None)
    if not layer.max_delay:
        return plain, None
    if columns.sum(axis=0).max() > 1:
        raise NetworkError(
            where + "windows that overlap, with delays: a synapse would have two delays; give the "
            "pool a stride of at least its kernel"
        )
    found = replace(plain, delay_source="state")
    held = layer.delays() if given is None else given.astype(np.int64)  # shadow delays, if any
    return found, held @ columns


def _conv(where: str, layer: Conv, w: np.ndarray) -> tuple[Conv, np.ndarray]:
    """Return the convolution whose kernel spans all windows that the one behind the pool sees."""
    pool, outer = cast(Pool, layer.pool).windows, layer.windows
    kernel, stride, padding = (
        _pair((r - 1) * s + k for r, s, k in zip(outer.reach, pool.stride, pool.kernel)),
        _pair(step * s for step, s in zip(outer.stride, pool.stride)),
        _pair(q * s + p for q, s, p in zip(outer.padding, pool.stride, pool.padding)),
    )
    try:
        plain = replace(layer, pool=None, kernel=kernel, stride=stride, padding=padding, dilation=1)
    except NetworkError as error:
        raise NetworkError(f"{where}a kernel for pool and convolution: {error}") from None
    if plain.out_shape != layer.out_shape or any(_pads_neurons(layer, side) for side in (0, 1)):
        raise NetworkError(
            where + "at the border the convolution pads what the pool left over: choose a padding, "
            "or a size of the image, with which windows end at the border"
        )
    wide = np.zeros((layer.channels, *kernel, outer.in_shape[2] // outer.groups), np.int64)
    narrow = w.reshape(layer.channels, *outer.kernel, -1)
    for ky, kx in np.ndindex(*outer.kernel):
        y, x = (k * d * s for k, d, s in zip((ky, kx), outer.dilation, pool.stride))
        window = wide[:, y : y + pool.kernel[0], x : x + pool.kernel[1]]
        window += narrow[:, ky : ky + 1, kx : kx + 1]
    return plain, wide.reshape(layer.channels, -1)


def _pads_neurons(layer: Conv, side: int) -> bool:
    """Whether a window of padding, which is silent, stands where the image has neurons.

    ``side`` is 0 for vertical, 1 for horizontal.
    """
    pool, outer = cast(Pool, layer.pool).windows, layer.windows
    kernel, stride, padding = pool.kernel[side], pool.stride[side], pool.padding[side]
    before = outer.padding[side] > 0 and kernel > stride + padding
    positions, windows = outer.positions[side], outer.in_shape[side]
    last = (positions - 1) * outer.stride[side] + outer.reach[side] - 1 - outer.padding[side]
    after = last >= windows and windows * stride - padding < pool.in_shape[side]
    return before or after


def _pair(numbers: Iterable[int]) -> Pair:
    vertical, horizontal = numbers
    return vertical, horizontal


def _shadow(where: str, network: Network, w: np.ndarray) -> np.ndarray:
    """Return shadow weights with the inference weights ``w``."""
    precision = network.precision
    shadow = precision.shadow(w)
    if not np.array_equal(precision.inference(shadow), w):
        raise NetworkError(
            where + f"weights of windows that overlap add up to {w.min()}..{w.max()}, beyond "
            f"precision {precision}: give the pool a stride of at least its kernel"
        )
    return shadow
