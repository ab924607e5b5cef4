"""The tests of the paper's appendix C: Shapiro-Wilk, then a paired t-test or Wilcoxon's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ALPHA = 0.05
#: With fewer seeds than this no test is made.
FEWEST = 3


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Mean, standard deviation (of a sample: n - 1) and, from 3 values on, Shapiro-Wilk."""

    n: int
    mean: float
    std: float | None
    w: float | None = None
    p_normal: float | None = None

    @property
    def normal(self) -> bool:
        """Whether normality is not rejected."""
        return self.p_normal is not None and self.p_normal >= ALPHA


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One-sided: ``p`` below 0.05 says that the first series is larger."""

    test: str
    p: float

    @property
    def significant(self) -> bool:
        """Whether the first series is larger."""
        return self.p < ALPHA


def summary(values: Sequence[float]) -> Summary:
    """Describe a series of accuracies, one per seed."""
    array = np.asarray(values, np.float64)
    n = len(array)
    if not n:
        raise ValueError("a summary needs at least one value")
    std = float(array.std(ddof=1)) if n > 1 else None
    if n < FEWEST or np.ptp(array) == 0:  # nothing to test
        return Summary(n=n, mean=float(array.mean()), std=std)
    from scipy import stats

    w, p = stats.shapiro(array)
    return Summary(n=n, mean=float(array.mean()), std=std, w=float(w), p_normal=float(p))


def larger(first: Sequence[float], second: Sequence[float]) -> Comparison | None:
    """Test whether ``first`` is larger than ``second``, seed by seed.

    This is a paired t-test if both series pass Shapiro-Wilk, else Wilcoxon's signed-rank test.

    Returns
    -------
    Comparison, or None with fewer than 3 seeds or no difference at all

    Raises
    ------
    ValueError
        If the series differ in length: they are paired by seed.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if len(a) != len(b):
        raise ValueError(f"paired by seed: {len(a)} values against {len(b)}")
    if len(a) < FEWEST or not (a - b).any():
        return None
    from scipy import stats

    normal = summary(first).normal and summary(second).normal
    test, name = (stats.ttest_rel, "paired t") if normal else (stats.wilcoxon, "Wilcoxon")
    return Comparison(test=name, p=float(test(a, b, alternative="greater").pvalue))
