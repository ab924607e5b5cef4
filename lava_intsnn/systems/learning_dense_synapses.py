"""The synapses of a network that learns in LearningDense: ours, Lava's own, frozen, feedback."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

# isort: split
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.proc.conv.process import Conv
from lava.proc.dense.process import Dense, LearningDense
from lava.utils.weightutils import SignMode

from lava_intsnn.loihi.learning_engine.engine_rule import WEIGHT_SCALE, counts_trace, rule_of
from lava_intsnn.loihi.learning_engine.tick_schedule import TickSchedule
from lava_intsnn.network import FrameEncoder, Network
from lava_intsnn.processes.lava_layer import lava_synapses
from lava_intsnn.processes.learning_synapses.process import LearningSynapses
from lava_intsnn.state import State


def our_synapses(
    network: Network, state: State, index: int, schedule: TickSchedule, rule: Loihi3FLearningRule
) -> LearningSynapses:
    """Return our subclass of LearningDense, whose weights are those of the engine."""
    layer = network.layers[index]
    return LearningSynapses(
        weights=state.weights[index],
        learning_rule=rule,
        schedule=schedule,
        lr_shift=layer.lr_shift,
        seed=state.seed,
        layer_index=index,
        updates=state.updates,
        trace_shift=rule_of(network, index)["trace_shift"],
        max_count=_max_count(network, index),
        name=f"synapses_{index}",
    )


def stock_synapses(
    network: Network, state: State, index: int, schedule: TickSchedule, rule: Loihi3FLearningRule
) -> LearningDense:
    """Return Lava's LearningDense; ``schedule`` is for ours."""
    return LearningDense(
        weights=state.weights[index] * WEIGHT_SCALE,
        weight_exp=-1,
        num_weight_bits=8,
        sign_mode=SignMode.MIXED,
        learning_rule=rule,
        name=f"synapses_{index}",
    )


def not_stock(network: Network) -> list[str]:
    """Return what Lava's own LearningDense cannot compute of a network."""
    return [
        f"layer {index}: its presynaptic trace is more than the spike of the same step, which "
        "LearningDense's impulses and decays do not give; take trace_shift 1 or more and a "
        "RateEncoder, or build with stock=False"
        for index, layer in enumerate(network.layers)
        if layer.plastic and counts_trace(network, index)
    ]


def frozen_synapses(network: Network, state: State, index: int) -> Dense | Conv:
    """Return Lava's own Dense or Conv, for a layer that does not learn."""
    most = _max_count(network, index)
    bits = most.bit_length() if most > 1 else 0  # otherwise any message is a spike
    return lava_synapses(
        network.layers[index], state.w(network, index), bits, name=f"synapses_{index}"
    )


def feedback_synapses(network: Network, index: int) -> Dense:
    """Return Lava's Dense from the output's error to the neurons of a layer."""
    # as in LearningDense, Dense drops the lowest bit, so it gets 2 F and halves the sum
    return Dense(
        weights=network.feedback_weights(index) * 2,
        weight_exp=-1,
        num_weight_bits=8,
        sign_mode=SignMode.MIXED,
        num_message_bits=8,
        name=f"feedback_{index}",
    )


def _max_count(network: Network, index: int) -> int:
    """Return the largest message that a layer's synapses receive."""
    encoder = network.encoder
    return encoder.max_count if isinstance(encoder, FrameEncoder) and index == 0 else 1
