"""From a network to neuron microcode."""

from lava_intsnn.loihi.microcode.compiler.compiler import compile_network
from lava_intsnn.loihi.microcode.compiler.names import block_name, group_name
from lava_intsnn.loihi.microcode.compiler.schedule import Schedule

__all__ = ["Schedule", "block_name", "compile_network", "group_name"]
