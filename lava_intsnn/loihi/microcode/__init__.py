"""Neuron microcode: instruction set, programs, their text and binary forms, a virtual core."""

from lava_intsnn.loihi.microcode.assembler import assemble
from lava_intsnn.loihi.microcode.binary import decode, encode
from lava_intsnn.loihi.microcode.core import Counts, GroupCore
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.group import (
    Axon,
    Constant,
    Group,
    Phase,
    Port,
    Slot,
    State,
)
from lava_intsnn.loihi.microcode.image import Image, SynapseData, digest
from lava_intsnn.loihi.microcode.isa import Instruction, Op, ins
from lava_intsnn.loihi.microcode.listing import disassemble
from lava_intsnn.loihi.microcode.program import ConvGeometry, Input, Program, SynapseBlock
from lava_intsnn.loihi.microcode.rule import LearningRule, Product, SumOfProducts

__all__ = [
    "Axon",
    "Constant",
    "ConvGeometry",
    "Counts",
    "Group",
    "GroupCore",
    "Image",
    "Input",
    "Instruction",
    "LearningRule",
    "MicrocodeError",
    "Op",
    "Phase",
    "Port",
    "Product",
    "Program",
    "Slot",
    "State",
    "SumOfProducts",
    "SynapseBlock",
    "SynapseData",
    "assemble",
    "decode",
    "digest",
    "disassemble",
    "encode",
    "ins",
]
