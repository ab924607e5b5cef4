"""Fields that hold one number for all neurons of a layer, or some that the neurons share out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lava_intsnn.network.errors import NetworkError, require_range


def spread(values: int | tuple[int, ...], n: int) -> np.ndarray:
    """Return a number for each of ``n`` neurons, int64: the same one, or those of ``values``.

    Fewer numbers than neurons repeat in turn: so do those for the rows of a weight matrix, as
    neurons are numbered channel fastest.
    """
    each = np.asarray(numbers(values), np.int64)
    return np.tile(each, n // len(each))


def numbers(values: int | tuple[int, ...]) -> tuple[int, ...]:
    """Return the numbers of a field that may hold one for all neurons."""
    return values if isinstance(values, tuple) else (values,)


def mapped(values: int | tuple[int, ...], function: Callable[[int], int]) -> int | tuple[int, ...]:
    """Return what ``function`` makes of each number."""
    return tuple(map(function, values)) if isinstance(values, tuple) else function(values)


def capped(values: int | tuple[int, ...], most: int) -> int | tuple[int, ...]:
    """Return the numbers, none of them above ``most``."""
    return mapped(values, lambda value: min(value, most))


def require_numbers(
    name: str, values: int | tuple[int, ...], low: int, high: int, fix: str = ""
) -> None:
    """Raise NetworkError unless there are numbers, each of them in ``low..high``."""
    if not numbers(values):
        raise NetworkError(f"{name} = (): must have a number")
    for k, value in enumerate(numbers(values)):
        where = f"{name}[{k}]" if isinstance(values, tuple) else name
        require_range(where, value, low, high, fix)


def require_share(name: str, values: object, *, rows: int, neurons: int) -> None:
    """Raise NetworkError unless the ``neurons`` of a layer with ``rows`` can share numbers out.

    There are as many numbers as neurons, or a number of them that divides the rows.
    """
    if not isinstance(values, tuple) or len(values) == neurons:
        return
    if values and rows % len(values) == 0:
        return
    each = "" if rows == neurons else f", or {rows}, one for each row"
    raise NetworkError(
        f"{name} has {len(values)} numbers: give one number, or {neurons}, one for each "
        f"neuron{each}; fewer repeat in turn, where {rows} is a multiple of how many they are"
    )
