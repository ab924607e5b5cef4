"""What the parts of a compiled network are called."""

from __future__ import annotations

import re

from lava_intsnn.network import Network

#: The input that carries a sample; and, of a layer compiled alone, the one that brings the error.
INPUT, ERROR_INPUT = "input", "error_in"
#: Ports: synaptic sum, recurrent sum, feedback sum, label from the host.
SUM, RECURRENT, FEEDBACK, LABEL = "a", "recurrent", "feedback", "label"
#: States: membrane potential, spikes so far.
POTENTIAL, COUNT = "v", "count"
#: States of a converted network: steps that an encoder spikes, net spikes, the logit.
LEVEL, NET_SPIKES, LOGIT = "level", "n", "acc"
#: Parameters of its neurons, of thresholds that lie on a line.
THETA_FIRST, THETA_STEP = "theta_first", "theta_step"
#: Axons: spikes to the next layer, the error to all hidden layers.
SPIKE, ERROR = "spike", "error"


def theta_name(m: int) -> str:
    """Return the name of the parameter that is threshold ``m`` of a table, from 1."""
    return f"theta_{m}"


def program_name(network: Network) -> str:
    """Return the network's name with what a program's may not have replaced by ``_``."""
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", network.name)
    return name if re.match(r"[A-Za-z_]", name) else f"_{name}"


def group_name(network: Network, layer: int) -> str:
    """Return the name of the group that is layer ``layer``.

    ``hidden_0`` ..., ``readout``; ``local_0`` for a local readout of layer 0.
    """
    if layer >= len(network.layers):
        return f"local_{network.sources[layer]}"
    return "readout" if layer == len(network.layers) - 1 else f"hidden_{layer}"


def block_name(group: str, port: str) -> str:
    """Return the name of the synapses into ``port`` of ``group``."""
    return f"{group}.{port}"
