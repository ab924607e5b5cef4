"""What keeps a network from a netx file, each with the nearest fix."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lava_intsnn.arithmetic import DECAY_UNITY
from lava_intsnn.formats.exchange import layer_findings
from lava_intsnn.formats.netx.netx_neuron import bias_mantissa
from lava_intsnn.loihi.limits import LOIHI2
from lava_intsnn.loihi.microcode.errors import signed_range
from lava_intsnn.network import CUBA, Dense, Layer, Network, Neuron, NeuronEncoder
from lava_intsnn.network.cuba import NEVER_FIRES
from lava_intsnn.state import State

#: Range of a synaptic weight. With mixed signs it has one more bit, of which the last is zero.
W_MIN, W_MAX = signed_range(LOIHI2.weight_bits.value)
W_MIN_EVEN, W_MAX_EVEN = 2 * W_MIN, 2 * W_MAX


def findings(network: Network, state: State) -> list[str]:
    """Return everything in ``network`` that netx cannot hold."""
    found = layer_findings(
        network,
        neurons="netx has lava-dl's CUBA neuron alone",
        images="netx only flattens",
        kinds=(CUBA.kind, Neuron.kind),
    )
    found += _input_findings(network)
    if network.tie_break and network.layers[-1].neuron.vth != NEVER_FIRES:
        found.append(
            "tie_break = True: netx gives spikes alone, no potentials to break ties with; "
            "use lava_intsnn.loihi.inference_network(network)"
        )
    if network.precision.floating:
        found.append("precision fp32: netx holds integers; train with an integer precision")
        return found
    return found + [
        f"layer {index}: {text}"
        for index, layer in enumerate(network.layers)
        for text in _integer_findings(layer, state.w(network, index))
    ]


def _integer_findings(layer: Layer, w: np.ndarray) -> Iterator[str]:
    if layer.pool:
        yield (
            f"a pool of kind {layer.pool.kind!r}: netx has none; train with a larger stride in its "
            "place"
        )
        return
    if isinstance(layer.neuron, CUBA):
        yield from _cuba_findings(layer.neuron, layer)
    elif layer.neuron.guarded:
        yield from _number_findings(layer)
    else:
        yield (
            "its neurons floor their decay, lava-dl's truncate it above six guard bits: use "
            "lava_intsnn.loihi.inference_network(network), and evaluate again: a few spikes change"
        )
    if recurrence := layer.recurrence:
        if recurrence.source != "spikes":
            yield "recurrence on voltage: netx has it on spikes; use source='spikes'"
        if recurrence.shift:
            yield (
                f"recurrence shift = {recurrence.shift}: netx sums recurrent weights as they are; "
                "use shift=0 and smaller weights"
            )
        if layer.max_delay:
            yield (
                f"max_delay = {layer.max_delay} together with recurrence: lava-dl gives both kinds "
                "of synapses the same delays; use one or the other"
            )
    yield from _weight_findings(layer, w)


def _cuba_findings(neuron: CUBA, layer: Layer) -> Iterator[str]:
    if neuron.reset != "hard":
        yield "reset = 'soft': Lava's LIF resets to 0; train with reset='hard'"
    if neuron.refractory > 1:
        yield (
            f"refractory = {neuron.refractory}: lava-dl's netx ignores refractory delays; train "
            "with refractory=1"
        )
    if bias_mantissa(neuron) is None:
        yield (
            "bias: netx has its mantissa in the threshold's unit, 13 bits with the sign; use "
            "bias_exp=6 and a bias_mant from -4096 to 4095"
        )
    yield from _number_findings(layer)


def _number_findings(layer: Layer) -> Iterator[str]:
    for name in layer.neuron.own_numbers:
        if layer.rows % len(getattr(layer.neuron, name)):
            yield f"{name} that differs within a channel: netx has one a channel"


def _input_findings(network: Network) -> Iterator[str]:
    encoder = network.encoder
    if not isinstance(encoder, NeuronEncoder):
        return
    neuron = encoder.neuron
    if isinstance(neuron, CUBA):
        lasts = neuron.current_decay != DECAY_UNITY or neuron.bias_mant != 0
        other = neuron.reset != "hard" or neuron.refractory > 1
        if lasts or other or neuron.own_numbers:
            yield (
                "input neurons: netx feeds them by their bias alone; use current_decay=4096, no "
                "bias_mant, hard reset, refractory=1, and one number for all"
            )
    elif neuron.own_numbers:
        yield "input neurons: netx has one threshold and decay for all of them; use one number"
    elif neuron.kind != Neuron.kind or not neuron.guarded:
        yield "input neurons: netx has lava-dl's CUBA neuron alone; use a guarded or a CUBA neuron"


def _weight_findings(layer: Layer, w: np.ndarray) -> Iterator[str]:
    if layer.kind == Dense.kind:
        if not w.any():
            yield "all weights are 0: lava-dl divides by the largest; train first"
            return
        # Loaded alone, these are scaled up to -256, and a synapse without positive weights ends at
        # -255. This is a fault of lava-dl 0.6; Loihi could hold them.
        for part in (w[:, : layer.n_in], w[:, layer.n_in :]):
            if part.size and part.max() <= 0 and int(-part.min()).bit_count() == 1:
                yield (
                    f"no weight above 0, and a smallest one of {part.min()}, a power of two: "
                    "lava-dl would clip it; lower or raise that weight by one"
                )
                return
    low, high = int(w.min()), int(w.max())
    narrow = low >= W_MIN and high <= W_MAX
    even = low >= W_MIN_EVEN and high <= W_MAX_EVEN and not (w & 1).any()
    if not (narrow or even):
        yield (
            f"weights from {low} to {high}: netx holds {W_MIN} to {W_MAX}, or even ones from "
            f"{W_MIN_EVEN} to {W_MAX_EVEN}; use inference_bits=8 without headroom"
        )
