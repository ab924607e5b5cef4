"""Learning rules, constants and timing as JSON, for a Loihi 2 with INRC's extension.

The file is for users who build LearningDense and learning neurons themselves. It describes what
:mod:`lava_intsnn.loihi.learning_engine` runs in Lava; exchange.md documents it.
"""

from __future__ import annotations

import dataclasses
import json
import os
from typing import Any

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.formats.exchange import require
from lava_intsnn.loihi.learning_engine.engine_rule import counts_trace, rule_of, unlearnable
from lava_intsnn.loihi.learning_engine.tick_schedule import TICKS, TickSchedule
from lava_intsnn.network import Network
from lava_intsnn.state import State
from lava_intsnn.storage.atomic import write_bytes

FORMAT = "lava_intsnn loihi-rule"
VERSION = 1

#: The meaning of each field. It is written into the file.
_EQUATIONS = {
    "neuron": "v = (v >> decay_shift) + a, saturated at v_bits; guarded: Loihi's LIF, with six "
    "guard bits; spike where v > vth, then v = 0; gate g where |v - vth| < window, v before reset",
    "y1": "scales.y1 where g, else 0, at every step",
    "tag": "dt adds scales.t to it for each step with a presynaptic spike and g; 0 at the start",
    "error": "e = saturate(((count * alpha) >> count_shift) - alpha at the label, err_bits); "
    "one_sided: at most 0 there; positive: 1 where it is 0 at other classes; no label: all 0",
    "v_fb": "output: e; hidden: saturate(-((-(feedback e)) >> fb_shift), v_fb_bits)",
    "rounding": "stochastic, of weights to whole multiples of weight_scale",
    "label": "to each output neuron: 0 do not learn, 1 another class, 2 this class",
}
#: What differs with the third factor. The chip's is not public, so both are an assumption.
_ERROR_TRACES = {
    "signed": {
        "y2": "scales.y2 * v_fb in the learning epoch, else 0",
        "y3": "scales.y3 in the learning epoch, where it clears the tag, else 0",
        "third_factor": "y2 may be negative: an assumption, which nothing public confirms for the "
        "chip; a file written with third_factor split needs no sign",
    },
    "split": {
        "y2": "scales.y2 * v_fb where v_fb < 0 in the learning epoch, else 0",
        "y3": "scales.y3 * v_fb where v_fb > 0 in the learning epoch, else 0",
        "y0": "a postsynaptic spike in the learning epoch alone: it clears the tag",
        "third_factor": "y2 and y3 are 0..127: an assumption, which nothing public confirms for "
        "the chip",
    },
}

#: Kind of a frozen layer -> the class of Lava that holds it.
_STOCK = {"dense": "Dense", "conv": "Conv"}


@checks_kinds
def export_loihi_rule(
    network: Network,
    state: State,
    path: str | os.PathLike[str],
    *,
    third_factor: str = "signed",
) -> None:
    """Write the rules and constants with which ``network`` learns on Loihi 2 as JSON, atomically.

    Parameters
    ----------
    network : Network
        Legal for learning there; :func:`lava_intsnn.loihi.nearest_legal` makes any network legal.
    state : State
        Weights to start from.
    path : path
    third_factor : {"signed", "split"}
        See :func:`lava_intsnn.loihi.learning_engine.rule_of`.

    Raises
    ------
    ExchangeError
        With everything that is not legal.
    FileFormatError, OSError
        If the file cannot be written; ``path`` then keeps its content.
    """
    state.validate(network)
    require(f"network {network.name!r} cannot learn on Loihi 2:", unlearnable(network))
    layers = [_layer(network, state, k, third_factor) for k in range(len(network.layers))]
    write_bytes(path, _text(_document(network, state, layers, third_factor)).encode())


def _document(
    network: Network, state: State, layers: list[dict[str, Any]], third_factor: str
) -> dict[str, Any]:
    depth = len(network.layers)
    timing = TickSchedule(network.steps, depth)
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": network.name,
        "equations": _EQUATIONS | _ERROR_TRACES[third_factor],
        "encoder": dataclasses.asdict(network.encoder),
        "loss": {**dataclasses.asdict(network.loss), "count_shift": network.count_shift},
        "timing": {
            "steps": network.steps,
            "ticks_per_epoch": TICKS,
            "epochs_per_sample": timing.epochs,
            "learning_epoch": timing.learning_step,
            "about": "a tick is a Lava time step, an epoch (t_epoch) one step of the network; "
            "spikes travel at an epoch's first tick, neurons integrate at its second; layer l "
            "works on step t at epoch t + l; the error is known at the end of the last but one "
            "epoch and reaches all layers in the learning epoch, the sample's last, at whose end "
            "v, counts and presynaptic traces are cleared; counted from 0",
        },
        "seed": state.seed,
        "layers": layers,
        "widths": [dataclasses.asdict(width) for width in network.check().table],
    }


def _frozen_layer(network: Network, state: State, index: int) -> dict[str, Any]:
    """Return a layer that does not learn: Lava's own Dense or Conv, and the same neurons."""
    layer, geometry = network.layers[index], ("in_shape", "kernel", "stride", "padding")
    own = {name: getattr(layer, name) for name in geometry if hasattr(layer, name)}
    return {
        "kind": _STOCK[layer.kind],
        "shape": list(layer.weight_shape),
        **own,
        "rule": None,
        "neuron": dataclasses.asdict(layer.neuron),
        "first_epoch": index,
        "num_weight_bits": network.precision.w_bits,
        "weight_scale": 1,
        "weights": state.w(network, index).astype(np.int64),
    }


def _layer(network: Network, state: State, index: int, third_factor: str) -> dict[str, Any]:
    layer = network.layers[index]
    if not layer.plastic:
        return _frozen_layer(network, state, index)
    rule = rule_of(network, index, third_factor=third_factor)
    scale = rule["scales"]["weights"]
    trace = f"x1 = (x1 >> {layer.trace.shift}) + s, 0 at a sample's start"
    last = index == len(network.layers) - 1
    return {
        "kind": "LearningDense",
        "shape": list(layer.weight_shape),
        "rule": rule,
        "presynaptic_trace": trace if counts_trace(network, index) else "the spike itself",
        "neuron": dataclasses.asdict(layer.neuron),
        "first_epoch": index,
        "fb_shift": None if last else layer.fb_shift,
        "v_fb_bits": network.loss.err_bits if last else network.feedback.v_fb_bits,
        "feedback": None if last else network.feedback_weights(index),
        "num_weight_bits": network.precision.w_bits,
        "weight_scale": scale,
        "weights": state.w(network, index).astype(np.int64) * scale,
    }


def _text(document: dict[str, Any]) -> str:
    """Return JSON with a line for each row of a matrix."""
    matrices: list[np.ndarray] = []

    def placeholder(value: Any) -> str:
        matrices.append(value)
        return f"\0{len(matrices) - 1}"  # nothing else in the document has a null

    text = json.dumps(document, indent=1, default=placeholder)
    for number, matrix in enumerate(matrices):
        rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in matrix.tolist())
        text = text.replace(json.dumps(f"\0{number}"), f"[\n{rows}]")
    return text + "\n"
