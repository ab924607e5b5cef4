"""How the thresholds of a layer lie in its neurons' memory: a table, or a line of two numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from lava_intsnn.field_checks import short_repr
from lava_intsnn.loihi.limits.encoding import REGISTER_BITS
from lava_intsnn.loihi.microcode.isa import Instruction
from lava_intsnn.loihi.microcode.names import THETA_FIRST, THETA_STEP, theta_name
from lava_intsnn.loihi.microcode.neuron_programs import threshold_program

#: Stands for no bound: far beyond a register, and differences of two stay in 64 bits.
_FREE = 1 << 61


# eq=False: arrays have no single truth value, and identity is what callers mean.
@dataclass(frozen=True, eq=False)
class StoredThresholds:
    """The thresholds 1..levels of all channels, as the neurons' parameters.

    Parameters
    ----------
    levels : int
        What the program tells apart: counts 0..levels.
    parameters : dict of str to int64 (O,)
        Name of the state -> a number of every channel.
    shift : int or None
        Of a line: potentials are compared ``2**shift`` times as large. None of a table.
    """

    levels: int
    parameters: dict[str, npt.NDArray[np.int64]] = field(repr=False)
    shift: int | None = None

    __repr__ = short_repr

    @property
    def form(self) -> str:
        """``"line"`` or ``"table"``."""
        return "table" if self.shift is None else "line"

    @property
    def widths(self) -> dict[str, int]:
        """Signed bits of every parameter."""
        return {name: bits_for(*_ends(numbers)) for name, numbers in self.parameters.items()}

    @property
    def bytes(self) -> int:
        """Bytes of a neuron's parameters, each in whole bytes."""
        return sum(-(-bits // 8) for bits in self.widths.values())

    def code(self, *, first: bool, graded: bool) -> Iterator[Instruction]:
        """Yield one step of the dynamic-threshold neuron with these thresholds."""
        if self.shift is None:
            return threshold_program.dynamic_table(self.levels, first=first, graded=graded)
        return threshold_program.dynamic_line(self.shift, first=first, graded=graded)


def stored(
    thresholds: npt.NDArray[np.int64], *, levels: int, bound: int, state_bits: int
) -> StoredThresholds:
    """Return the smaller form: a line if one has the same staircase in every channel.

    Parameters
    ----------
    thresholds : (O, M) int64 array
        Rows must not fall.
    levels : int
        Largest count that can occur, at most M.
    bound : int
        Largest magnitude of a potential.
    state_bits : int
        Width of a neuron's word, which a line's numbers must not exceed.
    """
    rows = _table(thresholds, levels, bound)
    on_line = line(rows, bound=bound, state_bits=state_bits)
    return on_line if on_line is not None and on_line.bytes < rows.bytes else rows


def table(thresholds: npt.NDArray[np.int64], *, levels: int, bound: int) -> StoredThresholds:
    """Return the table, for the encoder; parameters as in :func:`stored`."""
    return _table(thresholds, levels, bound)


def bits_for(low: int, high: int) -> int:
    """Return the fewest signed bits, at least 2, of all numbers in ``low..high``."""
    return max(2, (-low - 1).bit_length() + 1 if low < 0 else 0, max(high, 0).bit_length() + 1)


def _table(thresholds: npt.NDArray[np.int64], levels: int, bound: int) -> StoredThresholds:
    # what no potential reaches, or every one does, stays so
    rows = np.clip(thresholds[:, :levels], -bound, bound + 1)
    return StoredThresholds(levels, {theta_name(m + 1): rows[:, m] for m in range(levels)})


def line(rows: StoredThresholds, *, bound: int, state_bits: int) -> StoredThresholds | None:
    """Return the line with the smallest scale that has the same staircase, None if there is none.

    ``first + (m - 1) step`` must lie in ``S (Theta_m - 1) + 1 .. S Theta_m``. Any two levels bound
    the step, and between these bounds the levels' intervals have a point in common.
    """
    theta = np.stack(list(rows.parameters.values()), axis=1)  # (O, M)
    m = np.arange(rows.levels)
    distance = m[None, :] - m[:, None]  # (i, j): levels from i to j
    later = distance > 0
    most = 1 << (state_bits - 1)
    for shift in range(REGISTER_BITS - 1 - bits_for(-bound, bound + 1)):
        low = np.where(theta > -bound, ((theta - 1) << shift) + 1, -_FREE)
        high = np.where(theta <= bound, theta << shift, _FREE)
        least, greatest = _steps(low, high, distance, later)
        step = np.maximum(least, 0)
        if (step > greatest).any() or step.max() >= most:
            continue
        start = (low - m * step[:, None]).max(axis=1)
        end = (high - m * step[:, None]).min(axis=1)
        # the end nearer to 0 if both are bounds
        first = np.clip(np.zeros_like(start), start, end)
        fits = (np.abs(first) < most).all() and (start <= end).all()
        if fits and int((np.abs(first) + (rows.levels + 1) * step).max()) < 1 << 31:
            return StoredThresholds(rows.levels, {THETA_FIRST: first, THETA_STEP: step}, shift)
    return None


def _steps(
    low: npt.NDArray[np.int64],
    high: npt.NDArray[np.int64],
    distance: npt.NDArray[np.int64],
    later: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the smallest and largest step of every channel, (O,) each."""
    apart = np.maximum(distance, 1)
    least = np.full(len(low), -_FREE)
    greatest = np.full(len(low), _FREE)
    for i in range(low.shape[1]):
        ahead = later[i]
        if not ahead.any():
            break
        rises = -((high[:, [i]] - low[:, ahead]) // apart[i, ahead])  # ceil of (low_j - high_i) / d
        least = np.maximum(least, rises.max(axis=1))
        falls = (high[:, ahead] - low[:, [i]]) // apart[i, ahead]
        greatest = np.minimum(greatest, falls.min(axis=1))
    return least, greatest


def _ends(numbers: npt.NDArray[np.int64]) -> tuple[int, int]:
    return int(numbers.min()), int(numbers.max())
