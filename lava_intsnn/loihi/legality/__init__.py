"""What a chip and this compiler take, decided in one place."""

from lava_intsnn.loihi.legality.check import check, nearest_legal
from lava_intsnn.loihi.legality.finding import Finding
from lava_intsnn.loihi.legality.learning_widths import TAG_UNIT, fraction_bits, largest_t_corr
from lava_intsnn.network.guarded import inference_network

__all__ = [
    "TAG_UNIT",
    "Finding",
    "check",
    "fraction_bits",
    "inference_network",
    "largest_t_corr",
    "nearest_legal",
]
