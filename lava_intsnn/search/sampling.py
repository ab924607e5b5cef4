"""The values of a trial, as a function of the seed and the trial's number alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lava_intsnn.arithmetic import Stream, draw, random_key
from lava_intsnn.search.space import Parameter, Values

#: ``tpe`` uses all earlier results, so its trials run one after the other.
SAMPLERS = ("quasi", "random", "tpe")


def sample(space: Sequence[Parameter], *, sampler: str, seed: int, index: int) -> Values:
    """Return the values of trial ``index``; trial 0 is the network as it is.

    Parameters
    ----------
    space : sequence of Parameter
    sampler : {"quasi", "random"}
        ``"quasi"`` is a Sobol sequence with a random shift. It covers each range evenly after any
        number of trials.
    seed, index : int
    """
    if index == 0:
        return {p.name: p.nearest(p.default) for p in space}
    if sampler == "random":
        units = _uniform(seed, index, len(space))
    else:
        units = (_sobol(index - 1, len(space)) + _uniform(seed, 0, len(space))) % 1.0
    return {p.name: p.at(float(u)) for p, u in zip(space, units)}


def _uniform(seed: int, index: int, n: int) -> np.ndarray:
    """Return ``n`` numbers in [0, 1), float64."""
    with np.errstate(over="ignore"):
        bits = draw(random_key(seed, Stream.SEARCH, index), np.arange(n, dtype=np.uint64))
    return (bits >> np.uint64(11)) * 2.0**-53


def _sobol(index: int, n: int) -> np.ndarray:
    from scipy.stats import qmc

    # the random shift is ours: scipy's scrambling differs between its versions
    sequence = qmc.Sobol(n, scramble=False)
    if index:
        sequence.fast_forward(index)
    return sequence.random(1)[0]
