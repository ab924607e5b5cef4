"""What the chips hold: Loihi 1 and Loihi 2 as frozen tables, with a public source per number."""

from lava_intsnn.loihi.limits.limit import Limit as Limit, Limits as Limits
from lava_intsnn.loihi.limits.targets import (
    LOIHI1 as LOIHI1,
    LOIHI2 as LOIHI2,
    MOST_AXONS as MOST_AXONS,
    TARGETS as TARGETS,
    limits_of as limits_of,
    with_axons as with_axons,
)
