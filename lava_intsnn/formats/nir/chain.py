"""A NIR graph as a chain of float layers, or a list of what prevents this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from lava_intsnn.formats.exchange import ExchangeError, require
from lava_intsnn.formats.nir.float_stages import FloatStage, float_stage
from lava_intsnn.formats.nir.graph_ways import Path, Source, our_order
from lava_intsnn.formats.nir.linear_nodes import Shape, UnfitNode, bias_of, matrix, out_shape
from lava_intsnn.formats.nir.nir_graph import NirGraph
from lava_intsnn.formats.nir.nir_nodes import NEURONS, NirNode
from lava_intsnn.formats.nir.nir_synapses import synapses_of

#: Most ways through linear nodes from one layer to the next: one for each delay.
MAX_PATHS = 128


@dataclass(frozen=True)
class FloatChain:
    """Layers from input to output.

    ``source`` is the input: its shape in NIR, and NIR's number of each of our inputs.
    """

    source: Source
    layers: tuple[FloatStage, ...]


def float_chain(what: str, graph: NirGraph, *, dt: float, hard: bool) -> FloatChain:
    """Return the layers of ``graph``.

    Parameters
    ----------
    what : str
        The file, for messages.
    graph : NirGraph
    dt : float
        Seconds of a step.
    hard : bool
        Whether potentials reset to ``v_reset`` or by subtraction of the threshold.

    Raises
    ------
    ExchangeError
        With everything that our networks cannot hold.
    """
    head = f"{what} does not fit our networks:"
    try:
        order = _in_order(graph)
        shape = graph.end("Input").shape
        if not shape or not prod(shape):
            raise UnfitNode(f"an Input of shape {list(shape)}: must say how many inputs there are")
        first = source = Source(graph.end("Input").name, shape, our_order(shape))
        layers = []
        findings: list[str] = []
        flattened = any(
            node.kind == "Flatten"
            for path in _paths(graph, graph.end("Output").name)
            for node in path.nodes
        )
        for node, forward, back in order:
            last = node is order[-1][0]
            flat = flattened if last else None
            try:
                layer, source = _layer(node, source, forward, back, flat, dt=dt, hard=hard)
                layers.append(layer)
            except UnfitNode as unfit:
                findings += [f"node {node.name!r}: {line}" for line in str(unfit).splitlines()]
                break  # what follows has no shape
        if not findings:
            findings = _end(graph, source)
    except UnfitNode as unfit:
        raise ExchangeError(head, str(unfit).splitlines()) from None
    require(head, findings)
    return FloatChain(first, tuple(layers))


def _in_order(graph: NirGraph) -> list[tuple[NirNode, list[Path], list[Path]]]:
    """Return the neurons from input to output, each with its paths from below and from itself."""
    paths: dict[str, list[Path]] = {}
    for name, node in graph.nodes.items():
        if node.kind in NEURONS:
            paths[name] = list(_paths(graph, name))
    below: dict[str, str] = {}
    findings = []
    for name, found in paths.items():
        sources = sorted({path.source for path in found} - {name})
        if len(sources) != 1:
            listed = " and ".join(map(repr, sources)) or "nothing but itself"
            findings.append(f"node {name!r} is fed by {listed}: must be a chain of layers")
        elif sources[0] in below:
            findings.append(
                f"node {sources[0]!r} feeds the layers {below[sources[0]]!r} and {name!r}: must be "
                "a chain of layers"
            )
        else:
            below[sources[0]] = name
    if not paths:
        findings.append("no layer with neurons")
    if findings:
        raise UnfitNode("\n".join(findings))
    order, at = [], graph.end("Input").name
    while at in below:
        at = below.pop(at)
        forward = [path for path in paths[at] if path.source != at]
        back = [path for path in paths[at] if path.source == at]
        order.append((graph.nodes[at], forward, back))
    if below:
        raise UnfitNode(
            f"nodes {' and '.join(map(repr, below.values()))} feed each other in a circle"
        )
    return order


def _paths(graph: NirGraph, name: str) -> Iterator[Path]:
    """Yield every way through linear nodes into the neurons ``name``, from where it comes."""
    left: list[tuple[str, tuple[NirNode, ...]]] = [(name, ())]
    count = 0
    while left:
        at, nodes = left.pop()
        for source in graph.before(at):
            node = graph.nodes[source]
            if node.kind in NEURONS or not graph.before(source):
                count += 1
                if count > MAX_PATHS:
                    raise UnfitNode(f"node {name!r}: more than {MAX_PATHS} ways lead to it")
                yield Path(source, nodes)
            elif node in nodes:
                raise UnfitNode(f"node {source!r} is in a circle without neurons")
            elif len(left) > MAX_PATHS:
                raise UnfitNode(f"node {name!r}: more than {MAX_PATHS} ways lead to it")
            else:
                left.append((source, (node, *nodes)))


def _layer(
    node: NirNode,
    source: Source,
    forward: list[Path],
    back: list[Path],
    flat: bool | None,
    *,
    dt: float,
    hard: bool,
) -> tuple[FloatStage, Source]:
    """Return the layer of the neurons ``node``, and it as the source of the next.

    ``flat`` is None but for the last layer: there it says whether the output is a flattened image.
    """
    shape = _neurons_shape(node, source, forward)
    shape = (prod(shape),) if flat else shape
    synapses, order = synapses_of(source, forward, shape, dense=bool(back), dt=dt)
    if flat is not None and len(shape) == 1 and (np.diff(order) < 0).any():
        # the number of an output is that of its class: a vector keeps its own
        synapses, order = synapses_of(source, forward, shape, dense=True, dt=dt)
    w_rec = bias = None
    for path in back:
        if any(part.kind == "Delay" for part in path.nodes):
            raise UnfitNode("a delay in recurrent synapses, which take one step: leave it out")
        part = matrix(path.nodes, shape)
        if part.shape != (prod(shape),) * 2:
            raise UnfitNode(f"recurrent weights {part.shape}: must be {(prod(shape),) * 2}")
        part = part[np.ix_(order, order)]
        w_rec = part if w_rec is None else w_rec + part
        added = bias_of(path.nodes, shape)[order]
        bias = added if bias is None else bias + added
    layer = float_stage(node, shape, order, synapses, w_rec, bias, dt=dt, hard=hard)
    return layer, Source(node.name, shape, order)


def _neurons_shape(node: NirNode, source: Source, forward: list[Path]) -> Shape:
    shapes = set()
    for path in forward:
        shape = source.shape
        for part in path.nodes:
            try:
                shape = out_shape(part, shape)
            except UnfitNode as unfit:
                raise UnfitNode(f"what feeds it, node {part.name!r}: {unfit}") from None
        shapes.add(shape)
    if len({prod(shape) for shape in shapes}) != 1:
        raise UnfitNode(f"what feeds it has the shapes {sorted(shapes)}: must be one")
    return max(shapes, key=len)


def _end(graph: NirGraph, source: Source) -> list[str]:
    """Return what is wrong with what leads to the output."""
    paths = list(_paths(graph, graph.end("Output").name))
    if len(paths) != 1 or paths[0].source != source.name:
        return ["the output must be fed by the last neurons and nothing else"]
    shape = source.shape
    for node in (*paths[0].nodes, graph.end("Output")):
        if node.kind not in ("Flatten", "Input", "Output"):
            return [f"node {node.name!r}: synapses without neurons after them; put an LIF there"]
        try:
            shape = out_shape(node, shape)
        except UnfitNode as unfit:
            return [f"node {node.name!r}: {unfit}"]
    return []
