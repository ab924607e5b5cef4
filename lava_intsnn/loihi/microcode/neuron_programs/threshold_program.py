"""Programs of converted networks: encoder, dynamic thresholds, accumulator.

They do what :mod:`lava_intsnn.conversion.spiking_reference` does. Thresholds are parameters of the
neurons, in one of two forms:

- a *table*, ``theta_1 .. theta_M``: the program counts those that the potential reaches;
- a *line*, ``theta_first`` and ``theta_step``: Theta_m is the smallest integer v with
  ``v << shift >= theta_first + (m - 1) theta_step``.

Registers: ``r0`` holds the potential, ``r1`` the net spikes so far, ``r2`` the result; others are
scratch.
"""

from __future__ import annotations

from collections.abc import Iterator

from lava_intsnn.loihi.microcode.isa import Instruction, ins
from lava_intsnn.loihi.microcode.names import (
    LEVEL,
    LOGIT,
    NET_SPIKES,
    POTENTIAL,
    SPIKE,
    SUM,
    THETA_FIRST,
    THETA_STEP,
    theta_name,
)

#: Constants that the programs name.
CONSTANTS = {"zero": 0, "one": 1, "minus_one": -1}

_V, _N, _RESULT = "r0", "r1", "r2"


def dynamic_table(levels: int, *, first: bool, graded: bool) -> Iterator[Instruction]:
    """Yield one step of a neuron with a table of ``levels`` thresholds.

    Thresholds never fall, so ``v >= Theta_(n+1)`` says that more than n are reached, and
    ``v < Theta_n`` that fewer are: the spike is the sign of the difference.
    """
    yield from _integrate(first=first)
    yield from _reached(levels)
    yield ins("SUB", _RESULT, _RESULT, _N, comment="thresholds reached, less spikes so far")
    yield ins("MIN", _RESULT, _RESULT, "one", comment="one spike a step")
    yield ins("MAX", _RESULT, _RESULT, "minus_one", comment="or one taken back")
    yield from _count_and_send(graded=graded)


def dynamic_line(shift: int, *, first: bool, graded: bool) -> Iterator[Instruction]:
    """Yield one step of a neuron whose thresholds lie on a line."""
    yield from _integrate(first=first)
    yield ins("READ", "r2", THETA_FIRST)
    yield ins("READ", "r3", THETA_STEP)
    yield ins("MUL_SHR", "r4", _N, "r3", 0)
    yield ins("ADD", "r4", "r4", "r2", comment="Theta_(n+1), scaled")
    yield ins("SHL", "r5", _V, shift)
    yield ins("GE", "p0", "r5", "r4", comment="the next threshold is reached")
    yield ins("SUB", "r4", "r4", "r3", comment="Theta_n, scaled")
    yield ins("LT", "p1", "r5", "r4", comment="below the last one")
    yield ins("GT", "p2", _N, "zero")
    yield ins("AND", "p1", "p1", "p2", comment="Theta_0 is minus infinity")
    yield ins("SEL", _RESULT, "p1", "minus_one", "zero")
    yield ins("SEL", _RESULT, "p0", "one", _RESULT)
    yield from _count_and_send(graded=graded)


def thermometer(levels: int, *, first: bool) -> Iterator[Instruction]:
    """Yield one step of the encoder: a spike of its ``amplitude`` while step < level."""
    if first:
        yield ins("RDC", _V, SUM, comment="the image enters once")
        yield from _reached(levels)
        yield ins("STORE", LEVEL, _RESULT)
    else:
        yield ins("READ", _RESULT, LEVEL)
    yield ins("GT", "p0", _RESULT, "step", comment="t < level")
    yield ins("SPIKE", SPIKE, "p0", "amplitude")


def accumulator(*, first: bool) -> Iterator[Instruction]:
    """Yield one step of the readout: acc += W s."""
    yield ins("RDC", "r0", SUM)
    if not first:
        yield ins("READ", "r1", LOGIT)
        yield ins("ADD", "r0", "r0", "r1")
    yield ins("STORE", LOGIT, "r0")


def _integrate(*, first: bool) -> Iterator[Instruction]:
    """Yield ``v += a``; a sample's first step finds v and n at 0, whatever was left there."""
    yield ins("RDC", _V, SUM, comment="a = W s")
    if not first:
        yield ins("READ", "r2", POTENTIAL)
        yield ins("ADD", _V, _V, "r2", comment="no leak, no reset")
    yield ins("STORE", POTENTIAL, _V)
    yield ins("MOV", _N, "zero") if first else ins("READ", _N, NET_SPIKES)


def _reached(levels: int) -> Iterator[Instruction]:
    """Yield what counts the thresholds that the potential reaches."""
    yield ins("MOV", _RESULT, "zero")
    for m in range(1, levels + 1):
        yield ins("READ", "r3", theta_name(m))
        yield ins("GE", "p0", _V, "r3")
        yield ins("SEL", "r3", "p0", "one", "zero")
        yield ins("ADD", _RESULT, _RESULT, "r3")


def _count_and_send(*, graded: bool) -> Iterator[Instruction]:
    """Yield the spike, of the group's ``amplitude`` where it is ``graded``."""
    yield ins("ADD", _N, _N, _RESULT)
    yield ins("STORE", NET_SPIKES, _N)
    yield ins("EQ", "p3", _RESULT, "zero")
    yield ins("NOT", "p3", "p3")
    if graded:
        yield ins("MUL_SHR", _RESULT, _RESULT, "amplitude", 0)
    yield ins("SPIKE", SPIKE, "p3", _RESULT, comment="1, or -1 to take one back")
