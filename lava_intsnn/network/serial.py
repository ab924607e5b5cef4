"""Network descriptions as JSON, strict in both directions."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.layer import Dense, Neuron
from lava_intsnn.network.network import Network
from lava_intsnn.network.rules import Feedback, Loss, Precision, RateEncoder

FORMAT = 1
_RULES = {"precision": Precision, "encoder": RateEncoder, "loss": Loss, "feedback": Feedback}


def dumps(network: Network) -> str:
    """Return ``network`` as JSON text."""
    fields = dataclasses.asdict(network)
    fields["rounding"] = network.rounding.name.lower()
    fields["layers"] = [
        {"kind": layer.kind, **dataclasses.asdict(layer)} for layer in network.layers
    ]
    return json.dumps({"format": FORMAT, **fields}, indent=1)


def loads(text: str) -> Network:
    """Read a network from JSON text.

    Raises
    ------
    NetworkError
        On malformed text, an unknown format, unknown or missing fields, values out of range.
    """
    try:
        fields = json.loads(text)
    except json.JSONDecodeError as error:
        raise NetworkError(f"network description is not JSON: {error}") from None
    if not isinstance(fields, dict) or fields.pop("format", None) != FORMAT:
        raise NetworkError(f"network description: field 'format' must be {FORMAT}")
    try:
        fields["layers"] = tuple(_layer(layer) for layer in fields["layers"])
        fields["rounding"] = Rounding[str(fields["rounding"]).upper()]
        for name, rule in _RULES.items():
            fields[name] = _build(rule, name, fields[name])
    except KeyError as error:
        raise NetworkError(f"network description: missing or unknown {error}") from None
    return _build(Network, "network", fields)


def _layer(fields: dict[str, Any]) -> Dense:
    fields = dict(fields)
    kind = fields.pop("kind", None)
    if kind != Dense.kind:
        raise NetworkError(f"layer kind {kind!r}: this version knows {Dense.kind!r}")
    fields["neuron"] = _build(Neuron, "neuron", fields["neuron"])
    return _build(Dense, "layer", fields)


def _build(cls: Any, what: str, fields: Any) -> Any:
    if not isinstance(fields, dict):
        raise NetworkError(f"network description: {what} must be an object, not {fields!r}")
    known = {f.name for f in dataclasses.fields(cls)}
    if unknown := sorted(set(fields) - known):
        raise NetworkError(f"network description: unknown {what} field {', '.join(unknown)}")
    try:
        return cls(**fields)
    except TypeError as error:
        raise NetworkError(f"network description: {what}: {error}") from None
