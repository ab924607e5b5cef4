"""The neurons of a network that learns in LearningDense."""

from __future__ import annotations

import lava_intsnn.lava_start  # noqa: F401  before anything of Lava

# isort: split
from typing import Any

from lava.magma.core.learning.learning_rule import Loihi3FLearningRule

from lava_intsnn.loihi.learning_engine.engine_rule import rule_of
from lava_intsnn.loihi.learning_engine.tick_schedule import TickSchedule
from lava_intsnn.network import Network
from lava_intsnn.processes.learning_neuron.process import LearningNeuron
from lava_intsnn.processes.learning_readout.process import LearningReadout


def learning_neurons(
    network: Network,
    index: int,
    schedule: TickSchedule,
    rule: Loihi3FLearningRule,
    *,
    slots: int,
    split: bool,
) -> LearningNeuron | LearningReadout:
    """Return the neurons of a layer: the readout for the last one.

    Parameters
    ----------
    network : Network
    index : int
        Number of the layer.
    schedule : TickSchedule
        That of the layer.
    rule : Loihi3FLearningRule
    slots : int
        Number of samples that the host may pass at once.
    split : bool
        Whether the third factor is two traces that may not be negative.
    """
    layer = network.layers[index]
    scales = rule_of(network, network.first_plastic)["scales"]
    common: dict[str, Any] = {
        "schedule": schedule,
        "learning_rule": rule,
        "gate": scales["y1"],
        "clear": scales["y3"],
        "split": split,
    }
    if index == len(network.layers) - 1:
        return LearningReadout(network=network, slots=slots, name="readout", **common)
    return LearningNeuron(
        shape=(layer.n_out,),
        neuron=layer.neuron,
        fb_shift=layer.fb_shift,
        v_fb_bits=network.feedback.v_fb_bits,
        name=f"hidden_{index}",
        **common,
    )
