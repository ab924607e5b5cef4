"""The threshold at which a population spikes as often as it should, by bisection."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from lava_intsnn.network import NeuronKind
from lava_intsnn.network.cuba import numbers
from lava_intsnn.networks.integer_rule import ONE, SPIKING
from lava_intsnn.networks.population_probe import fired

#: The search goes this far above the first guess, and as far below it.
_REACH = 64


def threshold_for(neuron: NeuronKind, sums: np.ndarray, *, share: int = SPIKING) -> int:
    """Return the least threshold at which at most ``share / 65536`` of all steps have a spike.

    Parameters
    ----------
    neuron : NeuronKind
        One that fires. Its threshold, of several the largest, is the first guess. The result is
        within a factor of 64 of it.
    sums : int64 (N, T, O)
        Synaptic sums of the population.
    share : int
    """
    first = max(numbers(neuron.vth))
    low, high = max(1, first // _REACH), min(first * _REACH, neuron.vth_max)
    most = sums.size * share // ONE
    while low < high:
        middle = (low + high) // 2
        spikes, _ = fired(replace(cast(Any, neuron), vth=middle), sums)
        if np.count_nonzero(spikes) <= most:
            high = middle
        else:
            low = middle + 1
    return low
