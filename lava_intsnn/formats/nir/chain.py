"""A NIR graph as a chain of layers, or a list of the nodes that prevent this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from lava_intsnn.formats.exchange import ExchangeError, require
from lava_intsnn.formats.nir.package import nir_package

_SYNAPSES = ("Linear", "Affine", "Conv2d")
_NEURONS = ("LIF", "IF", "CubaLIF")
_KNOWN = (*_SYNAPSES, *_NEURONS, "Input", "Output", "Flatten")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Synapses, the neurons they reach, and recurrent synapses, as NIR nodes.

    ``image`` is the channel-first shape of the synapses' input, or None for a vector. ``flattened``
    says that the vector is a flattened image.
    """

    name: str
    synapses: Any
    neurons: Any
    recurrent: Any | None
    image: tuple[int, int, int] | None
    flattened: bool


def stages(what: str, graph: Any) -> list[Stage]:
    """Return the stages of ``graph`` from input to output.

    Raises
    ------
    ExchangeError
        If the graph has nodes of other kinds (all are listed) or is not a chain.
    """
    nodes, edges = _spliced(graph)
    kinds = {name: type(node).__name__ for name, node in nodes.items()}
    findings = [
        f"node {name!r}: {kind} has no counterpart here; use {', '.join(_KNOWN)}"
        for name, kind in kinds.items()
        if kind not in _KNOWN
    ]
    for end in ("Input", "Output"):
        if (n := list(kinds.values()).count(end)) != 1:
            findings.append(f"{n} nodes of kind {end}: must be one")
    require(f"{what} does not fit our networks:", findings)
    return _walk(what, nodes, edges, kinds)


def _walk(
    what: str, nodes: dict[str, Any], edges: list[tuple[str, str]], kinds: dict[str, str]
) -> list[Stage]:
    def after(name: str) -> list[str]:
        return [target for source, target in edges if source == name]

    def before(name: str) -> list[str]:
        return [source for source, target in edges if target == name]

    loops = {
        name: after(name)[0]
        for name, kind in kinds.items()
        if kind in ("Linear", "Affine") and len(after(name)) == 1 and after(name) == before(name)
    }
    found: list[Stage] = []
    name = next(name for name, kind in kinds.items() if kind == "Input")
    image = _image(nodes[name].input_type.get("input"))
    synapses: str | None = None
    flattened = False
    seen = {name, *loops}
    while kinds[name] != "Output":
        following = [target for target in after(name) if target not in loops]
        if len(following) != 1 or following[0] in seen:
            _stop(what, f"node {name!r} feeds {following or 'nothing'}: must be a chain")
        name = following[0]
        seen.add(name)
        kind, node = kinds[name], nodes[name]
        own = [source for source in before(name) if source not in loops]
        if len(own) != 1:
            _stop(what, f"node {name!r} is fed by {own}: must be a chain")
        if kind in _SYNAPSES:
            if synapses:
                _stop(what, f"nodes {synapses!r}, {name!r}: synapses without neurons between")
            synapses = name
            if kind == "Conv2d":
                image = image or _image([node.weight.shape[1], *np.ravel(node.input_shape)])
        elif kind in _NEURONS:
            if not synapses:
                _stop(what, f"node {name!r}: neurons without synapses; put a Linear before it")
            recurrent = [loop for loop, neurons in loops.items() if neurons == name]
            if len(recurrent) > 1:
                _stop(what, f"node {name!r} has the loops {recurrent}: must be one")
            found.append(
                Stage(
                    name=name,
                    synapses=nodes[synapses],
                    neurons=node,
                    recurrent=nodes[recurrent[0]] if recurrent else None,
                    image=image,
                    flattened=flattened,
                )
            )
            image = _next_image(nodes[synapses], image)
            synapses, flattened = None, False
        elif kind == "Flatten":
            flattened = True
    findings = [f"node {name!r} is not between input and output" for name in nodes.keys() - seen]
    if synapses:
        findings.append(f"node {synapses!r}: synapses without neurons after them; put an LIF there")
    if not found:
        findings.append("no layer with neurons")
    require(f"{what} does not fit our networks:", findings)
    return found


def _stop(what: str, finding: str) -> NoReturn:
    raise ExchangeError(f"{what} does not fit our networks:", [finding])


def _image(shape: Any) -> tuple[int, int, int] | None:
    sizes = [] if shape is None else [int(size) for size in np.ravel(shape)]
    return (sizes[0], sizes[1], sizes[2]) if len(sizes) == 3 else None


def _next_image(synapses: Any, image: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
    """Return the output shape of the neurons behind ``synapses``, None for a vector."""
    if type(synapses).__name__ != "Conv2d" or image is None:
        return None
    from nir.ir.utils import calculate_conv_output

    node = synapses
    size = calculate_conv_output(
        image[1:], node.padding, node.dilation, node.weight.shape[2], node.stride
    )
    return _image([node.weight.shape[0], *size])


def _spliced(graph: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return nodes and edges with subgraphs, such as snnTorch's recurrent ones, inlined."""
    nir = nir_package()
    nodes: dict[str, Any] = dict(graph.nodes)
    edges = [(str(source), str(target)) for source, target in graph.edges]
    for name, node in graph.nodes.items():
        if not isinstance(node, nir.NIRGraph):
            continue
        inner, inner_edges = _spliced(node)
        inner = {f"{name}.{key}": value for key, value in inner.items()}
        edges += [(f"{name}.{source}", f"{name}.{target}") for source, target in inner_edges]
        del nodes[name]
        nodes |= inner
        for key, value in inner.items():
            if isinstance(value, nir.Input):
                edges = _bridged(edges, name, key)
                del nodes[key]
            elif isinstance(value, nir.Output):
                edges = _bridged(edges, key, name)
                del nodes[key]
    return nodes, edges


def _bridged(edges: list[tuple[str, str]], first: str, second: str) -> list[tuple[str, str]]:
    """Return ``edges`` with those into ``first`` redirected to the targets of ``second``."""
    into = [source for source, target in edges if target == first]
    out = [target for source, target in edges if source == second]
    kept = [edge for edge in edges if edge[1] != first and edge[0] != second]
    return kept + [(source, target) for source in into for target in out]
