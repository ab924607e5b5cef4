"""What a chip and this compiler take, decided in one place."""

from lava_intsnn.loihi.legality.check import check, nearest_legal
from lava_intsnn.loihi.legality.finding import Finding
from lava_intsnn.loihi.legality.learning_widths import TAG_UNIT, fraction_bits, largest_t_corr
