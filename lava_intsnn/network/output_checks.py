"""What of a network's output and its errors does not go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava_intsnn.network.encoders import NeuronEncoder
from lava_intsnn.network.errors import NetworkError
from lava_intsnn.network.leaky_readout import LeakyReadout

if TYPE_CHECKING:
    from lava_intsnn.network.network import Network


def check_output(network: Network) -> None:
    """Raise NetworkError if readouts or points of errors do not fit the rest of ``network``."""
    _check_places(network)
    _check_points(network)
    readout = network.readout
    if readout is None:
        return
    if network.feedback.propagation != "direct":
        raise NetworkError(
            f"propagation = {network.feedback.propagation!r} with a readout: error neurons follow "
            "the spike counts of each step, and a readout has none; set propagation to 'direct'"
        )
    if readout.answer == "max" and network.feedback.time_gated and network.sends_error:
        raise NetworkError(
            "answer = 'max' with time_gated = True: only the step of the maximum would be heard "
            "below, where it is known after the sample alone; set time_gated to False"
        )
    output = network.layers[-1]
    if output.plastic and not readout.decays_as(output.trace):
        shift = readout.decay_shift
        raise NetworkError(
            f"layer {len(network.layers) - 1}: trace_shift = {output.trace_shift}, trace_decay = "
            f"{output.trace_decay} below a readout with decay_shift = {shift}: the trace is the "
            f"gradient of its potential only if it decays as that does; set trace_shift to {shift} "
            "and trace_decay to None"
        )


def _check_places(network: Network) -> None:
    """Refuse readouts anywhere but in the last layer, and recurrence among them."""
    silent = "it never fires, so nothing would reach"
    for index, layer in enumerate(network.layers[:-1]):
        if not layer.neuron.fires:
            raise NetworkError(
                f"layer {index} has neurons of kind {layer.neuron.kind!r}: {silent} the layer "
                "above; only the last layer may have them"
            )
    if isinstance(network.encoder, NeuronEncoder) and not network.encoder.neuron.fires:
        raise NetworkError(
            f"input neurons of kind {network.encoder.neuron.kind!r}: {silent} the first layer; "
            "use a Neuron or CUBA"
        )
    if network.layers[-1].recurrence and not network.layers[-1].neuron.fires:
        raise NetworkError(
            f"layer {len(network.layers) - 1} has a recurrence among readouts: give it none, and "
            "the layer below one"
        )


def _check_points(network: Network) -> None:
    loss, steps, feedback = network.loss, network.steps, network.feedback
    if loss.points == 1:
        return
    if steps % loss.points:
        fits = [n for n in range(1, steps + 1) if steps % n == 0]
        below = max(n for n in fits if n < loss.points or n == 1)
        above = min((n for n in fits if n > loss.points), default=steps)
        raise NetworkError(
            f"points = {loss.points} with steps = {steps}: the parts of a sample must be equal; "
            f"use {below} or {above} points, or other steps"
        )
    if feedback.propagation != "direct":
        raise NetworkError(
            f"points = {loss.points} with propagation = {feedback.propagation!r}: error neurons "
            "send the error at every step by themselves; set propagation to 'direct', or points "
            "to 1"
        )
    if loss.window == "start" and feedback.time_gated and network.sends_error:
        raise NetworkError(
            f"points = {loss.points}, window = 'start' with time_gated = True: each error would "
            "be gated anew by all steps since the sample's start; set time_gated to False, or "
            "window to 'segment'"
        )


def readout_of(network: Network) -> LeakyReadout | None:
    """Return the readout of the last layer, or None if its neurons spike."""
    neuron = network.layers[-1].neuron
    return neuron if isinstance(neuron, LeakyReadout) else None
