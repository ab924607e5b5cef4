"""From a network to neuron microcode."""

from lava_intsnn.loihi.microcode.compiler.compiler import compile
from lava_intsnn.loihi.microcode.compiler.names import block_name, group_name
from lava_intsnn.loihi.microcode.compiler.single import compile_layer
from lava_intsnn.loihi.schedule import Schedule

__all__ = ["Schedule", "block_name", "compile", "compile_layer", "group_name"]
