"""What lava-dl makes of a file's dense weights before Lava's Dense computes with them.

``lava.lib.dl.netx.utils.optimize_weight_bits`` clips them, finds their sign and scales them up to
eight bits; ``PyDenseModelBitAcc`` finds the sign anew, clips and drops low bits, and shifts sums
back. Weights that pass unchanged are most of them, but not all.
"""

from __future__ import annotations

import numpy as np

from lava_intsnn.arithmetic import shift_floor
from lava_intsnn.formats.netx.netx_fields import UnfitLayer

#: What weights of mixed signs are clipped to.
CLIP_MIN, CLIP_MAX = -256, 254
#: Bits of a weight, without the one that mixed signs add.
_BITS = 8


def weights_in_lava(w: np.ndarray, *, split: int | None = None) -> tuple[np.ndarray, list[str]]:
    """Return the weights that lava-dl's network computes with, and notes on what it changed.

    Parameters
    ----------
    w : int64 (n_out, n_in)
        As the file holds them.
    split : int or None
        Where recurrent columns begin, which are scaled together with the others and then become
        synapses of their own.

    Returns
    -------
    weights : int64 (n_out, n_in)
    notes : list of str

    Raises
    ------
    UnfitLayer
        If they all have one sign and one is beyond eight bits, which lava-dl loses altogether.
    """
    if not w.any():
        return w, ["all weights are 0, at which lava-dl stops"]
    low, high = int(w.min()), int(w.max())
    notes = []
    if (low >= 0 and high > 255) or (high < 0 and low < -256) or (high == 0 and low < -256):
        raise UnfitLayer(
            f"weights from {low} to {high}: of one sign and beyond 8 bits, which lava-dl scales to "
            "nothing; scale the network down"
        )
    if low < CLIP_MIN or high > CLIP_MAX:
        clipped = np.clip(w, CLIP_MIN, CLIP_MAX) if low < 0 else w
        if count := int(np.count_nonzero(clipped != w)):
            notes.append(
                f"{count} of {w.size} weights are beyond {CLIP_MIN}..{CLIP_MAX} and are clipped, "
                "as lava-dl clips them"
            )
        w = clipped
    scale_bits, weight_bits = _format(w)
    scaled = w << scale_bits
    held = np.hstack(
        [
            _in_dense(part, weight_bits)
            for part in np.hsplit(scaled, [] if split is None else [split])
        ]
    )
    exact = shift_floor(held, scale_bits)
    if ((exact << scale_bits) != held).any():
        # -255 in place of -256, alone or in sums that are shifted back: no weight does that
        notes.append(
            f"weights of {low} without any above 0 lose a part of their last bit in Lava's Dense; "
            "here they are whole"
        )
        return w, notes
    if count := int(np.count_nonzero(exact != w)):
        notes.append(f"{count} of {w.size} weights lose their lowest bit, as in Lava's Dense")
    return exact, notes


def _format(w: np.ndarray) -> tuple[int, int]:
    """Return by how many bits weights are scaled up, and how many bits are kept of them."""
    low, high = int(w.min()), int(w.max())
    signed = int(low < 0 <= high)
    if signed:
        scale = min(127 / high if high else np.inf, -128 / low)
    else:
        scale = 255 / high if low >= 0 else -256 / low
    scale_bits = int(np.floor(np.log2(scale))) + signed
    common = next((n for n in range(_BITS, 0, -1) if not (w & ((1 << n) - 1)).any()), 0)
    return scale_bits, _BITS - scale_bits - (common - signed)


def _in_dense(scaled: np.ndarray, weight_bits: int) -> np.ndarray:
    """Return scaled weights as ``PyDenseModelBitAcc`` clips and truncates them."""
    low, high = int(scaled.min()), int(scaled.max())
    if low == high == 0:
        return scaled
    mixed = low < 0 < high
    sign = -1 if low < 0 and not mixed else 1
    least = -(1 << _BITS) if mixed else 0
    held = np.clip(sign * scaled, least, (1 << _BITS) - 1)
    dropped = _BITS - weight_bits + int(mixed)
    if dropped < 0:  # Lava shifts by a negative number
        raise UnfitLayer(
            f"weights from {low} to {high}: of one sign and of more bits than Lava's Dense keeps, "
            "which makes them 0; scale the network down"
        )
    return sign * (shift_floor(held, dropped) << dropped)
