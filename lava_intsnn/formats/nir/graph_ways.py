"""Ways through a NIR graph from one layer to the next, and the delays on them."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from lava_intsnn.field_checks import short_repr
from lava_intsnn.formats.nir.linear_nodes import Shape, UnfitNode, out_shape
from lava_intsnn.formats.nir.nir_nodes import ENDS, NirNode


@dataclass(frozen=True)
class Path:
    """Linear nodes from the neurons or input ``source`` on, in order."""

    source: str
    nodes: tuple[NirNode, ...]


@dataclass(frozen=True)
class Source:
    """A layer or the input as what others are fed by.

    ``shape`` is its shape in NIR, and ``order (n,)`` has NIR's number of each of our neurons.
    """

    name: str
    shape: Shape
    order: np.ndarray

    __repr__ = short_repr


def image_order(shape: Shape) -> np.ndarray:
    """Return NIR's number of each of our neurons of an image (C, H, W)."""
    return np.arange(prod(shape)).reshape(shape).transpose(1, 2, 0).ravel()


def our_order(shape: Shape) -> np.ndarray:
    """Return NIR's number of each of our neurons, of an image or not."""
    return image_order(shape) if len(shape) == 3 else np.arange(prod(shape))


def around_delays(
    source: Source, path: Path, dt: float
) -> tuple[np.ndarray, tuple[NirNode, ...], np.ndarray]:
    """Return steps of delay before a path's linear nodes, these, and steps of delay after them."""
    inner = tuple(node for node in path.nodes if node.kind != "Delay")
    shape, passed = source.shape, False
    first: Any = 0
    last: Any = 0
    for node in path.nodes:
        shape = out_shape(node, shape)
        if node.kind != "Delay":
            passed = passed or node.kind not in (*ENDS, "Flatten")
            if np.any(last) and node.kind not in (*ENDS, "Flatten"):
                if np.ptp(last):
                    raise UnfitNode(
                        f"delays between linear nodes that differ, before node {node.name!r}"
                    )
                first, last = first + np.max(last), 0
            continue
        if (node.delay < 0).any():
            raise UnfitNode(f"node {node.name!r}: a delay below 0")
        steps = np.rint(np.minimum(node.delay.ravel() / dt, 1e6)).astype(np.int64)
        if passed:
            last = last + steps
        else:
            first = first + steps
    n_out = prod(shape)
    return np.broadcast_to(first, prod(source.shape)), inner, np.broadcast_to(last, n_out)
