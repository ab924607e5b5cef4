"""What a network costs on a chip: operations, time and energy, with their uncertainty."""

from lava_intsnn.loihi.cost.cost import Cost as Cost, LayerCost as LayerCost
from lava_intsnn.loihi.cost.counts import (
    OperationCounts as OperationCounts,
    steps_per_sample as steps_per_sample,
)
from lava_intsnn.loihi.cost.estimate import estimate as estimate
from lava_intsnn.loihi.cost.figures import (
    FIGURES as FIGURES,
    SOURCES as SOURCES,
    Figure as Figure,
    Figures as Figures,
    Range as Range,
)
