"""Neuron microcode: instruction set, programs, their text and binary forms, a virtual core."""

from lava_intsnn.loihi.microcode.assembler import assemble
from lava_intsnn.loihi.microcode.binary import decode, encode
from lava_intsnn.loihi.microcode.errors import MicrocodeError
from lava_intsnn.loihi.microcode.group import (
    Axon,
    Constant,
    Group,
    GroupState,
    Phase,
    Port,
    Slot,
)
from lava_intsnn.loihi.microcode.image import Image, SynapseData, digest
from lava_intsnn.loihi.microcode.isa import Instruction, Op, ins
from lava_intsnn.loihi.microcode.listing import disassemble
from lava_intsnn.loihi.microcode.program import ConvGeometry, Input, Program, SynapseBlock
from lava_intsnn.loihi.microcode.sum_of_products import LearningRule, Product, SumOfProducts
from lava_intsnn.loihi.microcode.virtual_core import CoreCounts, GroupCore
