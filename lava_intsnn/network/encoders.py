"""How samples become spikes or counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from lava_intsnn.field_checks import Checked, Within
from lava_intsnn.network.errors import NetworkError

#: Step of the low-discrepancy rate code: odd multiples of it visit every byte most evenly.
LOW_DISCREPANCY_STEP = 158


@dataclass(frozen=True, kw_only=True)
class RateEncoder(Checked, refusal=NetworkError):
    """Turns a byte per input into ``T`` binary spikes.

    Parameters
    ----------
    kind : {"low_discrepancy", "random"}
        ``"random"``: spike where ``pixel > r_t`` with a fresh random byte each step.
        ``"low_discrepancy"``: spike where ``pixel > (r + 158 t) & 255`` with one random byte per
        pixel and sample: the same rate with less variance, and cheaper.
    """

    kind: Literal["low_discrepancy", "random"] = "low_discrepancy"


@dataclass(frozen=True, kw_only=True)
class FrameEncoder(Checked, refusal=NetworkError):
    """Graded input: a sample is ``T`` frames of one byte per input, taken as it is.

    ``x[t, i] = min(sample[t * n_in + i], max_count)``: spike counts of recordings binned to frames,
    such as spoken digits.

    Parameters
    ----------
    max_count : int
        Largest value that occurs; larger ones are cut.
    """

    kind: Literal["frames"] = "frames"
    max_count: Annotated[int, Within(1, 255)] = 255
