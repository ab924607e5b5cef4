"""A network with a readout in place of output neurons that spike, its shifts chosen by rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.network import LeakyReadout, Network, NetworkError
from lava_intsnn.network.data_fit import check_data
from lava_intsnn.network.leaky_readout import ANSWER_SHIFT_MAX
from lava_intsnn.networks.population_probe import (
    encoded,
    probe_samples,
    respond,
    sums_of,
    widest,
)
from lava_intsnn.reference.answer import answer
from lava_intsnn.reference.membrane import advance, resting
from lava_intsnn.state import initial_state

if TYPE_CHECKING:
    from lava_intsnn.data import Dataset

#: Samples that the answers are measured on.
_SAMPLES = 32
#: The rule brings the answers of first weights to less than ``2**_SPREAD_BITS`` in the mean.
_SPREAD_BITS = 2


@checks_kinds
def with_readout(
    network: Network, data: Dataset, *, answer: Literal["sum", "max"] = "sum"
) -> Network:
    """Return ``network`` with readouts that do not leak in place of its output neurons.

    The shift of the answers is such that, with first weights, their mean magnitude on some samples
    is 2 to 3: that of a few spikes more or less. The learning shift of the last layer grows by as
    many bits as its eligibility does, since a trace without leak counts all spikes so far.

    Parameters
    ----------
    network : Network
        With an integer precision; its last layer may not be recurrent.
    data : Dataset
        Training data.
    answer : {"sum", "max"}
        See :class:`~lava_intsnn.network.LeakyReadout`. With ``"max"`` feedback is not time-gated.

    Raises
    ------
    NetworkError
        If the network is in fp32 or cannot have a readout, or the data do not fit it.
    """
    if network.precision.floating:
        raise NetworkError('the rule needs an integer network: give precision="16-8"')
    check_data(network, data)
    last = network.layers[-1]
    longer = (network.steps + 1) // 2 if answer == "sum" else 1
    neuron = LeakyReadout(answer=answer)
    layer = replace(
        last,
        neuron=neuron,
        trace_shift=0,
        trace_decay=None,
        trace_bits=0,
        lr_shift=min(36, last.lr_shift + longer.bit_length() - 1),
    )
    feedback = network.feedback
    if answer == "max":
        feedback = replace(feedback, time_gated=False)
    network = replace(network, layers=(*network.layers[:-1], layer), feedback=feedback)
    mean = int(np.abs(_answers(network, data)).mean())
    shift = min(max(0, mean.bit_length() - _SPREAD_BITS), ANSWER_SHIFT_MAX)
    layer = replace(layer, neuron=replace(neuron, answer_shift=shift))
    return replace(network, layers=(*network.layers[:-1], layer))


def _answers(network: Network, data: Dataset) -> np.ndarray:
    """Return the answers ``(N, O)`` of first weights."""
    images = probe_samples(data, _SAMPLES, values=widest(network))
    state = initial_state(network)
    x = encoded(network.encoder, images, steps=network.steps, seed=state.seed)
    *hidden, last = enumerate(network.layers)
    for index, layer in hidden:
        w = state.w(network, index).astype(np.int64)
        x = respond(layer, w, x, state.delays_of(index))[0].astype(np.int64)
    index, layer = last
    w = state.w(network, index).astype(np.int64)
    sums = sums_of(layer, w, x, state.delays_of(index))
    states, said = resting(layer.neuron, sums[:, 0].size), []
    for t in range(network.steps):
        states, v, _, _ = advance(layer.neuron, states, sums[:, t].ravel())
        said.append(v)
    return answer(layer.neuron, np.array(said)).reshape(len(images), -1)
