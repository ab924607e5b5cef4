"""Numbers Loihi 2 has from Loihi 1, as far as the public can read.

Lava's fixed-point models are written for both chips; where Intel publishes no other figure for
Loihi 2, these hold for it, too.
"""

from __future__ import annotations

from lava_intsnn.loihi.limits.limit import Limit
from lava_intsnn.loihi.limits.sources import OWN_CHOICE

#: Field of the table -> its limit.
SHARED = {
    "memory_word_bits": Limit(
        64, "bits", "Davies 2018", "synaptic memory is read in words; each list starts at a new one"
    ),
    "weight_bits": Limit(
        8,
        "bits, signed",
        "lava dense",
        "a synapse stores 8 bits; of 9-bit mixed-sign weights the lowest bit is always 0, so even "
        "weights of 9 bits run, too",
    ),
    "delay_max": Limit(62, "steps", "lava-dl netx", "6 bits; netx refuses delays above 62"),
    "voltage_bits": Limit(24, "bits, signed", "lava lif", "saturates"),
    "current_bits": Limit(24, "bits, signed", "lava lif", "wraps around"),
    "decay_bits": Limit(
        12,
        "bits",
        "lava lif",
        "the state keeps (4096 - decay) / 4096 a step; a user saw a Loihi 1 chip differ (lava#322)",
    ),
    "threshold_bits": Limit(
        17, "bits, unsigned", "lava lif", "mantissa; a user saw a Loihi 1 chip differ (lava#322)"
    ),
    "bias_bits": Limit(13, "bits, signed", "lava lif", "mantissa"),
    "threshold_exponent": Limit(6, "power of 2", "lava lif", "fixed"),
    "plastic_weight_bits": Limit(
        9,
        "bits, signed",
        "lava learning",
        "W_WEIGHTS_S; holds 2 w, since the lowest bit is not stored",
    ),
    "tag_bits": Limit(9, "bits, signed", "lava learning", "W_TAG_1_S"),
    "x_trace_bits": Limit(
        7,
        "bits, unsigned",
        "lava learning",
        "W_TRACE; x1 and x2; traces that do not decay are an open request (lava#658)",
    ),
    "y_trace_bits": Limit(7, "bits, unsigned", "lava learning", "W_TRACE; y1, y2 and y3"),
    "accumulator_bits": Limit(
        16,
        "bits, signed",
        "lava learning",
        "W_ACCUMULATOR_S; its lower bits are fractions of a weight",
    ),
    "rule_terms": Limit(
        8,
        "products",
        OWN_CHOICE,
        "of one rule; Davies 2018 has a sum of products of no stated number, Lava takes any: "
        "no public figure, our own conservative choice",
    ),
    "rule_factors": Limit(
        3, "factors", OWN_CHOICE, "of one product: no public figure, our own conservative choice"
    ),
    "rule_mantissa_bits": Limit(4, "bits, signed", "lava rule", "scale of a product: -8..7"),
    "rule_exponent_min": Limit(-7, "power of 2", "lava rule", "scale of a product"),
    "rule_exponent_max": Limit(8, "power of 2", "lava rule", "scale of a product"),
}
