"""Network descriptions as JSON, strict in both directions."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from lava_intsnn.arithmetic import Rounding
from lava_intsnn.field_checks import shown
from lava_intsnn.nearest_name import choices, suggestion
from lava_intsnn.network.adaptive_cuba import AdaptiveCUBA
from lava_intsnn.network.alif import ALIF
from lava_intsnn.network.conv import Conv
from lava_intsnn.network.cuba import CUBA
from lava_intsnn.network.dense import Dense
from lava_intsnn.network.encoders import Encoder, FrameEncoder, NeuronEncoder, RateEncoder
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.feedback import Feedback
from lava_intsnn.network.leaky_readout import LeakyReadout
from lava_intsnn.network.loss import Loss
from lava_intsnn.network.network import Network
from lava_intsnn.network.neuron import Neuron
from lava_intsnn.network.neuron_kind import NeuronKind
from lava_intsnn.network.pool import Pool
from lava_intsnn.network.precision import Precision
from lava_intsnn.network.recurrence import Recurrence

FORMAT = 1
_NEURONS: dict[str, type[NeuronKind]] = {
    kind.kind: kind for kind in (Neuron, ALIF, CUBA, AdaptiveCUBA, LeakyReadout)
}
_PARTS = {"precision": Precision, "loss": Loss, "feedback": Feedback}
_KINDS = {"dense": Dense, "conv": Conv}
#: Fields of layers that older versions do not know. They are left out where they say nothing new,
#: so that those versions read what they can run.
_LATER = {
    "pool": None,
    "dilation": 1,
    "groups": 1,
    "delay_source": "seed",
    "delay_lr_shift": None,
    "delay_bits": 0,
    "delay_clip": 64,
    "trace_decay": None,
    "trace_bits": 0,
    "plastic": True,
}
#: The same of the network, and of the loss.
_LATER_IN_NETWORK = {"local": ()}
_LATER_IN_LOSS = {"points": 1, "window": "segment", "temperature_shift": 0}


def dumps(network: Network) -> str:
    """Return ``network`` as JSON text."""
    fields = dataclasses.asdict(network)
    fields["rounding"] = network.rounding.name.lower()
    described = [*fields["layers"], *(readout for readout in fields["local"] if readout)]
    for one, layer in zip(described, network.all_layers):
        one["kind"] = layer.kind
        one["neuron"]["kind"] = layer.neuron.kind
        _leave_out(one, _LATER)
    _leave_out(fields, _LATER_IN_NETWORK)
    _leave_out(fields["loss"], _LATER_IN_LOSS)
    if isinstance(network.encoder, NeuronEncoder):
        fields["encoder"]["neuron"]["kind"] = network.encoder.neuron.kind
    return json.dumps({"format": FORMAT, **fields}, indent=1)


def _leave_out(described: dict[str, Any], later: Mapping[str, Any]) -> None:
    """Remove the fields of ``later`` that have their defaults."""
    for name, default in later.items():
        if described.get(name, default) == default:
            described.pop(name, None)


def loads(text: str) -> Network:
    """Read a network from JSON text.

    Raises
    ------
    NetworkError
        On malformed text, an unknown format, unknown or missing fields, values out of range.
    """
    try:
        fields = json.loads(text, object_pairs_hook=_unique, parse_int=_integer)
    except NetworkError:
        raise
    except (ValueError, TypeError, RecursionError) as error:
        raise NetworkError(f"network description is not JSON: {error}") from None
    version = fields.pop("format", None) if isinstance(fields, dict) else None
    if type(version) is not int or version != FORMAT:
        raise NetworkError(f"network description: field 'format' must be {FORMAT}")
    try:
        fields["layers"] = tuple(_layer(layer) for layer in _array("layers", fields["layers"]))
        fields["local"] = _local(fields.get("local", []))
        fields["rounding"] = _rounding(fields["rounding"])
        for name, part in _PARTS.items():
            fields[name] = _build(part, name, fields[name])
        fields["encoder"] = _encoder(fields["encoder"])
    except KeyError as error:
        raise NetworkError(f"network description: missing or unknown {error}") from None
    return _build(Network, "network", fields)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NetworkError(f"network description: field {shown(twice)} is given twice")
    return fields


def _integer(text: str) -> int:
    """Read an integer; of one that Python refuses to read, for its length, the size is right."""
    return int(text) if len(text) < 1000 else int(text[:20]) * 10 ** (len(text) - 20)


def _rounding(name: Any) -> Rounding:
    known = {rounding.name.lower(): rounding for rounding in Rounding}
    if not isinstance(name, str) or name not in known:
        raise NetworkError(
            f"Network: rounding = {shown(name)}: must be one of {choices(name, known)}"
        )
    return known[name]


def _encoder(fields: Any) -> Encoder:
    kind = fields.get("kind", RateEncoder.kind) if isinstance(fields, dict) else RateEncoder.kind
    if kind == FrameEncoder.kind:
        return _build(FrameEncoder, "encoder", fields)
    if kind == NeuronEncoder.kind:
        return _build(NeuronEncoder, "encoder", fields | {"neuron": _neuron(fields["neuron"])})
    if isinstance(fields, dict):
        RateEncoder(kind=kind)  # an unknown kind is said before what its fields would be
    return _build(RateEncoder, "encoder", fields)


def _array(name: str, given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise NetworkError(f"network description: {name} = {shown(given)}: must be an array")
    return given


def _local(given: Any) -> tuple[Any, ...]:
    return tuple(None if one is None else _layer(one) for one in _array("local", given))


def _layer(fields: Any) -> Dense | Conv:
    if not isinstance(fields, dict):
        raise NetworkError(f"network description: a layer must be an object, not {shown(fields)}")
    fields = dict(fields)
    cls = _class_of("layer", fields.pop("kind", None), _KINDS)
    fields["neuron"] = _neuron(fields["neuron"])
    if fields.get("recurrence") is not None:
        fields["recurrence"] = _build(Recurrence, "recurrence", fields["recurrence"])
    if fields.get("pool") is not None:
        fields["pool"] = _build(Pool, "pool", fields["pool"])
    return _build(cls, "layer", fields)


def _neuron(fields: Any) -> NeuronKind:
    if not isinstance(fields, dict):
        return _build(Neuron, "neuron", fields)
    fields = dict(fields)
    kind = fields.pop("kind", Neuron.kind)  # files of release 0.1 know one kind and do not name it
    return _build(_class_of("neuron", kind, _NEURONS), "neuron", fields)


def _class_of(what: str, kind: Any, kinds: Mapping[str, type]) -> type:
    if not isinstance(kind, str) or kind not in kinds:
        known = ", ".join(map(repr, kinds))
        raise NetworkError(
            f"{what} kind {shown(kind)}: this version knows {known}{suggestion(kind, kinds)}"
        )
    return kinds[kind]


def _build(cls: Any, what: str, fields: Any) -> Any:
    if not isinstance(fields, dict):
        raise NetworkError(f"network description: {what} must be an object, not {shown(fields)}")
    known = {f.name for f in dataclasses.fields(cls)}
    if unknown := sorted(set(fields) - known):
        raise NetworkError(
            f"network description: unknown {what} field {', '.join(unknown)[:99]}"
            f"{suggestion(unknown[0], known)}"
        )
    try:
        return cls(**fields)
    except TypeError as error:
        raise NetworkError(f"network description: {what}: {error}") from None
