"""The nodes of a NIR file: their kinds, the fields that each kind has, and what fields may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lava_intsnn.field_checks import shown
from lava_intsnn.formats.exchange import ExchangeError
from lava_intsnn.nearest_name import suggestion
from lava_intsnn.printable_text import printable

#: Most neurons of a node, which is most of a layer.
MAX_NEURONS = 1 << 20
#: Most nodes of a graph, sub-graphs included, most edges of each, and how deep these may lie.
MAX_NODES, MAX_EDGES, MAX_DEPTH = 2000, 10_000, 8


@dataclass(frozen=True, eq=False)
class NirNode:
    """A node of a graph.

    Parameters
    ----------
    name : str
        As it may be printed, and after the names of the sub-graphs that it is in.
    kind : str
    fields : dict
        Arrays of numbers, float64 or int64; text for a padding called "same" or "valid".
    """

    name: str
    kind: str
    fields: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True)
class _Kind:
    """Required fields, optional ones, and those whose shapes must be the same."""

    needs: tuple[str, ...]
    may: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


_NEURON = ("r", "v_leak", "v_threshold")
_WINDOW = ("kernel_size", "stride", "padding")
_CONV = ("input_shape", "weight", "stride", "padding", "dilation", "groups", "bias")
KINDS: dict[str, _Kind] = {
    "Input": _Kind(("shape",)),
    "Output": _Kind(("shape",)),
    "Linear": _Kind(("weight",)),
    "Affine": _Kind(("weight", "bias")),
    "Scale": _Kind(("scale",)),
    "Conv2d": _Kind(_CONV),
    "SumPool2d": _Kind(_WINDOW),
    "AvgPool2d": _Kind(_WINDOW),
    "Flatten": _Kind(("start_dim", "end_dim"), ("input_type",)),
    "Delay": _Kind(("delay",)),
    "Threshold": _Kind(("threshold",)),
    "IF": _Kind(("r", "v_threshold"), ("v_reset",), ("r", "v_threshold", "v_reset")),
    "LIF": _Kind(("tau", *_NEURON), ("v_reset",), ("tau", *_NEURON, "v_reset")),
    "CubaLIF": _Kind(
        ("tau_syn", "tau_mem", *_NEURON),
        ("v_reset", "w_in"),
        ("tau_syn", "tau_mem", *_NEURON, "v_reset"),
    ),
}
NEURONS = ("LIF", "IF", "CubaLIF", "Threshold")
ENDS = ("Input", "Output")
#: Kinds that NIR has and our networks have not.
ABSENT = {
    "LI": "it gives a potential, and our layers give spikes",
    "CubaLI": "it gives a potential, and our layers give spikes",
    "I": "it gives a potential, and our layers give spikes",
    "Conv1d": "our convolutions have two dimensions; write it as a Conv2d of height 1",
}
#: Largest magnitude of any number.
_LARGEST = 1e30
#: Integer fields with a number for each direction: name -> smallest.
_SIDES = {"kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1}


def read_node(name: str, content: Mapping[str, Any]) -> NirNode:
    """Return a checked node.

    Raises
    ------
    ExchangeError
        With everything that is wrong with it.
    """
    kind = content.get("type")
    if isinstance(kind, str) and kind in ABSENT:
        raise _refused(name, [f"{kind} has no counterpart here: {ABSENT[kind]}"])
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(KINDS)
        hint = suggestion(kind, KINDS)
        raise _refused(name, [f"{printable(kind)} has no counterpart here{hint}; use {known}"])
    spec, given = KINDS[kind], {k: v for k, v in content.items() if k not in ("type", "metadata")}
    findings = [_older(f"{kind} without {field}") for field in spec.needs if field not in given]
    findings += [
        f"{kind} has no field {printable(field)!r}"
        for field in given
        if field not in (*spec.needs, *spec.may)
    ]
    fields: dict[str, Any] = {}
    for field in (*spec.needs, *spec.may):
        if field in given:
            try:
                fields[field] = _value(kind, field, given[field])
            except ValueError as error:
                findings.append(str(error))
    shapes = {field: np.shape(fields[field]) for field in spec.alike if field in fields}
    if len(set(shapes.values())) > 1:
        listed = ", ".join(f"{field} {shape}" for field, shape in shapes.items())
        findings.append(_older(f"{kind} with parameters of different shapes, {listed},"))
    if findings:
        raise _refused(name, findings)
    return NirNode(name, kind, fields)


def _older(what: str) -> str:
    return (
        f"{what} is an older layout of the format, which the package nir itself no longer reads; "
        "write the graph again with a newer nir"
    )


def _refused(name: str, findings: list[str]) -> ExchangeError:
    return ExchangeError("", [f"node {name!r}: {finding}" for finding in findings])


def _value(kind: str, field: str, value: Any) -> Any:
    if field == "padding" and isinstance(value, str):
        if value not in ("same", "valid"):
            raise ValueError(f"padding = {shown(value)}: must be numbers, 'same' or 'valid'")
        return value
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{field} = {shown(value)}: must be numbers")
    if field in ("shape", "input_shape", "input_type"):
        return _sizes(field, array)
    if field in _SIDES:
        return _sides(field, array)
    if field in ("groups", "start_dim", "end_dim"):
        return _whole(field, array.ravel()[:1] if array.size == 1 else array)[0]
    if not array.size:
        raise ValueError(f"{field} holds no numbers")
    with np.errstate(invalid="ignore"):
        array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{field} that is not finite")
    if np.abs(array).max() > _LARGEST:
        raise ValueError(f"{field} = {np.abs(array).max():.3g}: must be at most {_LARGEST:g}")
    if field == "weight":
        wanted = 4 if kind == "Conv2d" else 2
        if array.ndim != wanted:
            raise ValueError(f"weight of shape {array.shape}: must have {wanted} dimensions")
    if field.startswith("tau") and (array <= 0).any():
        raise ValueError(f"{field} = {array.min():g}: must be above 0")
    return array


def _sizes(field: str, array: np.ndarray) -> tuple[int, ...]:
    """Return sizes of dimensions."""
    sizes = tuple(_whole(field, array.ravel())) if array.size else ()
    if not sizes:
        return ()  # of neurons with one number for all, which have no shape
    # torch's batch dimension, and what older tools write of a shape they do not know
    if not 1 <= len(sizes) <= 4 or min(sizes) < 0 or np.prod(sizes, dtype=float) > MAX_NEURONS:
        raise ValueError(
            f"{field} = {shown(list(sizes))}: must be 1 to 4 sizes of up to {MAX_NEURONS} neurons "
            "together"
        )
    return sizes


def _sides(field: str, array: np.ndarray) -> tuple[int, int]:
    sides = _whole(field, array.ravel())
    if len(sides) not in (1, 2) or min(sides) < _SIDES[field] or max(sides) > MAX_NEURONS:
        raise ValueError(
            f"{field} = {shown(sides)}: must be one number of at least {_SIDES[field]}, or one for "
            "each direction"
        )
    return sides[0], sides[-1]


def _whole(field: str, array: np.ndarray) -> list[int]:
    whole = np.asarray(array, np.float64)
    if not whole.size or not (np.isfinite(whole).all() and (whole == np.rint(whole)).all()):
        raise ValueError(f"{field} = {shown(array.tolist())}: must be whole numbers")
    return [int(value) for value in whole]
