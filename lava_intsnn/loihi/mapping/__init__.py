"""Which neuron goes to which core, and what lies where in a core's memory."""

from lava_intsnn.loihi.mapping.partition import partition
from lava_intsnn.loihi.mapping.placement import (
    AxonsIn,
    AxonsOut,
    Core,
    LayerPlacement,
    Overflow,
    Placement,
    Region,
)
