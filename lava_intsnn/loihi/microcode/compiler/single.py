"""A layer on its own, as a Lava Process holds it: the same group, without the others' lateness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.microcode.compiler.blocks import synapses_of
from lava_intsnn.loihi.microcode.compiler.compiler import image_of, input_of
from lava_intsnn.loihi.microcode.compiler.part import Part
from lava_intsnn.loihi.microcode.image import Image
from lava_intsnn.loihi.microcode.names import ERROR_INPUT, INPUT
from lava_intsnn.loihi.microcode.program import Input
from lava_intsnn.loihi.preflight_report import preflight
from lava_intsnn.network import Dense, LayerBounds, Loss, Network, Neuron
from lava_intsnn.state import State


def compile_layer(
    network: Network,
    w_shadow: np.ndarray,
    *,
    index: int,
    output: bool,
    learning: bool,
    bounds: LayerBounds | None = None,
    feedback_weights: np.ndarray | None = None,
    delays: np.ndarray | None = None,
) -> Image:
    """Compile the one layer of ``network``.

    It takes the sample's step ``t`` in core step ``t``; if it learns, it changes its weights in
    core step ``T``, in which a hidden layer hears of the error.

    Parameters
    ----------
    network : Network
        Of this layer alone.
    w_shadow : int32, of the layer's weight shape
    index : int
        The layer's number, which keys its stochastic rounding.
    output : bool
        Whether it is the output layer.
    learning : bool
    bounds : LayerBounds, optional
        What is proven of the layer inside its whole network.
    feedback_weights : integer (n_out, n_classes), optional
        Of a hidden layer that learns.
    delays : integer (n_out, n_in), optional
        Those of the state.

    Raises
    ------
    LegalityError
        If the chip or this compiler refuses anything about the layer.
    """
    asked = network
    if learning and not output:
        asked = _with_output(network, feedback_weights)
    elif learning and not network.layers[0].plastic:
        asked = _with_hidden(network)
    state = None if learning else State((w_shadow,), delays=() if delays is None else (delays,))
    preflight(asked, learning=learning, state=state).require()
    steps = network.steps
    part = Part(
        name="readout" if output else f"hidden_{index}",
        network=network,
        layer=network.layers[0],
        bounds=bounds or network.check().layers[0],
        stream=index,
        output=output,
        learning=learning,
        sends_error=False,
        first=0,
        last=steps - 1,
        update=steps,
    )
    inputs = [input_of(network)]
    if learning and feedback_weights is not None:
        bits = LOIHI2.third_factor_bits.value
        inputs.append(Input(name=ERROR_INPUT, n=feedback_weights.shape[1], bits=bits))
    synapses = synapses_of(
        part,
        network.precision.inference(w_shadow),
        source=INPUT,
        error_source=ERROR_INPUT,
        feedback_weights=feedback_weights if learning else None,
        delays=delays,
    )
    return image_of(
        network, period=steps + learning, inputs=tuple(inputs), parts=(part,), synapses=synapses
    )


def _with_hidden(network: Network) -> Network:
    """Return ``network`` above the plainest layer that learns, since its error is for such."""
    output = network.layers[0]
    hidden = Dense(
        n_in=1,
        n_out=output.n_in,
        neuron=Neuron(vth=1, window=0),
        lr_shift=8,
        clip=1 << 20,
    )
    return replace(network, layers=(hidden, output))


def _with_output(network: Network, feedback_weights: np.ndarray | None) -> Network:
    """Return ``network`` below the plainest output: what is legal of a hidden layer needs one."""
    hidden = network.layers[0]
    output = Dense(
        n_in=hidden.n_out,
        n_out=1 if feedback_weights is None else feedback_weights.shape[1],
        neuron=Neuron(vth=1, window=0),
        lr_shift=0,
        clip=1 << 20,
    )
    loss = Loss(alpha=1, err_bits=LOIHI2.third_factor_bits.value)
    return replace(network, layers=(hidden, output), loss=loss)
