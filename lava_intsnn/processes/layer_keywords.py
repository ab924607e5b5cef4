"""The keywords of the layer Processes: fields of the descriptions, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from lava_intsnn.field_checks import as_tuple, shown
from lava_intsnn.network import (
    Feedback,
    FrameEncoder,
    Layer,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Precision,
    RateEncoder,
)
from lava_intsnn.network.errors import require_range
from lava_intsnn.proc_models.layer_spec import LayerSpec, SampleSchedule

#: Marks a keyword without a default.
REQUIRED: Any = MISSING

_NEURON = [field.name for field in fields(Neuron)]
_FEEDBACK = ("time_gated", "v_fb_bits")
#: Keyword -> field of the loss; a neuron has a ``window``, too.
_LOSS = {"points": "points", "loss_window": "window"}
_NETWORK = ("precision", "rounding", "steps")
_DRAWN_BY_THE_NETWORK = ("weights", "random_max", "random_seed")


def hidden_keywords(kind: type[Layer]) -> dict[str, Any]:
    """Return the keywords and defaults of the Process of a hidden layer of class ``kind``."""
    synapses = _defaults(kind)
    if "delay_source" in synapses:
        synapses["delays"] = None
    if {"n_in", "n_out"} <= synapses.keys():
        del synapses["n_in"], synapses["n_out"]
        synapses["shape"] = REQUIRED
    return {
        **synapses,
        **_defaults(Neuron),
        "vth": None,
        "window": None,
        "neuron": None,
        "lr_shift": None,
        **{name: _defaults(Feedback)[name] for name in _FEEDBACK},
        **{keyword: _defaults(Loss)[name] for keyword, name in _LOSS.items()},
        **{name: _defaults(Network)[name] for name in _NETWORK},
        "batch": 1,
        "max_count": 1,
        "w_shadow": None,
        "feedback_weights": None,
        "learning": True,
        "seed": 0,
        "layer_index": 0,
        "updates": 0,
        "offset": 0,
        "bounds": None,
        "name": None,
        "log_config": None,
    }


def readout_keywords(kind: type[Layer]) -> dict[str, Any]:
    """Return the keywords and defaults of an output layer's Process."""
    keywords = hidden_keywords(kind) | _defaults(Feedback)
    for name in ("fb_shift", "feedback_weights", *_LOSS, *_DRAWN_BY_THE_NETWORK):
        del keywords[name]
    own = {"feedback": "transposed", "loss": None, "tie_break": True, "layer_index": 1, "slots": 1}
    return keywords | own


def layer_of(kind: type[Layer], keywords: Mapping[str, Any]) -> Layer:
    """Return the layer that ``keywords``, including defaults, describe."""
    _check_host_values(keywords)
    lr_shift = keywords["lr_shift"]
    if lr_shift is None and keywords["learning"] and keywords["plastic"]:
        raise NetworkError("lr_shift = None: a layer that learns needs it, 0..36")
    own = _picked(kind, keywords) | {"neuron": _neuron(keywords), "lr_shift": lr_shift or 0}
    if "shape" in keywords:
        own["n_out"], own["n_in"] = _pair(keywords["shape"])
    return kind(**own)


def _check_host_values(keywords: Mapping[str, Any]) -> None:
    """Raise NetworkError unless the keywords that no description checks have legal values."""
    if not isinstance(keywords["learning"], bool | np.bool_):
        raise NetworkError(f"learning = {shown(keywords['learning'])}: must be True or False")
    require_range("max_count", keywords["max_count"], 1, 255, "1 is binary")
    require_range("layer_index", keywords["layer_index"], 0, 1 << 16)
    require_range("updates", keywords["updates"], 0, 1 << 62)


def _pair(shape: Any) -> tuple[int, int]:
    if not isinstance(shape, tuple | list) or len(shape) != 2:
        raise NetworkError(f"shape = {shown(shape)}: must be (n_out, n_in)")
    return tuple(shape)


def network_of(layer: Layer, keywords: Mapping[str, Any], feedback: Feedback) -> Network:
    """Return the network of ``layer`` alone, with the parameters in ``keywords``."""
    precision, max_count = keywords["precision"], keywords["max_count"]
    fields = _picked(Network, keywords) | {
        "layers": (layer,),
        "precision": Precision.parse(precision) if isinstance(precision, str) else precision,
        "encoder": RateEncoder() if max_count == 1 else FrameEncoder(max_count=max_count),
        "loss": keywords["loss"] or Loss(),
        "feedback": feedback,
    }
    return Network(**fields)


def feedback_of(keywords: Mapping[str, Any], **changes: Any) -> Feedback:
    """Return the feedback that ``keywords`` and ``changes`` describe."""
    return Feedback(**_picked(Feedback, keywords) | changes)


def spec_of(network: Network, values: Mapping[str, Any], n_classes: int | None) -> LayerSpec:
    """Return the spec of the one layer of ``network``, with further parameters from ``values``."""
    schedule = SampleSchedule(network.steps, values["offset"])
    index, seed, bounds = (values[name] for name in ("layer_index", "seed", "bounds"))
    return LayerSpec(network, index, seed, schedule, bounds, n_classes)


def checked_feedback(weights: npt.ArrayLike, layer: Layer) -> np.ndarray:
    """Return the weights of random feedback as an array, or raise NetworkError."""
    f = np.asarray(weights)
    if f.ndim != 2 or len(f) != layer.n_out or not f.size or f.dtype.kind not in "iu":
        raise NetworkError(
            f"feedback_weights are {f.dtype} {f.shape}: give integers ({layer.n_out}, n_classes)"
        )
    require_range("feedback_weights' magnitude", largest_magnitude(f), 0, (1 << 15) - 1)
    return f


def largest_magnitude(f: np.ndarray) -> int:
    """Return the largest magnitude of integers."""
    return max(int(f.max()), -int(f.min()))


def _neuron(keywords: Mapping[str, Any]) -> Neuron:
    neuron, vth = keywords["neuron"], keywords["vth"]
    if neuron is None:
        if vth is None:
            raise TypeError("vth is missing: give it, or a whole description with neuron=")
        own = _picked(Neuron, keywords)
        if own["window"] is None:
            each = as_tuple(vth)  # as the description takes it
            own["window"] = 2 * (vth if each is None else max(each, default=1))
        return Neuron(**own)
    defaults = _defaults(Neuron) | {"vth": None, "window": None}
    for name in _NEURON:
        if keywords[name] != defaults[name]:
            raise TypeError(f"neuron= and {name}= are given: the former describes all of a neuron")
    return neuron


def _picked(kind: type[Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
    names = (field.name for field in fields(kind))
    return {name: keywords[name] for name in names if name in keywords}


def _defaults(kind: type[Any]) -> dict[str, Any]:
    return {field.name: _default(field) for field in fields(kind)}


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()
