"""What a chip and this compiler take, decided in one place."""

from lava_intsnn.loihi.legality.check import check as check, nearest_legal as nearest_legal
from lava_intsnn.loihi.legality.finding import Finding as Finding
from lava_intsnn.loihi.legality.learning_widths import (
    TAG_UNIT as TAG_UNIT,
    fraction_bits as fraction_bits,
    largest_t_corr as largest_t_corr,
)
