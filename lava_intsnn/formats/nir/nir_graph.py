"""A NIR file's tree as one checked graph, without sub-graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from lava_intsnn.formats.exchange import ExchangeError, require
from lava_intsnn.formats.nir.nir_nodes import (
    ENDS,
    MAX_DEPTH,
    MAX_EDGES,
    MAX_NODES,
    NirNode,
    read_node,
)
from lava_intsnn.printable_text import printable

_Edge = tuple[str, str]


@dataclass
class NirGraph:
    """Nodes by name and the edges between them.

    Nodes of sub-graphs have the name of these and a dot before their own. The ``Input`` and
    ``Output`` of a sub-graph are nodes through which everything passes unchanged.
    """

    nodes: dict[str, NirNode] = field(default_factory=dict)
    edges: list[_Edge] = field(default_factory=list)

    @cached_property
    def _ways(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        after: dict[str, list[str]] = {}
        before: dict[str, list[str]] = {}
        for source, target in self.edges:
            after.setdefault(source, []).append(target)
            before.setdefault(target, []).append(source)
        return after, before

    def after(self, name: str) -> list[str]:
        """Return the nodes that ``name`` feeds; the graph is complete then."""
        return self._ways[0].get(name, [])

    def before(self, name: str) -> list[str]:
        """Return the nodes that feed ``name``; the graph is complete then."""
        return self._ways[1].get(name, [])

    def end(self, kind: str) -> NirNode:
        """Return the graph's own Input or Output."""
        around = self.before if kind == "Input" else self.after
        (found,) = (n for name, n in self.nodes.items() if n.kind == kind and not around(name))
        return found


def read_graph(what: str, tree: Mapping[str, Any]) -> NirGraph:
    """Return the graph in a file's tree, from :func:`~lava_intsnn.storage.foreign_hdf5.read_tree`.

    Raises
    ------
    ExchangeError
        With every node that our networks cannot have, and every edge that is none.
    """
    graph = NirGraph()
    findings: list[str] = []
    top = tree.get("node")
    if not isinstance(top, Mapping) or str(top.get("type")) != "NIRGraph":
        found = ", ".join(map(printable, sorted(tree))) or "nothing"
        raise ExchangeError(
            f"{what} holds no NIR graph:",
            [f"its top level has {found}, and no 'node' of type 'NIRGraph'"],
        )
    _add(graph, "", top, findings, depth=0)
    if not findings:
        findings = _ends(graph)
    require(f"{what} does not fit our networks:", findings)
    return graph


def _add(
    graph: NirGraph, prefix: str, content: Mapping[str, Any], findings: list[str], *, depth: int
) -> tuple[list[str], list[str]]:
    """Add a sub-graph; return its inputs and outputs by their names in ``graph``."""
    where = f"in sub-graph {prefix[:-1]!r}: " if prefix else ""
    first_edge = len(graph.edges)
    inputs: dict[str, list[str]] = {}
    outputs: dict[str, list[str]] = {}
    nodes = content.get("nodes")
    if not isinstance(nodes, Mapping) or "edges" not in content:
        findings.append(f"{where}a graph without nodes or without edges")
        return [], []
    own: dict[str, list[str]] = {"Input": [], "Output": []}
    for key, node in nodes.items():
        name = prefix + printable(key)
        if len(graph.nodes) >= MAX_NODES or name in graph.nodes:
            findings.append(f"{where}more than {MAX_NODES} nodes, or two called {name!r}")
            return [], []
        if not isinstance(node, Mapping):
            findings.append(f"{where}node {name!r} is a value, and no group")
        elif str(node.get("type")) == "NIRGraph":
            if depth >= MAX_DEPTH:
                findings.append(f"{where}sub-graphs more than {MAX_DEPTH} deep")
                return [], []
            inputs[key], outputs[key] = _add(graph, f"{name}.", node, findings, depth=depth + 1)
            if not len(inputs[key]) == len(outputs[key]) == 1 and not findings:
                findings.append(
                    f"sub-graph {name!r} has {len(inputs[key])} inputs and {len(outputs[key])} "
                    "outputs: must have one of each"
                )
        else:
            try:
                graph.nodes[name] = read_node(name, node)
            except ExchangeError as refused:
                findings += refused.findings
                continue
            finally:
                inputs[key] = outputs[key] = [name]
            if graph.nodes[name].kind in ENDS:
                own[graph.nodes[name].kind].append(name)
    for source, target in _edges(content["edges"], nodes, where, findings):
        graph.edges += [(a, b) for a in outputs.get(source, []) for b in inputs.get(target, [])]
    edges = graph.edges[first_edge:]
    fed, feeding = {b for _, b in edges}, {a for a, _ in edges}
    return [n for n in own["Input"] if n not in fed], [n for n in own["Output"] if n not in feeding]


def _edges(content: Any, nodes: Mapping[str, Any], where: str, findings: list[str]) -> list[_Edge]:
    """Return the edges between ``nodes``; anything else is a finding."""
    array = np.asarray(content)
    if array.size == 0:
        return []
    if array.dtype.kind != "U" or array.ndim != 2 or array.shape[1] != 2:
        findings.append(f"{where}edges of shape {array.shape}: must be pairs of names")
        return []
    if len(array) > MAX_EDGES:
        findings.append(f"{where}{len(array)} edges: at most {MAX_EDGES}")
        return []
    edges = [(str(source), str(target)) for source, target in array]
    for edge, times in Counter(edges).items():
        source, target = (repr(printable(name)) for name in edge)
        for name in dict.fromkeys(edge):
            if name not in nodes:
                parts = [key for key in nodes if key.startswith(f"{name}.")]
                older = (
                    f"; it has {', '.join(repr(printable(part)) for part in parts[:4])}: an older "
                    "layout of sub-graphs, which the package nir itself no longer reads"
                    if parts
                    else "; the package nir itself does not read such a sub-graph"
                    if where
                    else ""
                )
                findings.append(
                    f"{where}edge {source} -> {target}: there is no node {printable(name)!r}{older}"
                )
        if times > 1:
            findings.append(f"{where}edge {source} -> {target} is there {times} times: keep one")
    return [edge for edge in dict.fromkeys(edges) if edge[0] in nodes and edge[1] in nodes]


def _ends(graph: NirGraph) -> list[str]:
    """Return what is wrong with the ends of the graph, and with what lies not between them."""
    findings = []
    for kind, around, beyond in (
        ("Input", graph.before, "before"),
        ("Output", graph.after, "after"),
    ):
        found = [name for name, node in graph.nodes.items() if node.kind == kind]
        ends = [name for name in found if not around(name)]
        if len(ends) != 1:
            findings.append(
                f"{len(ends)} nodes of kind {kind} with nothing {beyond} them: must be one"
            )
    if findings:
        return findings
    forth = _reached(graph.end("Input").name, graph.after)
    back = _reached(graph.end("Output").name, graph.before)
    return [
        f"node {name!r} is not between input and output: leave it out"
        for name in graph.nodes
        if name not in forth or name not in back
    ]


def _reached(first: str, following: Any) -> set[str]:
    seen, left = {first}, [first]
    while left:
        found = set(following(left.pop())) - seen
        seen |= found
        left += found
    return seen
