"""Conversion of the quantised network: batch norm becomes tables of thresholds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lava_intsnn.argument_kinds import checks_kinds
from lava_intsnn.conversion import thresholds as folding
from lava_intsnn.conversion.errors import ConversionError
from lava_intsnn.conversion.quantised import ENCODER_COUNT, QuantisedLayer, QuantisedNetwork
from lava_intsnn.conversion.spiking_network import SpikingLayer, SpikingNetwork
from lava_intsnn.nearest_name import choices

#: How hidden thresholds are made. The encoder's four are always exact.
FORMS = ("exact", "compact", "use-int")


@checks_kinds
def convert(
    ann: QuantisedNetwork,
    *,
    levels: int = 64,
    thresholds: str = "exact",
    scale: int = folding.AUTHORS_SCALE,
) -> SpikingNetwork:
    """Return the spiking network that settles at the counts of the quantised one.

    Parameters
    ----------
    ann : QuantisedNetwork
    levels : int
        M, 1..4096, the largest count of a hidden neuron. It also bounds the steps of a run.
    thresholds : {"exact", "compact", "use-int"}
        ``"exact"`` equals the quantised network for every input. ``"compact"`` has two numbers per
        channel, rounded after scaling by ``scale``. ``"use-int"`` rounds as the authors do, for
        comparison.
    scale : int
        S of ``"compact"`` and ``"use-int"``, 1..2^20.

    Raises
    ------
    ConversionError
        If an argument is out of range, a channel of constant count needs more levels, or a
        potential could leave 32 bits.
    """
    folding.check_levels(levels)
    if thresholds not in FORMS:
        raise ConversionError(
            f"thresholds {thresholds!r}: must be one of {choices(thresholds, FORMS)}"
        )
    layers = []
    for index, layer in enumerate(ann.layers):
        where = f"layer {index} of {ann.name}"
        signs = folding.orientation(layer)
        if index == 0:
            table = folding.exact(layer, ENCODER_COUNT, reach=folding.EXACT_REACH)
        else:
            _check_constants(layer, signs, levels, where)
            if thresholds == "exact":
                table = folding.exact(layer, levels)
            else:
                rounded = folding.compact if thresholds == "compact" else folding.use_int
                table = rounded(layer, scale=scale).table(levels)
        layers.append(
            SpikingLayer(
                weights=_oriented(layer.weights, signs, where),
                thresholds=table,
                stride=layer.stride,
                padding=layer.padding,
                amplitude=layer.amplitude,
            )
        )
    return SpikingNetwork(
        ann.name, ann.in_shape, ann.pixels, tuple(layers), ann.readout, level=ann.level
    )


def _oriented(weights: npt.NDArray, signs: npt.NDArray[np.int64], where: str) -> npt.NDArray:
    """Return the weights of u instead of v; their width grows only if the lowest is negated."""
    turned = weights.astype(np.int64) * signs[:, None, None, None]
    for dtype in (weights.dtype, np.dtype(np.int32)):
        if turned.max() <= np.iinfo(dtype).max:
            return turned.astype(dtype)
    raise ConversionError(
        f"{where}: a weight of {weights.min()} has no negative in 32 bits, and gamma is negative; "
        f"keep weights above {weights.min()}"
    )


def _check_constants(
    layer: QuantisedLayer, signs: npt.NDArray[np.int64], levels: int, where: str
) -> None:
    counts = np.where(signs == 0, layer.count(np.zeros(layer.channels, dtype=np.int64)), 0)
    if counts.max() > levels:
        raise ConversionError(
            f"{where}: channel {counts.argmax()} always counts {counts.max()}, above "
            f"levels = {levels}; convert with at least {counts.max()}"
        )
