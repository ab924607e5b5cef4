"""Presets, and the scaling of constants from one precision to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import log2, sqrt
from typing import Any

from lava_intsnn.field_checks import Checked
from lava_intsnn.network import CUBA, Network, NetworkError, Neuron, Precision
from lava_intsnn.network.cuba import NEVER_FIRES
from lava_intsnn.network.per_neuron import capped
from lava_intsnn.recipe import Recipe

#: Thresholds, windows and shifts of presets are written for these widths and scaled to others.
BASE_SHADOW_BITS, BASE_INFERENCE_BITS = 16, 8
#: Width of the membrane potential at 8 inference bits.
V_BITS, MAX_V_BITS = 24, 31
NO_CLIP = (1 << 30) - 1


@dataclass(frozen=True, kw_only=True)
class Preset(Checked, refusal=NetworkError):
    """A network by name.

    ``build`` makes the network for a :class:`Precision`, by default ``precision``. ``recipe``
    trains it; in fp32 ``float_recipe`` does, if given. ``data`` names its data set and
    ``data_options`` are the options of :func:`lava_intsnn.data.load`. ``about`` describes it in one
    line.
    """

    name: str
    about: str
    data: str
    build: Callable[[Precision], Network]
    recipe: Recipe
    float_recipe: Recipe | None = None
    precision: str = "16-8"
    data_options: dict[str, int] = field(default_factory=dict)

    def recipe_of(self, network: Network) -> Recipe:
        """Return the recipe for ``network``, which is the preset's or made from it."""
        floating = self.float_recipe if network.precision.floating else None
        return floating or self.recipe

    def network(self, precision: str | Precision | None = None) -> Network:
        """Return the network in ``precision``, such as ``"16-4"``, or in the preset's own."""
        if precision is None:
            precision = self.precision
        if isinstance(precision, str):
            precision = Precision.parse(precision)
        return self.build(precision)


def scaled(
    precision: Precision,
    *,
    vth: int,
    window: int,
    lr_shift: int,
    hidden: bool,
    clip: int = 2048,
) -> dict[str, Any]:
    """Return a layer's constants, given for 16-8, scaled to ``precision``.

    Potentials scale with the inference weights. A hidden layer's feedback scales with the next
    layer's inference weights, so its learning shift follows. Narrower shadow weights need steps
    smaller by as many bits.
    """
    wider = precision.inference_bits - BASE_INFERENCE_BITS
    narrower = BASE_SHADOW_BITS - precision.shadow_bits
    return {
        "neuron": Neuron(
            vth=shifted(vth, wider),
            window=shifted(window, wider),
            decay_shift=1,
            v_bits=min(MAX_V_BITS, V_BITS + max(0, wider)),
        ),
        "lr_shift": max(0, lr_shift + narrower + (wider if hidden else 0)),
        "clip": max(1, shifted(clip, -narrower)),
    }


def with_current(
    constants: dict[str, Any], *, current_decay: int, voltage_decay: int, trace_bits: int
) -> dict[str, Any]:
    """Return what :func:`scaled` gave with Loihi's neurons in place of those with a decay shift.

    Traces decay as the current does, which is what their synapses add to the potential.
    """
    neuron = constants["neuron"]
    return constants | {
        "neuron": CUBA(
            vth=capped(neuron.vth, NEVER_FIRES),  # weights so wide are refused by their sums
            window=neuron.window,
            current_decay=current_decay,
            voltage_decay=voltage_decay,
        ),
        "trace_decay": current_decay,
        "trace_bits": trace_bits,
    }


def from_float(
    *,
    narrow: int,
    alpha: int,
    batch: int,
    vth: float,
    window: float,
    lr: float,
    hidden: bool,
    decay_shift: int,
) -> dict[str, Any]:
    """Return a layer's constants for fp32 from those of a network with Kaiming weights.

    The arguments assume weights drawn from ``+-1 / sqrt(fan-in)`` and the mean of a batch's
    updates. Our weights have the unit of 16-bit shadow weights, in which the layer with the
    smallest fan-in ``narrow`` fills the range, errors are scaled by ``alpha``, and updates are
    sums. Thresholds and learning rates are converted to these units, learning rates to the nearest
    power of two. Traces decay like potentials.
    """
    unit = (1 << BASE_SHADOW_BITS - 1) * sqrt(narrow)
    inference = unit / (1 << BASE_SHADOW_BITS - BASE_INFERENCE_BITS)
    rate = lr * unit / (alpha * batch) / (inference if hidden else 1)
    return {
        "neuron": Neuron(
            vth=round(vth * inference),
            window=round(window * inference),
            decay_shift=decay_shift,
            v_bits=MAX_V_BITS,
        ),
        "lr_shift": max(0, round(-log2(rate))),
        "clip": NO_CLIP,
        "trace_shift": decay_shift,
    }


def shifted(value: int, shift: int) -> int:
    """Return ``value`` times ``2**shift``, rounded down."""
    return value << shift if shift >= 0 else value >> -shift
