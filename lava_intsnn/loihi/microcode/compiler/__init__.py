"""From a network to neuron microcode."""

from lava_intsnn.loihi.core_schedule import CoreSchedule as CoreSchedule
from lava_intsnn.loihi.microcode.compiler.compiler import compile as compile
from lava_intsnn.loihi.microcode.compiler.single import compile_layer as compile_layer
from lava_intsnn.loihi.microcode.names import block_name as block_name, group_name as group_name
