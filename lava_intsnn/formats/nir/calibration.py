"""The scale of each layer with which the fewest spikes differ from the graph in floats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lava_intsnn.arithmetic import limit
from lava_intsnn.formats.nir.float_stages import FloatStage
from lava_intsnn.formats.nir.layer_runs import differing, float_spikes, integer_spikes
from lava_intsnn.formats.nir.linear_nodes import UnfitNode
from lava_intsnn.formats.nir.quantise import (
    QuantisedStage,
    default_scale,
    largest_scale,
    quantise,
    snapped,
)
from lava_intsnn.progress_bar import progress_bar

#: Scales that are tried: 2**(k / STEPS) times the one that just holds the largest weight. Above it
#: the largest weights are cut, which few large ones may be worth.
STEPS, LOWEST, HIGHEST = 8, -16, 16


def scales(floats: FloatStage, bits: int) -> list[float]:
    """Return the scales to try for a layer: the default first, then from the largest on."""
    first, _ = default_scale(floats, bits)
    if floats.synapses.given:
        return [first]
    full, most = limit(bits) / np.abs(floats.columns).max(), largest_scale(floats)
    steps = (full * 2.0 ** (k / STEPS) for k in range(LOWEST, HIGHEST + 1))
    found = {snapped(floats, scale) for scale in steps if scale <= most}
    return [first, *sorted(found - {first}, reverse=True)]


def calibrated(
    chain: Sequence[FloatStage],
    spikes: np.ndarray,
    *,
    bits: int,
    decay_tolerance: float | None,
    progress: bool,
) -> tuple[list[QuantisedStage], list[tuple[float, float]]]:
    """Return layers of the best scales, and the shares of spikes that differ and that there are.

    Layers are taken from the input on. Each sees what the integers before it give, and is compared
    with the layer of the graph, which sees what floats give.

    Parameters
    ----------
    chain : sequence of FloatStage
    spikes : (N, T, I)
        Input of the samples.
    bits : int
        Width of the weights.
    decay_tolerance : float or None
    progress : bool
        Whether to show the progress.
    """
    layers, shares = [], []
    theirs = ours = spikes
    tries = [scales(floats, bits) for floats in chain]
    total = sum(map(len, tries))
    with progress_bar(total, shown=progress, name="calibration", unit="scales") as bar:
        for floats, these in zip(chain, tries):
            best: tuple[float, QuantisedStage, np.ndarray] | None = None
            truth: np.ndarray | None = None
            for scale in these:
                bar.update(1)
                try:
                    made = quantise(floats, bits=bits, scale=scale, decay_tolerance=decay_tolerance)
                except UnfitNode:
                    continue
                if truth is None:
                    truth = float_spikes(floats, made.layer, theirs)
                found = integer_spikes(made, ours)
                share, _ = differing(truth, found)
                if best is None or share < best[0]:
                    best = share, made, found
            if best is None or truth is None:
                # the default says why
                quantise(floats, bits=bits, decay_tolerance=decay_tolerance)
                raise AssertionError("a scale fits, and was not tried")
            layers.append(best[1])
            theirs, ours = truth, best[2]
            shares.append(differing(theirs, ours))
    return layers, shares


def compared(
    chain: Sequence[FloatStage], layers: Sequence[QuantisedStage], spikes: np.ndarray
) -> list[tuple[float, float]]:
    """Return the shares of spikes that differ, and that there are, in each layer."""
    shares = []
    theirs = ours = spikes
    for floats, made in zip(chain, layers):
        theirs, ours = float_spikes(floats, made.layer, theirs), integer_spikes(made, ours)
        shares.append(differing(theirs, ours))
    return shares
