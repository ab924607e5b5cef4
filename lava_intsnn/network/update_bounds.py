"""What int64 must hold of the updates that a batch sums."""

from __future__ import annotations

from lava_intsnn.arithmetic import NORMALISED_BITS
from lava_intsnn.network.layer import Layer

#: Largest learning-rate shift a schedule may reach.
MAX_LR_SHIFT = 40
#: Rounding adds less than this to ``delta`` before it shifts, and the sum must stay in int64.
ROUNDING_HEADROOM = 1 << MAX_LR_SHIFT


def update_sums(layer: Layer, delta: int, delta_d: int = 0) -> dict[str, tuple[int, str]]:
    """Return what int64 must hold of an update whose sum over a batch reaches ``delta``.

    ``delta_d`` is what that of delays reaches, where they learn.

    Returns
    -------
    dict
        Name -> largest magnitude, and what else would make it fit: the sum with its rounding, and
        where updates are normalised the sum before it is divided.
    """
    sums = {"summed update delta": (delta + ROUNDING_HEADROOM, "")}
    if layer.plastic and layer.normalise:
        raised = f"summed update delta * 2**{NORMALISED_BITS}, which is normalised,"
        sums[raised] = (delta << NORMALISED_BITS, ", or give normalise = False")
    if layer.learns_delays:
        sums["summed update delta_d"] = (delta_d + ROUNDING_HEADROOM, "")
    return sums
