"""The programs of Loihi's neuron, with and without an adaptation, as in the reference."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from lava_intsnn.arithmetic import DECAY_BITS, DECAY_UNITY
from lava_intsnn.loihi.limits.encoding import REGISTER_BITS
from lava_intsnn.loihi.microcode.isa import Instruction, ins
from lava_intsnn.loihi.microcode.names import POTENTIAL
from lava_intsnn.loihi.microcode.neuron_programs.alif_program import (
    adapt,
    adaptation_constants,
    adapted_threshold,
    raise_threshold,
)
from lava_intsnn.loihi.microcode.neuron_programs.neuron_steps import (
    FIRES,
    WRAP_CONSTANTS,
    Constants,
    NeuronProgram,
    V,
    constant_of,
    gate_and_fire,
    scaled_toward_zero,
    synaptic_sum,
    wrap,
)
from lava_intsnn.network import CUBA, AdaptiveCUBA
from lava_intsnn.network.per_neuron import numbers

if TYPE_CHECKING:
    from lava_intsnn.loihi.microcode.compiler.part import Part

_CURRENT, _COUNT = "u", "refractory"  # states
_U, _KEPT, _WAIT = "r1", "r3", "r4"  # registers
_WAITS, _FREE = "p3", "p4"  # flags


def _constants(part: Part) -> Constants:
    neuron = _cuba(part)
    guard = 1 << neuron.guard_bits

    of = partial(constant_of, part)
    table: Constants = {"zero": 0, "one": 1, "vth": of(neuron.vth, lambda vth: vth * guard)}
    for name, decay in (("keep_u", neuron.current_decay), ("keep_v", neuron.voltage_decay)):
        if _shift(decay) is None:
            table[name] = of(decay, lambda decay: DECAY_UNITY - decay)
    if neuron.bias_max:
        table["bias"] = of(neuron.bias_mant, lambda mant: mant << neuron.bias_exp)
    if neuron.refractory > 1:
        table["delay"] = neuron.refractory - 1
    if part.plastic:  # no threshold is further from a potential than a register holds
        table["window"] = min(neuron.window * guard, (1 << (REGISTER_BITS - 1)) - 1)
    if _current_may_wrap(part):
        table |= WRAP_CONSTANTS
    return table


def _adaptive_constants(part: Part) -> Constants:
    neuron = part.neuron
    assert isinstance(neuron, AdaptiveCUBA)
    return _constants(part) | adaptation_constants(part)


def _step(part: Part, *, first: bool) -> Iterator[Instruction]:
    """Yield the program of one step: charge, gate, fire, reset."""
    yield from _charge(part, first=first)
    yield from _fire(part, "vth", first=first)


def _adaptive_step(part: Part, *, first: bool) -> Iterator[Instruction]:
    """Yield the program of one step, with a threshold that adapts."""
    yield from _charge(part, first=first)
    yield from raise_threshold(part, first=first)
    yield from _fire(part, adapted_threshold(first=first), first=first)
    yield from adapt(part, first=first)


def _charge(part: Part, *, first: bool) -> Iterator[Instruction]:
    """Yield what makes current and voltage before the reset; both are 0 as a sample begins."""
    neuron = _cuba(part)
    yield from synaptic_sum(part, _U, first=first)
    if not first and _lasts(neuron.current_decay):
        yield ins("READ", _KEPT, _CURRENT)
        yield from _decay(_KEPT, neuron.current_decay, "keep_u")
        yield ins("ADD", _U, _U, _KEPT, comment="u = (1 - du) u + a")
    if _current_may_wrap(part):
        yield from wrap(_U)
    yield ins("STORE", _CURRENT, _U)
    if first or not _lasts(neuron.voltage_decay):
        yield ins("MOV", V, _U)
    else:
        yield ins("READ", V, POTENTIAL)
        yield from _decay(V, neuron.voltage_decay, "keep_v")
        yield ins("ADD", V, V, _U, comment="v = (1 - dv) v + u")
    if neuron.bias_max:
        yield ins("ADD", V, V, "bias")
    yield ins("SAT", V, V, neuron.v_bits)
    if neuron.refractory > 1 and not first:
        yield ins("READ", _WAIT, _COUNT)
        yield ins("GT", _WAITS, _WAIT, "zero")
        yield ins("NOT", _FREE, _WAITS)
        yield ins("READ", _KEPT, POTENTIAL)
        yield ins("SEL", V, _WAITS, _KEPT, V, comment="v is held after a spike")


def _fire(part: Part, threshold: str, *, first: bool) -> Iterator[Instruction]:
    """Yield gate, spike, reset and the refractory count."""
    neuron = _cuba(part)
    counts = neuron.refractory > 1
    free = _FREE if counts and not first else None
    soft = neuron.reset == "soft"
    yield from gate_and_fire(part, threshold=threshold, soft=soft, free=free)
    if not counts:
        return
    left = "zero" if first else _WAIT
    if not first:
        yield ins("SUB", _WAIT, _WAIT, "one")
        yield ins("MAX", _WAIT, _WAIT, "zero")
    yield ins("SEL", _WAIT, FIRES, "delay", left, comment="steps without a spike")
    yield ins("STORE", _COUNT, _WAIT)


def _decay(register: str, decay: int | tuple[int, ...], keep: str) -> Iterator[Instruction]:
    """Yield a decay toward zero: a shift where the factor is a power of two, else a product."""
    shift = _shift(decay)
    if shift is not None:
        if shift:
            yield ins("SHZ", register, register, shift)
        return
    yield from scaled_toward_zero(register, keep, DECAY_BITS)


def _shift(decay: int | tuple[int, ...]) -> int | None:
    """Return the shift that is the decay of all neurons, if there is one; also where all goes."""
    kept = {DECAY_UNITY - value for value in numbers(decay)}
    power = kept.pop()
    if kept or power & (power - 1):
        return None
    return DECAY_BITS + 1 - power.bit_length()


def _lasts(decay: int | tuple[int, ...]) -> bool:
    return min(numbers(decay)) < DECAY_UNITY


def _current_may_wrap(part: Part) -> bool:
    return any(state.policy == "wrap" for state in part.bounds.states)


def _cuba(part: Part) -> CUBA:
    assert isinstance(part.neuron, CUBA)
    return part.neuron


PROGRAM = NeuronProgram(constants=_constants, step=_step)
ADAPTIVE_PROGRAM = NeuronProgram(constants=_adaptive_constants, step=_adaptive_step)
