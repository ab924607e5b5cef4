"""Where in a sample errors are computed, and which of its steps each of them is about."""

from __future__ import annotations

from typing import NamedTuple

from lava_intsnn.network.loss import Loss


class ErrorPoint(NamedTuple):
    """An error at the end of step ``last``, about the steps ``first .. last``.

    Counts, answers and eligibility are those of these steps. Traces and potentials go on from the
    sample's start.
    """

    first: int
    last: int

    @property
    def length(self) -> int:
        """Steps that the error is about."""
        return self.last - self.first + 1

    @property
    def count_shift(self) -> int:
        """Return ``floor(log2 length)``: what brings a spike count to the scale of ``alpha``."""
        return self.length.bit_length() - 1


def error_points(loss: Loss, steps: int) -> tuple[ErrorPoint, ...]:
    """Return the points of a sample of ``steps`` steps, the earliest first."""
    part = steps // loss.points
    ends = range(part - 1, steps, part)
    return tuple(
        ErrorPoint(0 if loss.window == "start" else last - part + 1, last) for last in ends
    )
