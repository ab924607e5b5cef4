"""Biases of lasting currents: neurons that always fire.

NIR's Affine adds its bias to what enters a neuron. Where the current lasts, it builds the bias up
step by step. Ours, like Loihi's, acts on the potential at once: the first spikes come earlier, and
all later ones with them. A neuron in the layer below that fires in every step gives the bias as
spikes are given, so nothing differs but the rounding of its weights. In front of the first layer,
one that repeats the input has room for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lava_intsnn.formats.nir.float_stages import FloatStage, FloatSynapses

#: Most neurons that are repeated to have room for one more: the square of it are weights.
MAX_REPEATED = 1024
#: Thresholds that the neuron's own bias is in a step.
_DRIVE = 1.25


def with_bias_neurons(layers: Sequence[FloatStage], *, counts: bool) -> list[FloatStage]:
    """Return layers that give the biases of lasting currents by neurons, where they can.

    Parameters
    ----------
    layers : sequence of FloatStage
    counts : bool
        Whether the input is counts, which no layer can repeat.
    """
    found: list[FloatStage] = []
    for layer in layers:
        lasting = (layer.current_leak < 1) & (layer.input_bias != 0)
        synapses = layer.synapses
        dense = synapses.conv is None and synapses.pool is None
        if lasting.any() and dense:
            if found and found[-1].synapses.conv is None:
                found[-1] = _with_neuron(found[-1], layer.name)
                layer = _fed_by_neuron(layer)
            elif synapses.n_in <= MAX_REPEATED and (found or not counts):
                found.append(_with_neuron(_repeated(synapses.n_in), layer.name))
                layer = _fed_by_neuron(layer)
        found.append(layer)
    return found


def _repeated(n: int) -> FloatStage:
    """Return a layer that gives what it gets, in the same step."""
    one, zero = np.ones(n), np.zeros(n)
    return FloatStage(
        name="(repeated)",
        synapses=FloatSynapses(w=np.eye(n), bias=zero, n_in=n, n_out=n, given=True),
        w_rec=None,
        input_bias=zero,
        drive=zero,
        current_leak=one,
        voltage_leak=one,
        theta=one / 2,
    )


def _with_neuron(layer: FloatStage, above: str) -> FloatStage:
    """Return a dense layer with one more neuron, which fires in every step."""
    synapses = layer.synapses
    note = f"its last neuron fires in every step: the bias of {above}"
    delays = synapses.delays
    more = replace(
        synapses,
        w=np.vstack([synapses.w, np.zeros((1, synapses.w.shape[1]))]),
        bias=np.append(synapses.bias, 0.0),
        n_out=synapses.n_out + 1,
        delays=None if delays is None else np.vstack([delays, np.zeros_like(delays[:1])]),
        notes=(*synapses.notes, note),
    )
    return replace(
        layer,
        synapses=more,
        w_rec=None if layer.w_rec is None else np.pad(layer.w_rec, (0, 1)),
        input_bias=np.append(layer.input_bias, 0.0),
        drive=np.append(layer.drive, _DRIVE * layer.theta[-1]),
        current_leak=np.append(layer.current_leak, layer.current_leak[-1]),
        voltage_leak=np.append(layer.voltage_leak, layer.voltage_leak[-1]),
        theta=np.append(layer.theta, layer.theta[-1]),
    )


def _fed_by_neuron(layer: FloatStage) -> FloatStage:
    """Return a layer whose biases are weights of one more input, its last."""
    synapses = layer.synapses
    delays = synapses.delays
    more = replace(
        synapses,
        w=np.hstack([synapses.w, layer.input_bias[:, None]]),
        n_in=synapses.n_in + 1,
        delays=None if delays is None else np.hstack([delays, np.zeros_like(delays[:, :1])]),
    )
    return replace(
        layer, synapses=more, input_bias=np.zeros_like(layer.input_bias), bias_column=True
    )
