"""Neuron microcode: instruction set, programs, their text and binary forms, a virtual core."""

from lava_intsnn.loihi.microcode.assembler import assemble as assemble
from lava_intsnn.loihi.microcode.binary import decode as decode, encode as encode
from lava_intsnn.loihi.microcode.errors import MicrocodeError as MicrocodeError
from lava_intsnn.loihi.microcode.group import (
    Axon as Axon,
    Constant as Constant,
    Group as Group,
    GroupState as GroupState,
    Phase as Phase,
    Port as Port,
    Slot as Slot,
)
from lava_intsnn.loihi.microcode.image import (
    Image as Image,
    SynapseData as SynapseData,
    digest as digest,
)
from lava_intsnn.loihi.microcode.isa import Instruction as Instruction, Op as Op, ins as ins
from lava_intsnn.loihi.microcode.listing import disassemble as disassemble
from lava_intsnn.loihi.microcode.program import (
    ConvGeometry as ConvGeometry,
    Input as Input,
    Program as Program,
    SynapseBlock as SynapseBlock,
)
from lava_intsnn.loihi.microcode.sum_of_products import (
    LearningRule as LearningRule,
    Product as Product,
    SumOfProducts as SumOfProducts,
)
from lava_intsnn.loihi.microcode.virtual_core import (
    CoreCounts as CoreCounts,
    GroupCore as GroupCore,
)
