"""What a neuron can compute."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.arithmetic import limit
from lava_intsnn.loihi.legality.change import in_neuron
from lava_intsnn.loihi.legality.finding import Finding, Question
from lava_intsnn.loihi.legality.proof import bounds_of
from lava_intsnn.network.neuron import GUARDED_STATE_BITS


def potential(question: Question) -> Iterator[Finding]:
    """Refuse potentials wider than ``voltage_bits``."""
    bits = question.target.voltage_bits.value
    for index, layer in enumerate(question.network.layers):
        neuron = layer.neuron
        if neuron.v_bits > bits:
            # a potential that saturates at its threshold would never fire
            vth = min(neuron.vth, (limit(bits) - 1) >> neuron.guard_bits)
            lower = f", vth {vth}" if vth < neuron.vth else ""
            yield Finding(
                layer=index,
                what="v_bits",
                found=str(neuron.v_bits),
                allowed=f"at most {bits}",
                nearest=f"{bits}{lower}",
                binds="hardware",
                mend=in_neuron(index, v_bits=bits, vth=vth),
            )


def fixed_function(question: Question) -> Iterator[Finding]:
    """Refuse all but Loihi's LIF, ``guarded`` here, where there is no microcode."""
    target = question.target
    if target.microcode.value:
        return
    for index, layer in enumerate(question.network.layers):
        neuron = layer.neuron
        if not neuron.guarded:
            vth = min(neuron.vth, (1 << target.threshold_bits.value) - 1)
            decay_shift = min(neuron.decay_shift, target.decay_bits.value)
            yield Finding(
                layer=index,
                what="neuron",
                found="computes without guard bits",
                allowed="its LIF alone, having no neuron programs",
                nearest=f"guarded = True, vth {vth}, decay_shift {decay_shift}",
                binds="hardware",
                mend=in_neuron(
                    index, guarded=True, v_bits=GUARDED_STATE_BITS, vth=vth, decay_shift=decay_shift
                ),
            )


def synaptic_sum(question: Question) -> Iterator[Finding]:
    """Refuse sums that could leave the accumulator: of LIF alone it is known how they wrap."""
    bits, proven = question.target.current_bits.value, bounds_of(question.network)
    if proven is None:
        return
    for index, layer in enumerate(question.network.layers):
        bound = proven.layers[index].a
        if not layer.neuron.guarded and bound > limit(bits):
            yield Finding(
                layer=index,
                what="synaptic sum",
                found=f"up to {bound}",
                allowed=f"at most {limit(bits)} ({bits} bits)",
                nearest="fewer inputs to a neuron",
                binds="hardware",
            )
