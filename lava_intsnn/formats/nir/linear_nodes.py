"""What NIR's linear nodes compute, on floats in their own order, channel first."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from lava_intsnn.formats.nir.nir_nodes import ENDS, MAX_NEURONS, NirNode

#: Most weights of a matrix, and of one that stands for convolutions or pools.
MAX_MATRIX, MAX_UNFOLDED = 1 << 24, 1 << 22
#: Most products that unfolding may take, and numbers that it may hold at a time.
MAX_WORK, _ROOM = 1 << 33, 1 << 22

Shape = tuple[int, ...]


class UnfitNode(Exception):
    """Why a node or layer does not fit; a line for each reason."""


def out_shape(node: NirNode, shape: Shape) -> Shape:
    """Return the shape of what ``node`` gives for input of ``shape``.

    Raises
    ------
    UnfitNode
        If it cannot take that.
    """
    n = prod(shape)
    if node.kind in ENDS:
        if node.shape and prod(node.shape) != n:
            raise UnfitNode(
                f"{node.kind} of shape {node.shape}, where {shape} comes in: the package nir "
                "itself does not read such a graph"
            )
        return node.shape if len(node.shape) == 3 else shape
    if node.kind in ("Linear", "Affine"):
        rows, columns = node.weight.shape
        if columns != n:
            raise UnfitNode(f"{columns} inputs, where {shape} comes in")
        if node.kind == "Affine" and node.bias.size != rows:
            raise UnfitNode(f"a bias for {node.bias.size} outputs, where there are {rows}")
        return (rows,)
    if node.kind == "Scale" or node.kind == "Delay":
        values = getattr(node, node.kind.lower())
        if values.size not in (1, n):
            raise UnfitNode(f"{values.size} values, where {shape} comes in")
        return shape
    if node.kind == "Flatten":
        # tools count dimensions with or without that of the batch; all mean to flatten an image
        return (n,)
    if len(shape) != 3:
        raise UnfitNode(
            f"{node.kind} on input of shape {shape}: needs an image; give the Input node the shape "
            "(C, H, W)"
        )
    if node.kind == "Conv2d":
        return _conv_shape(node, shape)
    positions = _positions(shape, node.kernel_size, node.stride, [node.padding] * 2, (1, 1))
    return (shape[0], *positions)


def apply(node: NirNode, x: np.ndarray, *, bias: bool) -> np.ndarray:
    """Return what a node gives for ``x (B, *shape)``; without its bias it is linear."""
    shape = out_shape(node, x.shape[1:])
    if node.kind in ("Linear", "Affine"):
        x = x.reshape(len(x), -1) @ node.weight.T
        return x + node.bias.ravel() if bias and node.kind == "Affine" else x
    if node.kind == "Scale":
        return x * (node.scale.reshape(x.shape[1:]) if node.scale.size > 1 else node.scale.ravel())
    if node.kind == "Conv2d":
        parts = np.split(_seen(node, x), node.groups, axis=1)
        filters = np.split(node.weight, node.groups)
        x = np.concatenate([_filtered(p, w) for p, w in zip(parts, filters)], axis=1)
        return x + node.bias.reshape(-1, 1, 1) if bias else x
    if node.kind in ("SumPool2d", "AvgPool2d"):
        total = _windows(x, node.kernel_size, node.stride, [node.padding] * 2, (1, 1))
        return total.sum(axis=(4, 5)) / pool_divisor(node)
    return x.reshape(len(x), *shape)


def pool_divisor(node: NirNode) -> int:
    """Return what a pool divides its sums by; padding counts in an average."""
    return prod(node.kernel_size) if node.kind == "AvgPool2d" else 1


def matrix(nodes: Sequence[NirNode], shape: Shape) -> np.ndarray:
    """Return the matrix (n_out, n_in) of nodes one after the other, without their biases.

    Raises
    ------
    UnfitNode
        If it would have more than :data:`MAX_MATRIX` weights, or :data:`MAX_UNFOLDED` where
        convolutions or pools are among them.
    """
    last, work = shape, [0]
    for node in nodes:
        work.append(_work(node, last))
        last = out_shape(node, last)
    n_in, n_out = prod(shape), prod(last)
    most = MAX_UNFOLDED if any(work) else MAX_MATRIX
    if n_in * n_out > most or n_in * sum(work) > MAX_WORK:
        raise UnfitNode(
            f"{' and '.join(node.kind for node in nodes) or 'neurons to neurons'} as a matrix of "
            f"{n_out} by {n_in} weights: at most {most}, and {MAX_WORK} products to find them; put "
            "neurons between the nodes"
        )
    if not any(work):
        return _product(nodes, n_in)
    return _unfolded(nodes, shape, n_out, rows=max(1, _ROOM // max(work)))


def _product(nodes: Sequence[NirNode], n_in: int) -> np.ndarray:
    """Return the product of matrices and of numbers that scale what comes in."""
    found: np.ndarray | None = None
    scale = np.ones(n_in)
    for node in nodes:
        if node.kind in ("Linear", "Affine"):
            found = node.weight * scale if found is None else node.weight @ found
        elif node.kind == "Scale":
            if found is None:
                scale = scale * node.scale.ravel()
            else:
                found = found * node.scale.reshape(-1, 1)
    return np.diag(scale) if found is None else found


def _unfolded(nodes: Sequence[NirNode], shape: Shape, n_out: int, rows: int) -> np.ndarray:
    """Return what nodes give for each input alone, found for as many as ``rows`` at a time."""
    n_in = prod(shape)
    columns = np.empty((n_in, n_out))
    for first in range(0, n_in, rows):
        rows = min(rows, n_in - first)
        x = np.zeros((rows, n_in))
        x[np.arange(rows), first + np.arange(rows)] = 1
        x = x.reshape(rows, *shape)
        for node in nodes:
            x = apply(node, x, bias=False)
        columns[first : first + rows] = x.reshape(rows, n_out)
    return columns.T


def bias_of(nodes: Sequence[NirNode], shape: Shape) -> np.ndarray:
    """Return what nodes one after the other give for no input, ``(n_out,)``."""
    x = np.zeros((1, *shape))
    for node in nodes:
        x = apply(node, x, bias=True)
    return x.ravel()


def conv_padding(node: NirNode) -> list[tuple[int, int]]:
    """Return the padding of a Conv2d: above and on the left, below and on the right."""
    if not isinstance(node.padding, str):
        return [node.padding] * 2
    if node.padding == "valid":
        return [(0, 0)] * 2
    total = [d * (k - 1) for k, d in zip(node.weight.shape[2:], node.dilation)]
    before, after = zip(*((t // 2, t - t // 2) for t in total))
    return [before, after]


def _conv_shape(node: NirNode, shape: Shape) -> Shape:
    out_channels, in_channels = node.weight.shape[:2]
    groups = node.groups
    if groups < 1 or out_channels % groups or in_channels * groups != shape[0]:
        raise UnfitNode(
            f"weights for {in_channels} input channels in {groups} groups, where {shape[0]} "
            "channels come in"
        )
    if node.bias.size != out_channels:
        raise UnfitNode(f"a bias for {node.bias.size} channels, where there are {out_channels}")
    kernel = node.weight.shape[2:]
    positions = _positions(shape, kernel, node.stride, conv_padding(node), node.dilation)
    return (out_channels, *positions)


def _positions(
    shape: Shape, kernel: Shape, stride: Shape, padding: Sequence[Shape], dilation: Shape
) -> Shape:
    sides = zip(shape[1:], kernel, stride, *padding, dilation)
    found = tuple(
        (size + before + after - (k - 1) * d - 1) // s + 1 for size, k, s, before, after, d in sides
    )
    if min(found) < 1:
        raise UnfitNode(
            f"a kernel of {tuple(kernel)}, which does not fit into input of shape {shape}"
        )
    if prod(found) * shape[0] > MAX_NEURONS:
        raise UnfitNode(f"more than {MAX_NEURONS} outputs")
    return found


def _filtered(seen: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """Return sums (B, O, OH, OW) over windows (B, C, OH, OW, kh, kw)."""
    n, _, height, width = seen.shape[:4]
    rows = seen.transpose(0, 2, 3, 1, 4, 5).reshape(n * height * width, -1)
    sums = rows @ filters.reshape(len(filters), -1).T
    return sums.reshape(n, height, width, -1).transpose(0, 3, 1, 2)


def _work(node: NirNode, shape: Shape) -> int:
    """Return the products that a convolution or pool of one image takes."""
    if node.kind == "Conv2d":
        return prod(out_shape(node, shape)) * prod(node.weight.shape[1:])
    if node.kind in ("SumPool2d", "AvgPool2d"):
        return prod(out_shape(node, shape)) * prod(node.kernel_size)
    return 0


def _seen(node: NirNode, x: np.ndarray) -> np.ndarray:
    kernel = node.weight.shape[2:]
    return _windows(x, kernel, node.stride, conv_padding(node), node.dilation)


def _windows(
    x: np.ndarray, kernel: Shape, stride: Shape, padding: Sequence[Shape], dilation: Shape
) -> np.ndarray:
    """Return the windows (B, C, OH, OW, kh, kw) over images (B, C, H, W)."""
    before, after = padding
    x = np.pad(x, ((0, 0), (0, 0), *zip(before, after)))
    reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation))
    found = np.lib.stride_tricks.sliding_window_view(x, reach, axis=(2, 3))
    found = found[:, :, :: stride[0], :: stride[1]]
    return found[..., :: dilation[0], :: dilation[1]]
