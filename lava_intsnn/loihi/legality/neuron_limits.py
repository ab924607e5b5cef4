"""What a neuron can compute."""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.arithmetic import limit
from lava_intsnn.loihi.legality.change import refuse
from lava_intsnn.loihi.legality.finding import Finding, Question
from lava_intsnn.loihi.legality.proof import bounds_of
from lava_intsnn.loihi.limits import Limits
from lava_intsnn.loihi.microcode.errors import signed_range
from lava_intsnn.loihi.microcode.neuron_programs import PROGRAMS
from lava_intsnn.network import CUBA, Neuron
from lava_intsnn.network.per_neuron import capped, numbers

#: Kind of the neuron that chips without programs have.
FIXED_NEURON = "lif"


def kind(question: Question) -> Iterator[Finding]:
    """Refuse neurons whose equation this compiler has no program for."""
    if not question.target.microcode.value:
        return  # see fixed_function
    for index, layer in enumerate(question.layers):
        if layer.neuron.kind not in PROGRAMS:
            yield Finding(
                layer=index,
                what="neuron kind",
                found=layer.neuron.kind,
                allowed=f"{', '.join(PROGRAMS)}, having no program for others",
                nearest="run it in the other executors"
                if layer.neuron.fires
                else "neurons that spike and are counted, or run it in the other executors",
                binds="compiler",
            )


def potential(question: Question) -> Iterator[Finding]:
    """Refuse potentials wider than ``voltage_bits``."""
    network, bits = question.network, question.target.voltage_bits.value
    for index, layer in enumerate(question.layers):
        neuron = layer.neuron
        if isinstance(neuron, Neuron) and neuron.v_bits > bits:
            # a potential that saturates at its threshold would never fire
            vth = capped(neuron.vth, (limit(bits) - 1) >> neuron.guard_bits)
            yield refuse(
                network,
                *("layers", index, "neuron", "v_bits"),
                to=bits,
                vth=vth,
                allowed=f"at most {bits}",
                nearest=f"{bits}, vth {vth}" if vth != neuron.vth else str(bits),
            )


def fixed_function(question: Question) -> Iterator[Finding]:
    """Refuse all but Loihi's LIF, ``guarded`` here, where there is no microcode."""
    network, target = question.network, question.target
    if target.microcode.value:
        return
    for index, layer in enumerate(question.layers):
        neuron, allowed = layer.neuron, "its LIF alone, having no neuron programs"
        if neuron.kind == CUBA.kind:
            continue  # see cuba
        if not isinstance(neuron, Neuron) or neuron.kind != FIXED_NEURON:
            yield Finding(
                layer=index,
                what="neuron kind",
                found=neuron.kind,
                allowed=allowed,
                nearest="compile for loihi2",
                binds="hardware",
            )
        elif neuron.guard_bits != target.threshold_exponent.value:
            vth = capped(neuron.vth, neuron_vth(target))
            decay_shift = capped(neuron.decay_shift, target.decay_bits.value)
            yield refuse(
                network,
                *("layers", index, "neuron", "guarded"),
                to=True,
                v_bits=target.voltage_bits.value,
                vth=vth,
                decay_shift=decay_shift,
                what="neuron",
                found="computes without guard bits",
                allowed=allowed,
                nearest=f"guarded = True, vth {vth}, decay_shift {decay_shift}",
            )


def cuba(question: Question) -> Iterator[Finding]:
    """Refuse what Loihi's own neuron has no bits for, and on Loihi 1 what takes a program."""
    target, bits = question.target, question.target.bias_bits.value
    least, most = signed_range(bits)
    for index, layer in enumerate(question.layers):
        neuron, where = layer.neuron, ("layers", index, "neuron")
        if not isinstance(neuron, CUBA):
            continue
        mantissas = numbers(neuron.bias_mant)
        if not least <= min(mantissas) <= max(mantissas) <= most:
            yield Finding(
                layer=index,
                what="bias_mant",
                found=f"{min(mantissas)}..{max(mantissas)}",
                allowed=f"{least}..{most} ({bits} bits, signed)",
                nearest="a larger bias_exp, or smaller weights",
                binds="hardware",
            )
        if target.microcode.value:
            continue
        if neuron.reset != "hard":
            allowed = "hard, having no neuron programs"
            yield refuse(question.network, *where, "reset", to="hard", allowed=allowed)
        if min(numbers(neuron.current_decay)) == 0:
            allowed = "1..4096: the chip adds 1 to the current's decay"
            yield refuse(question.network, *where, "current_decay", to=1, allowed=allowed)
        if max(numbers(neuron.vth)) > neuron_vth(target):
            allowed = f"at most {neuron_vth(target)}"
            yield refuse(question.network, *where, "vth", to=neuron_vth(target), allowed=allowed)


def neuron_vth(target: Limits) -> int:
    """Largest threshold that the chip's own neuron holds."""
    return (1 << target.threshold_bits.value) - 1


def synaptic_sum(question: Question) -> Iterator[Finding]:
    """Refuse sums that could leave the accumulator: of LIF alone it is known how they wrap."""
    bits, proven = question.target.current_bits.value, bounds_of(question.network)
    if proven is None:
        return
    for index, layer in enumerate(question.layers):
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
