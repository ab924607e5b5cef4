"""Numbers of our own encoding: where nobody has published the chip's, or ours departs from it.

What the chips hold is in :mod:`.targets`. Each number here says how it differs and why.
"""

from __future__ import annotations

from lava_intsnn.loihi.limits.targets import LOIHI2

# Neuron programs. The instruction set of Loihi 2 is not published.
#: A register. It holds the sum of any two 24-bit numbers, and products shifted back.
REGISTER_BITS = 32
#: A postsynaptic trace. The chip's has no sign, and ours needs one: it carries errors.
TRACE_BITS = LOIHI2.y_trace_bits.value + 1
#: A graded input: a byte of a sample, though the chip's messages hold more.
INPUT_BITS = 8

# Learning rules, in units of our weights; a weight of Lava's counts twice ours.
#: Largest exponent of a product's scale: the chip's, one lower for the other unit.
RULE_EXPONENT_MAX = LOIHI2.rule_exponent_max.value - 1
#: Smallest exponent. The chip reaches to -8 in our unit and drops the bits of each product below
#: its accumulator; the virtual core keeps them until the sum is rounded, so it may go lower.
RULE_EXPONENT_MIN = -15

# Layout of a core's memory, of which nothing is published.
#: Room for neuron and learning programs, on chips that have microcode.
PROGRAM_BYTES = 2048
#: Thresholds, shifts and other constants of a core: 16 words of 32 bits.
PARAMETER_BYTES = 64
#: A constant that each neuron has for itself, such as its bias.
OWN_PARAMETER_BYTES = 4
#: An input axon: where its list starts, and how long it is.
AXON_IN_BYTES = 4
#: An output axon: core and axon it goes to. A spike message has 32 bits (Davies et al. 2021).
AXON_OUT_BYTES = 4
#: Postsynaptic traces that a rule of ours reads: the gate y1 and the third factor y2.
TRACES_PER_NEURON = 2
