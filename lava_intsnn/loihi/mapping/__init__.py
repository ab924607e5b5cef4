"""Which neuron goes to which core, and what lies where in a core's memory."""

from lava_intsnn.loihi.mapping.partition import partition as partition
from lava_intsnn.loihi.mapping.placement import (
    AxonsIn as AxonsIn,
    AxonsOut as AxonsOut,
    Core as Core,
    LayerPlacement as LayerPlacement,
    Overflow as Overflow,
    Placement as Placement,
    Region as Region,
)
