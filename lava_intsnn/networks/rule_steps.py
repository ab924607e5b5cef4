"""From the shapes of layers to a whole network: the rule, layer by layer from the input up."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_intsnn.network import (
    Conv,
    Dense,
    Feedback,
    FrameEncoder,
    Loss,
    Network,
    NetworkError,
    Neuron,
    Precision,
)
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.network.encoders import RateEncoder
from lava_intsnn.networks import integer_rule as rule
from lava_intsnn.networks.first_look import hidden_feedback_shift, preflight
from lava_intsnn.networks.integer_rule import InputLevel
from lava_intsnn.networks.population_probe import encoded, fired, probe_samples, sums_of, widest
from lava_intsnn.networks.threshold_search import threshold_for
from lava_intsnn.state import initial_state

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset

#: Steps of a sample of rate-coded images.
STEPS = 20
#: Samples on which thresholds are chosen.
_SAMPLES = 32
#: What a layer has before the rule chooses.
PLAIN: dict[str, Any] = {"neuron": Neuron(vth=1, window=2), "lr_shift": 0}

Plan = tuple[Dense | Conv, ...]


def decaying(plan: Plan, decay_shift: int | Sequence[int]) -> Plan:
    """Return the plan with this decay, or these, in all layers but the output."""
    neuron = replace(PLAIN["neuron"], decay_shift=decay_shift)
    return (*(replace(layer, neuron=neuron) for layer in plan[:-1]), plan[-1])


def chosen_network(
    plan: Plan,
    name: str,
    *,
    data: Dataset | None,
    steps: int | None,
    batch: int | None,
    precision: str | Precision,
    encoder: RateEncoder | FrameEncoder | None,
    check: bool,
) -> Network:
    """Return the network of the layers in ``plan``; see :func:`~.chosen.dense`."""
    if encoder is None:
        encoder = FrameEncoder() if data is not None and data.frames else RateEncoder()
    network = Network(
        name=name,
        layers=plan,
        steps=_steps(plan, encoder, data) if steps is None else steps,
        batch=rule.batch_size(None if data is None else len(data)) if batch is None else batch,
        precision=precision,  # type: ignore[arg-type]
        encoder=encoder,
        loss=Loss(alpha=rule.ALPHA),
        feedback=Feedback(time_gated=not any(isinstance(layer, Conv) for layer in plan)),
    )
    network = _with_thresholds(_centred(network), data)
    network.check()
    if data is not None and check and not network.precision.floating:
        for text in preflight(network, data).warnings:
            warnings.warn(f"network {name!r}: {text}", stacklevel=4)
    return network


def _centred(network: Network) -> Network:
    """Return ``network`` with centred initial weights, if rounding would move them far."""
    if not network.precision.coarse:
        return network
    return network.with_layers(replace(layer, init_centred=True) for layer in network.layers)


def _steps(plan: Plan, encoder: RateEncoder | FrameEncoder, data: Dataset | None) -> int:
    if not isinstance(encoder, FrameEncoder):
        return STEPS
    if data is None:
        raise NetworkError("frames without data: give steps=, the number of frames")
    return data.frames or max(1, data.images.shape[1] // plan[0].n_in)


def _with_thresholds(network: Network, data: Dataset | None) -> Network:
    """Return ``network`` with the integers of every layer, chosen from the input up."""
    if data is None:
        level = InputLevel.of_spikes(rule.USUAL_INPUT)
        for index in range(len(network.layers)):
            network = _with_layer(network, index, level)
            level = InputLevel.of_spikes(rule.SPIKING)
        return network
    # more outputs than classes would learn, but mostly the last size was meant as a hidden one
    check_data(network, data, all_classes=True)
    level = rule.input_level(data, network.encoder)
    images = probe_samples(data, _SAMPLES, values=widest(network))
    x = encoded(network.encoder, images, steps=network.steps, seed=0)
    # fp32 starts from the same weights
    integer = replace(network, precision=replace(network.precision, floating=False))
    state = initial_state(integer)
    last = len(network.layers) - 1
    for index in range(last):
        network = _with_layer(network, index, level)
        w = state.w(integer, index).astype(np.int64)
        network, x = _fitted(network, index, w, x)
        level = InputLevel.of_spikes(int(x.sum()) * rule.ONE // x.size)
    return _with_layer(network, last, level)


def _fitted(
    network: Network, index: int, w: np.ndarray, x: np.ndarray
) -> tuple[Network, np.ndarray]:
    """Return the network with the threshold of a layer fitted to input ``x``, and its spikes."""
    layer = network.layers[index]
    sums = sums_of(layer, w, x)
    neuron = _neuron(network.precision, threshold_for(layer.neuron, sums), layer)
    spikes, _ = fired(neuron, sums)
    return _replaced(network, index, neuron=neuron), spikes.astype(np.int64)


def _with_layer(network: Network, index: int, level: InputLevel) -> Network:
    """Return the network with the rule's integers for layer ``index`` and input ``level``."""
    layer, precision = network.layers[index], network.precision
    samples, steps = network.batch * layer.sharing, network.steps
    fb_shift = 0
    if index == len(network.layers) - 1:
        vth = rule.output_threshold(precision, fan_in=layer.fan_in, level=level)
        lr_shift = rule.output_lr_shift(precision, samples=samples, steps=steps, level=level)
    else:
        narrow = min(other.fan_in for other in network.layers)
        vth = rule.hidden_threshold(precision, narrow=narrow, level=level)
        lr_shift = rule.hidden_lr_shift(
            precision,
            samples=samples,
            steps=steps,
            fan_in=layer.fan_in,
            narrow=narrow,
            n_classes=network.n_classes,
            level=level,
        )
        if index < len(network.layers) - 2:
            fb_shift = hidden_feedback_shift(network, index)
    return _replaced(
        network,
        index,
        neuron=_neuron(precision, vth, layer),
        lr_shift=lr_shift,
        fb_shift=fb_shift,
        clip=rule.clip(precision),
    )


def _neuron(precision: Precision, vth: int, layer: Dense | Conv) -> Neuron:
    """Return the neuron with this threshold: the window is twice as wide on each side.

    Its decay is the plan's, that of ``layer``.
    """
    assert isinstance(layer.neuron, Neuron)
    bits = rule.potential_bits(precision, vth)
    return Neuron(vth=vth, window=2 * vth, v_bits=bits, decay_shift=layer.neuron.decay_shift)


def _replaced(network: Network, index: int, **changes: Any) -> Network:
    layers = list(network.layers)
    layers[index] = replace(layers[index], **changes)
    return replace(network, layers=tuple(layers))
