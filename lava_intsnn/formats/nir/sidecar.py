"""The exact integers of a network, in the metadata of its graph's file.

Everything is in one file, so its parts cannot be mixed up, and ``nir`` keeps metadata. The digest
also covers the graph, so the integers are used only as long as the floats are unchanged.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from lava_intsnn.network import Network
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
    graph.metadata = {GROUP: {**content, "sha256": _digest(graph, content)}}


def detach(graph: Any) -> tuple[Network, State] | str:
    """Return the network and state in the graph, or the reason why none can be used."""
    content = dict(graph.metadata.get(GROUP) or {})
    if not content:
        return "it carries no integers of ours"
    if content.pop("sha256", None) != _digest(graph, content):
        return "the graph, or the integers it carries, have been changed since they were exported"
    header = json.loads(content["header"])
    if header["version"] > VERSION:
        return f"its integers are in version {header['version']}, newer than {VERSION}"
    network = Network.from_json(json.dumps(header["network"]))
    weights = tuple(content[f"w{index}"] for index in range(len(network.layers)))
    state = State(weights=weights, seed=header["seed"], updates=header["updates"])
    state.validate(network)
    return network, state


def _digest(graph: Any, content: dict[str, Any]) -> str:
    digest = hashlib.sha256()
    _update(digest, content)
    fields = graph.to_dict()
    _update(digest, fields["nodes"])
    digest.update(json.dumps(sorted([list(edge) for edge in fields["edges"]])).encode())
    return digest.hexdigest()


def _update(digest: Any, value: Any) -> None:
    """Feed ``value`` to ``digest``, numbers as float64, since files change their types."""
    if isinstance(value, dict):
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
