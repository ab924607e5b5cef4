"""Vars that declare the values they may be set to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from lava.magma.core.process.variable import Var

from lava_intsnn.runtime.errors import VarError


class DeclaredVar(Var):
    """A Var that checks values in the caller, before anything is sent."""

    def set(self, value: Any, idx: np.ndarray | None = None) -> None:
        """Set the Var; see Lava's Var.

        Raises
        ------
        VarError
            If it cannot hold the value. The Var stays unchanged, and the network continues.
        """
        try:
            self.check(np.asarray(value))
        except ValueError as error:
            raise VarError(f"{self.process.name}.{self.name} {error}") from None
        super().set(value, idx)

    def check(self, value: np.ndarray) -> None:
        """Raise ValueError if the Var cannot be set to ``value``."""
        raise NotImplementedError


class ResultVar(DeclaredVar):
    """A Var that is a result and cannot be set.

    Parameters
    ----------
    instead : str
        Why the Var cannot be set, or what to set instead.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        init: Any = 0,
        instead: str = "it shows what the network did",
    ) -> None:
        super().__init__(shape=shape, init=init)
        self._instead = instead

    def check(self, value: np.ndarray) -> None:
        """Refuse."""
        raise ValueError(f"is a result and cannot be set: {self._instead}")


class RangedVar(DeclaredVar):
    """A Var that holds integers in ``low .. high``.

    Parameters
    ----------
    low, high : int
    fix : str
        The reason for the range, or what to do.
    floating : callable, optional
        Returns whether a ``floating_pt`` model holds the Var, which then accepts any finite number
        above ``above``.
    above : float
    also : callable, optional
        Raises ValueError for a value that is in range but not possible.
    """

    def __init__(
        self,
        *,
        shape: tuple[int, ...],
        init: Any,
        low: int,
        high: int,
        fix: str = "",
        floating: Callable[[], bool] = lambda: False,
        above: float = -np.inf,
        also: Callable[[np.ndarray], None] = lambda value: None,
    ) -> None:
        super().__init__(shape=shape, init=init)
        self.low, self.high = low, high
        self._fix, self._floating, self._above, self._also = fix, floating, above, also

    def check(self, value: np.ndarray) -> None:
        """Raise ValueError if ``value`` is out of range."""
        if value.dtype.kind not in "iuf":
            raise ValueError(f"= {value!r}: must be a number or an array of numbers")
        if self._floating():
            wrong = ~np.isfinite(value) | (value <= self._above)
            allowed = f"finite{f' and above {self._above}' if np.isfinite(self._above) else ''}"
        else:
            wrong = ~((value >= self.low) & (value <= self.high) & (value == np.floor(value)))
            allowed = f"an integer in {self.low}..{self.high}"
        if wrong.any():
            worst = value[wrong].flat[0]
            fix = f": {self._fix}" if self._fix else ""
            raise ValueError(f"= {worst}: must be {allowed}{fix}")
        self._also(value)
