"""What the chips hold: Loihi 1 and Loihi 2 as frozen tables, with a public source per number."""

from lava_intsnn.loihi.limits.limit import Limit, Limits
from lava_intsnn.loihi.limits.targets import LOIHI1, LOIHI2, TARGETS, limits_of
