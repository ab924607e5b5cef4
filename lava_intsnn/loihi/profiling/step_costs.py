"""Time and energy of counted operations, step by step, from the figures of a chip."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lava_intsnn.loihi.cost.counts import COUNT_KINDS, OperationCounts
from lava_intsnn.loihi.cost.estimate import core_time, operation_energy
from lava_intsnn.loihi.cost.figures import FIGURES, Range
from lava_intsnn.loihi.profiling.core_meter import KINDS

#: The ends of a range and the value between them, in the order of the first axis of all results.
ENDS = ("low", "value", "high")


def ends(found: Range) -> np.ndarray:
    """Return a range as float64 ``(3,)``."""
    return np.array([found.low, found.value, found.high])


def as_range(values: np.ndarray) -> Range:
    """Return three numbers as a range."""
    low, value, high = (float(each) for each in values)
    return Range(low=low, value=value, high=high)


def step_times(counts: np.ndarray, target: str) -> np.ndarray:
    """Return the seconds that steps take: of the slowest core, then of the barrier.

    Parameters
    ----------
    counts : int64 (..., cores, kinds)
        See :data:`~.core_meter.KINDS`.
    target : str

    Returns
    -------
    float64 (3, ...)
        For each of :data:`ENDS`.
    """
    return core_times(counts, target).max(axis=-1) + _shaped(_barrier(target), counts.ndim - 2)


def core_times(counts: np.ndarray, target: str) -> np.ndarray:
    """Return the seconds that each core is busy in each step, float64 ``(3, ..., cores)``."""
    return np.moveaxis(counts @ _unit_times(target).T, -1, 0)


def step_energies(counts: np.ndarray, target: str) -> dict[str, np.ndarray]:
    """Return the joules of operations by kind of operation, each float64 ``(3, ..., cores)``."""
    units = _unit_energies(target)
    return {name: np.moveaxis(counts @ unit.T, -1, 0) for name, unit in units.items()}


def static_power(target: str, chips: int) -> np.ndarray:
    """Return the watts that chips take whatever they do, float64 ``(3,)``."""
    return chips * ends(FIGURES[target].static_power)


def _shaped(values: np.ndarray, axes: int) -> np.ndarray:
    return values.reshape(3, *(1,) * axes)


def _barrier(target: str) -> np.ndarray:
    return ends(FIGURES[target].barrier_time)


def _single(kind: str) -> OperationCounts:
    return OperationCounts(**{kind: 1.0}) if kind in COUNT_KINDS else OperationCounts()


@lru_cache
def _unit_times(target: str) -> np.ndarray:
    """Return the seconds of one operation of each kind, float64 ``(3, kinds)``."""
    found = [ends(core_time(_single(kind), FIGURES[target])) for kind in KINDS]
    return np.array(found).T


@lru_cache
def _unit_energies(target: str) -> dict[str, np.ndarray]:
    """Return the joules of one operation of each kind, by the name of their sum."""
    found = [operation_energy(_single(kind), FIGURES[target]) for kind in KINDS]
    return {name: np.array([ends(each[name]) for each in found]).T for name in found[0]}
