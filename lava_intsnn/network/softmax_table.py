"""The exponential of the integer softmax: a table of exact integers."""

from __future__ import annotations

from functools import cache
from math import factorial

import numpy as np

#: ``2**EXP_BITS`` stands for 1, the largest exponential.
EXP_BITS = 16
#: Steps of the table from one power of e to the next: ``2**EXP_STEPS``.
EXP_STEPS = 4
#: Bits of the fractions from which the table is rounded down.
_FRACTION = 256


@cache
def exponentials() -> np.ndarray:
    """Return ``floor(2**EXP_BITS * exp(-z / 2**EXP_STEPS))`` for ``z = 0, 1, ...``, int64.

    The last entry is the first that is 0. All is computed with Python's integers, by the series of
    the exponential in fractions of 256 bits, so every machine has the same table.
    """
    one = 1 << _FRACTION
    ratio = sum(
        (-1) ** n * (one >> (EXP_STEPS * n)) // factorial(n) for n in range(_FRACTION // EXP_STEPS)
    )
    table: list[int] = []
    power = one
    while not table or table[-1]:
        table.append(power >> (_FRACTION - EXP_BITS))
        power = power * ratio >> _FRACTION
    found = np.array(table, np.int64)
    found.flags.writeable = False
    return found
