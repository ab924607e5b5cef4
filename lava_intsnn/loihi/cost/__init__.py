"""What a network costs on a chip: operations, time and energy, with their uncertainty."""

from lava_intsnn.loihi.cost.cost import Cost, LayerCost
from lava_intsnn.loihi.cost.counts import OperationCounts, steps_per_sample
from lava_intsnn.loihi.cost.estimate import estimate
from lava_intsnn.loihi.cost.figures import FIGURES, SOURCES, Figure, Figures, Range
