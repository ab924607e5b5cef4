"""The exact integers of a network, in the metadata of its graph's file.

Everything is in one file, so its parts cannot be mixed up, and ``nir`` keeps metadata. The digest
also covers the graph, so the integers are used only as long as the floats are unchanged.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.network import Network
from lava_intsnn.printable_text import printable
from lava_intsnn.state import State

#: Name of our group in the graph's metadata.
GROUP = "lava_intsnn"
VERSION = 1


def attach(graph: Any, network: Network, state: State, *, dt: float) -> None:
    """Put network and state into the metadata of a ``nir.NIRGraph``."""
    header = {
        "version": VERSION,
        "network": json.loads(network.to_json()),
        "seed": state.seed,
        "updates": state.updates,
        "dt": dt,
    }
    content: dict[str, Any] = {"header": json.dumps(header)}
    content |= {f"w{index}": w for index, w in enumerate(state.weights)}
    content |= {f"d{index}": d for index, d in enumerate(state.delays) if d is not None}
    graph.metadata = {GROUP: {**content, "sha256": _digest(graph.to_dict(), content)}}


def detach(what: str, tree: Mapping[str, Any]) -> tuple[Network, State] | str:
    """Return the network and state in a file's tree, or the reason why there are none.

    Raises
    ------
    ExchangeError
        If there are some that :func:`attach` does not write, though their digest is right: such as
        a network that its own ``check`` refuses.
    """
    graph = tree.get("node")
    metadata = graph.get("metadata") if isinstance(graph, Mapping) else None
    group = metadata.get(GROUP) if isinstance(metadata, Mapping) else None
    if not isinstance(graph, Mapping) or not isinstance(group, Mapping) or not group:
        return "it carries no integers of ours"
    content = dict(group)
    try:
        if content.pop("sha256", None) != _digest(graph, content):
            return (
                "the graph, or the integers it carries, have been changed since they were exported"
            )
        header = json.loads(content["header"])
        if header["version"] > VERSION:
            return f"its integers are in version {header['version']}, newer than {VERSION}"
        network = Network.from_json(json.dumps(header["network"]))
        network.check()
        state = _state(network, header, content)
        state.validate(network)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        why = f"{type(error).__name__} {error}" if isinstance(error, KeyError) else str(error)
        raise ExchangeError(
            f"{what} carries integers that are no network of ours:",
            [printable(why, shown=1000), "remove its group 'metadata/lava_intsnn' to read floats"],
        ) from error
    return network, state


def _state(network: Network, header: Mapping[str, Any], content: Mapping[str, Any]) -> State:
    layers = range(len(network.all_layers))
    weights = tuple(np.asarray(content[f"w{index}"]) for index in layers)
    delays = tuple(content.get(f"d{index}") for index in layers)
    given = {} if all(d is None for d in delays) else {"delays": delays}
    return State(weights=weights, seed=header["seed"], updates=header["updates"], **given)


def _digest(graph: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Return the digest of integers and of a graph, as its file has it."""
    digest = hashlib.sha256()
    _update(digest, dict(content))
    _update(digest, graph["nodes"])
    edges = sorted([str(source), str(target)] for source, target in graph["edges"])
    digest.update(json.dumps(edges).encode())
    return digest.hexdigest()


def _update(digest: Any, value: Any) -> None:
    """Feed ``value`` to ``digest``, numbers as float64, since files change their types."""
    if isinstance(value, Mapping):
        for name in sorted(value):
            if name != "metadata":
                digest.update(name.encode() + b"{")
                _update(digest, value[name])
                digest.update(b"}")
    elif isinstance(value, str) or value is None:
        digest.update(str(value).encode())
    else:
        array = np.asarray(value, np.float64)
        digest.update(str(array.shape).encode() + array.tobytes())
