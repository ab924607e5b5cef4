"""The ways from one layer of a NIR graph to the next as synapses of one layer."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from lava_intsnn.formats.exchange import from_filters
from lava_intsnn.formats.nir.float_stages import FloatSynapses
from lava_intsnn.formats.nir.graph_ways import Path, Source, around_delays, image_order, our_order
from lava_intsnn.formats.nir.linear_nodes import (
    MAX_MATRIX,
    Shape,
    UnfitNode,
    bias_of,
    conv_padding,
    matrix,
    out_shape,
    pool_divisor,
)
from lava_intsnn.formats.nir.nir_nodes import ENDS, NirNode
from lava_intsnn.network.dense import MAX_DELAY

#: Longest side that a Conv or a Pool of ours takes, of images and of kernels.
_MAX_IMAGE, _MAX_KERNEL = 1 << 12, 64


def synapses_of(
    source: Source, paths: list[Path], shape: Shape, *, dense: bool, dt: float
) -> tuple[FloatSynapses, np.ndarray]:
    """Return the synapses from ``source`` to neurons of ``shape``, and the order of the neurons.

    A way that is a pool, a convolution, both, or a matrix after a pool becomes that. Other ways,
    and several at once, become one matrix, which is exact: they are linear.

    Raises
    ------
    UnfitNode
        If the ways are no synapses of ours.
    """
    nodes = [node for node in paths[0].nodes if node.kind not in (*ENDS, "Flatten")]
    delayed = any(node.kind == "Delay" for path in paths for node in path.nodes)
    if len(paths) == 1 and not delayed:
        for found in (_convolution, _elementwise, _pooled_matrix):
            if (synapses := found(source, nodes, paths[0].nodes, shape, dense=dense)) is not None:
                return synapses
    return _matrices(source, paths, shape, dt=dt)


def _convolution(
    source: Source, nodes: list[NirNode], path: tuple[NirNode, ...], shape: Shape, *, dense: bool
) -> tuple[FloatSynapses, np.ndarray] | None:
    """Return a convolution, after a pool or not; None if it takes a matrix."""
    if dense or not nodes or nodes[-1].kind != "Conv2d" or len(nodes) > 2 or not _seen(source):
        return None
    pool = _pool(source, nodes[:-1])
    if pool is None and len(nodes) == 2:
        return None
    node = nodes[-1]
    (before, after), kernel = conv_padding(node), node.weight.shape[2:]
    reach = [(k - 1) * d for k, d in zip(kernel, node.dilation)]
    fits = before == after and all(p <= r for p, r in zip(before, reach))
    if not fits or max(*kernel, *node.stride, *node.dilation) > _MAX_KERNEL:
        return None
    before_pool = source.shape
    shape = out_shape(node, out_shape(nodes[0], before_pool) if pool else before_pool)
    if max(before_pool) > _MAX_IMAGE:
        return None
    order = image_order(shape)
    conv = {
        "in_shape": _height_first(before_pool),
        "channels": shape[0],
        "kernel": tuple(kernel),
        "stride": tuple(node.stride),
        "padding": tuple(before),
        "dilation": tuple(node.dilation),
        "groups": node.groups,
    }
    synapses = FloatSynapses(
        w=from_filters(node.weight) / (pool_divisor(nodes[0]) if pool else 1),
        bias=bias_of(path, source.shape)[order],
        n_in=len(source.order),
        n_out=prod(shape),
        conv=conv,
        pool=pool,
    )
    return synapses, order


def _elementwise(
    source: Source, nodes: list[NirNode], path: tuple[NirNode, ...], shape: Shape, *, dense: bool
) -> tuple[FloatSynapses, np.ndarray] | None:
    """Return one synapse a neuron, after a pool or not, as a 1x1 convolution."""
    scaled = bool(nodes) and nodes[-1].kind == "Scale"
    rest = nodes[:-1] if scaled else nodes
    pool = _pool(source, rest) if rest else None
    if dense or len(rest) > 1 or (rest and pool is None):
        return None
    seen = out_shape(rest[0], source.shape) if rest else source.shape
    image = len(seen) == 3 and _seen(source)
    if not image:
        factors = _two_sides(prod(seen))
        if rest or factors is None:
            return None
        seen = (1, *factors)
    factor = nodes[-1].scale.ravel() if scaled else np.ones(1)
    if factor.size > 1:  # one for each channel, or it takes a matrix
        each = factor.reshape(seen[0], -1)
        if np.ptp(each, axis=1).any():
            return None
        factor = each[:, 0]
    channels = seen[0]
    order = image_order(seen) if image else source.order
    conv = {
        "in_shape": _height_first(source.shape if image else seen),
        "channels": channels,
        "kernel": (1, 1),
        "stride": (1, 1),
        "padding": (0, 0),
        "dilation": (1, 1),
        "groups": channels,
    }
    divisor = pool_divisor(rest[0]) if rest else 1
    synapses = FloatSynapses(
        w=np.broadcast_to(factor, channels)[:, None] / divisor,
        bias=np.zeros(prod(shape)),
        n_in=len(source.order),
        n_out=prod(shape),
        conv=conv,
        pool=pool,
        notes=("no synapses: each input goes to its neuron with one weight",),
    )
    return synapses, order


def _pooled_matrix(
    source: Source, nodes: list[NirNode], path: tuple[NirNode, ...], shape: Shape, *, dense: bool
) -> tuple[FloatSynapses, np.ndarray] | None:
    """Return a dense layer that sees the windows of a pool."""
    if len(nodes) < 2 or not _seen(source):
        return None
    pool = _pool(source, nodes[:1])
    if pool is None:
        return None
    seen = out_shape(nodes[0], source.shape)
    w = matrix(nodes[1:], seen) / pool_divisor(nodes[0])
    order = our_order(shape)
    synapses = FloatSynapses(
        w=w[np.ix_(order, image_order(seen))],
        bias=bias_of(path, source.shape)[order],
        n_in=len(source.order),
        n_out=len(order),
        pool=pool,
        notes=_merged(nodes[1:]),
    )
    return synapses, order


def _matrices(
    source: Source, paths: list[Path], shape: Shape, *, dt: float
) -> tuple[FloatSynapses, np.ndarray]:
    """Return any ways as one matrix of weights, and one of delays."""
    order = our_order(shape)
    n_in, n_out = len(source.order), len(order)
    if n_in * n_out > MAX_MATRIX:
        raise UnfitNode(f"a matrix of {n_out} by {n_in} weights: at most {MAX_MATRIX}")
    w, delays, used = np.zeros((n_out, n_in)), np.zeros((n_out, n_in), np.int64), None
    bias = np.zeros(n_out)
    notes: tuple[str, ...] = ()
    for path in paths:
        first, inner, last = around_delays(source, path, dt)
        part = matrix(inner, source.shape)[np.ix_(order, source.order)]
        late = last[order][:, None] + first[source.order][None, :]
        bias += bias_of([n for n in path.nodes if n.kind != "Delay"], source.shape)[order]
        notes += _merged(inner)
        there = part != 0
        if len(paths) > 1:
            if used is not None and (clash := there & used & (late != delays)).any():
                row, column = np.argwhere(clash)[0]
                raise UnfitNode(
                    f"two delays of one synapse, {late[row, column]} and {delays[row, column]} "
                    "steps: ours have one"
                )
            delays = np.where(there, late, delays)
        else:
            delays = np.broadcast_to(late, delays.shape).copy()
        w, used = w + part, there if used is None else used | there
    if delays.max(initial=0) > MAX_DELAY:
        raise UnfitNode(
            f"a delay of {delays.max()} steps of dt = {dt:g} s: at most {MAX_DELAY}; a larger dt "
            "makes it fewer steps"
        )
    synapses = FloatSynapses(
        w=w,
        bias=bias,
        n_in=n_in,
        n_out=n_out,
        delays=delays if delays.any() else None,
        notes=tuple(dict.fromkeys(notes)),
    )
    return synapses, order


def _pool(source: Source, nodes: list[NirNode]) -> dict[str, Any] | None:
    """Return a pool over the source, or None."""
    if len(nodes) != 1 or nodes[0].kind not in ("SumPool2d", "AvgPool2d") or not _seen(source):
        return None
    node = nodes[0]
    small = all(p < k for p, k in zip(node.padding, node.kernel_size))
    if not small or max(*node.kernel_size, *node.stride) > _MAX_KERNEL:
        return None
    if max(source.shape) > _MAX_IMAGE:
        return None
    return {
        "kind": "sum",
        "in_shape": _height_first(source.shape),
        "kernel": tuple(node.kernel_size),
        "stride": tuple(node.stride),
        "padding": tuple(node.padding),
    }


def _seen(source: Source) -> bool:
    """Whether our numbers of the source are those of an image."""
    return len(source.shape) == 3 and np.array_equal(source.order, image_order(source.shape))


def _height_first(shape: Shape) -> tuple[int, int, int]:
    return shape[1], shape[2], shape[0]


def _two_sides(n: int) -> tuple[int, int] | None:
    """Return height and width of an image of ``n`` neurons, None if there is none."""
    for height in range(1, _MAX_IMAGE + 1):
        if n % height == 0 and n // height <= _MAX_IMAGE:
            return height, n // height
    return None


def _merged(nodes: Any) -> tuple[str, ...]:
    kinds = [node.kind for node in nodes if node.kind not in (*ENDS, "Flatten")]
    if kinds in ([], ["Linear"], ["Affine"]):
        return ()
    return (f"{' and '.join(kinds)} as one matrix",)
