"""Networks of your own shape, with every integer of them chosen by rule.

>>> import lava_intsnn as ls
>>> train = ls.data.digits("train")
>>> network = ls.networks.dense((64, 128, 10), data=train)
>>> network.shape
(64, 128, 10)

The rule and the measurements behind it are in ``docs/tuning.md``.
"""

from lava_intsnn.networks.chosen import conv, dense
from lava_intsnn.networks.first_look import FirstLook, LayerLook, preflight
from lava_intsnn.networks.integer_rule import InputLevel, input_level
from lava_intsnn.networks.local_removal import without_local_readouts
from lava_intsnn.networks.pool_removal import without_pools
from lava_intsnn.networks.readout_choice import with_readout

__all__ = [
    "FirstLook",
    "InputLevel",
    "LayerLook",
    "conv",
    "dense",
    "input_level",
    "preflight",
    "with_readout",
    "without_local_readouts",
    "without_pools",
]
